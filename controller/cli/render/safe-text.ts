// Names and messages come from others. Before they reach a terminal, what could move its cursor, change its colours
// or turn its text around is spelt out.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function safeText(text: string, options: { readonly keepNewlines?: boolean } = {}): string {
  return text.replaceAll(unsafe, (character) =>
    character === "\n" && options.keepNewlines ? character : escapeCharacter(character),
  );
}

/** The same for JSON text, where an escape means the character itself. */
export function safeJson(json: string): string {
  return json.replaceAll(unsafe, (character) =>
    character === "\n" ? character : escapeCharacter(character),
  );
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

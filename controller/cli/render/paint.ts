// Colours of a terminal, or none: renderers say what a piece of text is, not whether it is coloured.

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof codes;
export type Paint = (text: string, ...styles: readonly Style[]) => string;

export function createPaint(colour: boolean): Paint {
  if (!colour) return (text) => text;
  return (text, ...styles) =>
    text === "" ? "" : `\u001b[${styles.map((style) => codes[style]).join(";")}m${text}\u001b[0m`;
}

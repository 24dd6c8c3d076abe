// A line of a policy as it may be quoted: what is likely to be a secret in it is covered, character for character, so
// that what points into the line still does.
import { namesSecret } from "../../api/secret-words.ts";

/** `key: value`, in block or flow style; the value ends where the mapping goes on. A key begins a word: lines may be long. */
const member =
  /(?<![\w.-])(["']?)([\w.-]+)\1(\s*:\s+)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,{}[\]&*|>#"'](?:[^,}\]]*[^,}\]\s])?)/g;

export function maskLine(line: string): string {
  // A native variable names itself beside its value.
  const isVariable = [...line.matchAll(member)].some(
    ([, , key, , value = ""]) => key === "name" && namesSecret(value),
  );
  return line.replaceAll(member, (all: string, quote: string, key: string, colon: string, value: string) => {
    const isSecret = (key !== "key" && namesSecret(key)) || (isVariable && key === "value");
    return isSecret ? `${quote}${key}${quote}${colon}${"*".repeat(value.length)}` : all;
  });
}

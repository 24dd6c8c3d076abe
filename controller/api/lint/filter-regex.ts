// Regular expressions in filter patterns: CloudWatch Logs knows few of their signs, and takes few of them.
// Source: CloudWatch Logs user guide, "Supported regular expressions (regex) syntax".
/** In one pattern. */
const maxRegexes = 2;
/** Metric filters of one log group that have any. */
export const maxRegexFilters = 5;

/** The texts between `%` that stand in no quotes, also in one that is never closed. */
export function findRegexes(pattern: string): string[] {
  const quoted = pattern.trimStart().startsWith("{")
    ? /"(?:[^"\\]|\\.)*"?|'[^']*'|%([^%]*)%/gs
    : /"(?:[^"\\]|\\.)*"?|%([^%]*)%/gs;
  return [...pattern.matchAll(quoted)].flatMap(([, regex]) => (regex === undefined ? [] : [regex]));
}

/** Why CloudWatch would refuse the pattern for them, and the fix. */
export function findRegexProblem(pattern: string): string | undefined {
  const regexes = findRegexes(pattern);
  if (regexes.length > maxRegexes)
    return `it has ${regexes.length} regular expressions, and CloudWatch takes ${maxRegexes}; join them as %a|b%, or make two log metrics`;
  for (const regex of regexes) {
    const problem = findSignProblem(regex.replaceAll(/\\[^\w]/g, ""));
    if (problem !== undefined) return `the regular expression %${regex}% ${problem}`;
  }
  return undefined;
}

/** `text`: without what is escaped. */
function findSignProblem(text: string): string | undefined {
  if (/[()]/.test(text))
    return "has a group, which CloudWatch does not know; write the alternatives out, such as %ab|ac%";
  const reference = /\\[1-9]/.exec(text)?.[0];
  if (reference !== undefined)
    return `has the back reference ${reference}, which CloudWatch does not know; take it out`;
  const sign = /[^\w\s:#=@/;,^$?[\]{}|\\*+.-]/u.exec(text)?.[0];
  if (sign !== undefined)
    return `holds ${JSON.stringify(sign)}, which CloudWatch refuses; put a . in its place`;
  return undefined;
}

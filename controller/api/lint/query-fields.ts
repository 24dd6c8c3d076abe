// The fields that the rows of a Logs Insights query have, as far as its text tells: those that its last `stats` makes.
// Source: CloudWatch Logs user guide, stats: `stats count(*) as hits by bin(5m), host`.

/** Commands that leave out rows, or turn them around, and change no field. */
const rowCommands = /^\s*(sort|limit|filter|dedup)\b/i;

/** Undefined: the query does not end in `stats`, or it cannot be told. */
export function readStatsFields(query: string): readonly string[] | undefined {
  const commands = splitOutside(query.replaceAll(/^[ \t]*#.*$/gm, ""), "|");
  const last = commands.findLastIndex((command) => /^\s*stats\b/i.test(command));
  const stats = commands[last];
  if (stats === undefined || !commands.slice(last + 1).every((command) => rowCommands.test(command)))
    return undefined;
  const text = stats.replace(/^\s*stats\b/i, " ").replaceAll(/\sby\s/gi, ",");
  const names = splitOutside(text, ",").map((one) => nameOf(one.trim()));
  return names.includes("") ? undefined : names;
}

/** The field that an aggregation such as `max(rate) by host` takes, and those that it groups by. */
export function findAggregationFields(aggregation: string): readonly string[] {
  const [call = ""] = aggregation.split("|");
  const [, argument = "", by = ""] = /^\s*\w+\s*\(([^()]*)\)(?:\s*by\s+(.+))?\s*$/is.exec(call) ?? [];
  return [argument, ...by.split(",")]
    .map((one) => plain(one.trim()))
    .filter((one) => !["", "*"].includes(one));
}

/** `max(a) as b` → b; without a name, the text itself. */
function nameOf(text: string): string {
  const named = /\sas\s+(`[^`]+`|[^\s`]+)$/i.exec(text)?.[1];
  return plain(named ?? text);
}

function plain(name: string): string {
  return /^`[^`]+`$/.test(name) ? name.slice(1, -1) : name;
}

/** Cuts at a sign that stands in no quotes, brackets or regular expression. */
function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (const [token] of text.matchAll(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\/(?<=like\s+\/)(?:[^/\\]|\\.)*\/|./gis,
  )) {
    if (token === "(") depth++;
    else if (token === ")") depth--;
    if (token === sign && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + token);
  }
  return parts;
}

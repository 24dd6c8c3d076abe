// Whether a name, a metric filter's pattern or a log alarm's query is about errors: by words, and by values of what is called
// a status or a level. What a text asks to be absent is left out of it first.
// Sources: CloudWatch Logs user guide, "Filter pattern syntax" and "CloudWatch Logs Insights query syntax".

/** No other word has their letters; short ones, and those of many meanings, must stand alone. */
const words = new RegExp(
  [
    /error|fatal|panic|exception|traceback|unhandled|uncaught|segfault|critical|severe\b|emergency/,
    /fail(s|ed|ing|ures?)?\b|\b(errs?|crit|emerg|alerts?|abort(s|ed)?)\b|\boom/,
    /out.?of.?memory|\btime[ds]?.?outs?\b|timeout/,
    // Answers of HTTP, also where it is a pattern of three digits that is looked for.
    /(?<!\d)5(xx|\*|\\d|\[0-9\])/,
    /エラー|障害|例外|失敗|異常|致命/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);

/** Between a name and its value: quotes, brackets, and what compares. */
const equals = String.raw`["'\\)\s]*(==?|:|=~|like|in)["'%^\\([/\s]*`;
const atLeast = String.raw`["'\\)\s]*>=?["'\\(\s]*`;
const differs = String.raw`["'\\)\s]*(!=|<>)["'\\(\s]*`;

const values = new RegExp(
  [
    String.raw`(status|code)${equals}[45](\d\d\b|\d?\*|\dx|xx|\\d|\[0-9|/)`,
    String.raw`(status|code)${atLeast}(399|[45]\d\d)\b`,
    String.raw`(level|lvl|severity)${equals}([ef]|w(arn(ing)?)?)\b`,
    // As Bunyan, Pino and Python number them: 30 or 40 is a warning.
    String.raw`(level|lvl|levelno)${equals}[4-6]0\b`,
    String.raw`(level|lvl|levelno)${atLeast}[3-6]0\b`,
    // All but what is well.
    String.raw`(status|code)${differs}(2|ok\b)`,
    `(level|lvl|severity)${differs}(info|debug)`,
  ].join("|"),
  "i",
);

/** @param name of a filter, an alarm or a metric */
export function isErrorName(name: string): boolean {
  return words.test(inWords(name));
}

/** @param pattern of a metric filter: terms, fields in brackets, or a condition on JSON in braces */
export function isErrorPattern(pattern: string): boolean {
  return isErrorQuery(/^\s*[{[]/.test(pattern) ? pattern : withoutDenied(pattern));
}

/** @param query in any language that log alarms take */
export function isErrorQuery(query: string): boolean {
  const plain = inWords(query);
  return values.test(plain) || words.test(withoutAbsent(plain));
}

/** Terms that must not be in the line: `-INFO`, `-"in words"`, `-%expression%`. */
function withoutDenied(terms: string): string {
  const all = terms.match(/[-?]?("(\\.|[^"\\])*"|%[^%]*%|\S+)/g) ?? [];
  return all.filter((term) => !term.startsWith("-")).join(" ");
}

const value = String.raw`("[^"]*"|'[^']*'|/[^/]*/|\[[^\]]*\]|\([^)]*\)|[^\s,\]})]+)`;

/** What a field must not be, and fields that must be empty, false or 0. */
const absent = new RegExp(
  [
    String.raw`(!=|<>|!~|\bnot\s+(like|in|ilike|regexp?|matches|contains)\b)\s*${value}`,
    String.raw`\bnot\s*\([^)]*\)`,
    String.raw`(?<![$@.\w])[$@.\w]+\s*(not\s+exists|is\s+(null|false)|==?\s*["']?(0|false|null|none)\b["']?)`,
  ].join("|"),
  "gi",
);

function withoutAbsent(text: string): string {
  return text.replaceAll(absent, " ");
}

/** `HttpErrCount` and `http_err_count` as words of their own. */
function inWords(text: string): string {
  return text
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .replaceAll("_", " ");
}

// Reads a metric math expression far enough to say whether it is well formed and which ids it names.
// Nothing is computed here. Metrics Insights queries (`SELECT …`) are taken as they are.

const FUNCTIONS = new Set(
  (
    "ABS ANOMALY_DETECTION_BAND AVG CEIL DATAPOINT_COUNT DATE DAY DB_PERF_INSIGHTS DIFF DIFF_TIME EPOCH " +
    "FILL FIRST FLOOR HOUR IF INSIGHT_RULE_METRIC LAMBDA LAST LOG LOG10 MAX METRIC_COUNT METRICS MIN MINUTE " +
    "MONTH PERIOD RATE REMOVE_EMPTY RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES YEAR"
  ).split(" "),
);
/** Words that some functions take as arguments, e.g. `FILL(m1, REPEAT)`. */
const WORDS = new Set(["REPEAT", "LINEAR", "ASC", "DESC", "AVG", "SUM", "MIN", "MAX"]);
const BINARY = new Set(["+", "-", "*", "/", "^", "==", "!=", "<=", ">=", "<", ">", "&&", "||", "AND", "OR"]);

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|("[^"]*"|'[^']*')|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]))/y;

export interface MathExpression {
  /** The ids named, in the order of their first appearance. */
  readonly ids: readonly string[];
  readonly functions: readonly string[];
  readonly isQuery: boolean;
}

/** Gives what is wrong as a text. */
export function readExpression(expression: string): MathExpression | string {
  if (/^\s*SELECT\s/i.test(expression)) return { ids: [], functions: [], isQuery: true };
  try {
    return new Reader(tokensOf(expression)).read();
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

export interface Token {
  readonly kind: "number" | "string" | "word" | "sign" | "end";
  readonly text: string;
}

export function tokensOf(expression: string): Token[] {
  const text = expression.trimEnd();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(`unexpected '${text.slice(start).trim().charAt(0)}'`);
    const [, number, quoted, word, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (quoted !== undefined) tokens.push({ kind: "string", text: quoted });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else tokens.push({ kind: "sign", text: sign ?? "" });
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  readonly #ids = new Set<string>();
  readonly #functions = new Set<string>();

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): MathExpression {
    this.#operation();
    if (this.#next().kind !== "end") throw new SyntaxError(`unexpected '${this.#next().text}'`);
    return { ids: [...this.#ids], functions: [...this.#functions], isQuery: false };
  }

  #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "the end" };
  }

  #take(text: string): boolean {
    if (this.#next().text !== text || this.#next().kind === "string") return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new SyntaxError(`expected '${text}' before '${this.#next().text}'`);
  }

  #operation(): void {
    this.#operand();
    while (BINARY.has(this.#next().text) && this.#next().kind !== "string") {
      this.#at += 1;
      this.#operand();
    }
  }

  #operand(): void {
    while (this.#take("-") || this.#take("+"));
    const token = this.#next();
    if (this.#take("(")) {
      this.#operation();
      this.#expect(")");
    } else if (this.#take("[")) {
      this.#list("]");
    } else if (token.kind === "number" || token.kind === "string") {
      this.#at += 1;
    } else if (token.kind === "word") {
      this.#at += 1;
      this.#word(token.text);
    } else throw new SyntaxError(`unexpected '${token.text}'`);
  }

  #word(word: string): void {
    if (this.#take("(")) {
      if (!FUNCTIONS.has(word)) throw new SyntaxError(`unknown function '${word}'`);
      this.#functions.add(word);
      this.#list(")");
    } else if (/^[a-z]/.test(word)) this.#ids.add(word);
    else if (!WORDS.has(word)) throw new SyntaxError(`unexpected '${word}'`);
  }

  #list(end: ")" | "]"): void {
    if (this.#take(end)) return;
    do this.#operation();
    while (this.#take(","));
    this.#expect(end);
  }
}

// What was read in one look at an account, kept for a second one: both see the same world, and it is asked for once.
import type { Answerer } from "./clients.ts";

export interface AnswerMemory {
  /** For {@link createAws}: only what reads is kept. */
  readonly answerer: Answerer;
  /**
   * What `ask` gave when this was asked before. A look asks some things twice, to see whether they have changed: the first
   * answer comes first again, and the second one second. Failures are answers too.
   */
  recall<T>(question: readonly unknown[], ask: () => Promise<T>): Promise<T>;
  /** The next look begins. */
  rewind(): void;
  /** From now on everything is asked, and nothing kept. */
  end(): void;
}

/** AWS's own verbs for what changes nothing. */
const reading = /^(BatchGet|Describe|Get|List|Simulate)/;

export function rememberAnswers(): AnswerMemory {
  const answers = new Map<string, Promise<unknown>[]>();
  let given = new Map<string, number>();
  let hasEnded = false;
  const memory: AnswerMemory = {
    answerer: ({ service, operation, input }, ask) =>
      reading.test(operation) ? memory.recall([service, operation, input], ask) : ask(),
    recall<T>(question: readonly unknown[], ask: () => Promise<T>) {
      if (hasEnded) return ask();
      const key = JSON.stringify(question);
      const before = answers.get(key) ?? [];
      const at = given.get(key) ?? 0;
      given.set(key, at + 1);
      const known = before[at] as Promise<T> | undefined;
      if (known !== undefined) return known;
      const answer = ask();
      answers.set(key, [...before, answer]);
      return answer;
    },
    rewind() {
      given = new Map();
    },
    end() {
      hasEnded = true;
      answers.clear();
    },
  };
  return memory;
}

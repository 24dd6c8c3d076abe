// Remembers what reads were answered, for the fault "stale": what would a reader see that is one
// write behind?
import type { WireAnswer } from "./protocols/protocol.ts";

/** An answer as given once, and the writes its service had seen by then. */
interface Remembered {
  readonly answer: WireAnswer;
  readonly writes: number;
}

export interface AnswerMemory {
  countWrite(scope: string): void;
  remember(scope: string, request: string, answer: WireAnswer): void;
  /** The newest answer to that request from before the scope's last write. */
  beforeLastWrite(scope: string, request: string): WireAnswer | undefined;
}

const LIMIT = 5000;

/** `scope` is where writes count: one service of one account and Region. */
export function createAnswerMemory(): AnswerMemory {
  const writes = new Map<string, number>();
  const answers = new Map<string, Remembered[]>();
  const writesOf = (scope: string): number => writes.get(scope) ?? 0;

  return {
    countWrite(scope) {
      writes.set(scope, writesOf(scope) + 1);
    },
    remember(scope, request, answer) {
      const key = `${scope}/${request}`;
      const now = writesOf(scope);
      // Of each state of things one answer, and no more than two states.
      const earlier = (answers.get(key) ?? []).filter((item) => item.writes < now).slice(-1);
      answers.delete(key);
      answers.set(key, [...earlier, { answer, writes: now }]);
      const [oldest] = answers.keys();
      if (answers.size > LIMIT && oldest !== undefined) answers.delete(oldest);
    },
    beforeLastWrite(scope, request) {
      const now = writesOf(scope);
      return answers.get(`${scope}/${request}`)?.findLast((item) => item.writes < now)?.answer;
    },
  };
}

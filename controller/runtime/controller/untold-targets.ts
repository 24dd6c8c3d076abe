// Targets of this process of which the status store has nothing: they are told of all the same, as silence is no health.
import type { UnreadTarget } from "../../page/hearing.ts";
import type { KeptTarget } from "./kept-target.ts";

/** @param told names of targets that the store has a status of, readable or not */
export function findUntold(
  targets: readonly Pick<KeptTarget, "name" | "state">[],
  told: ReadonlySet<string>,
): readonly UnreadTarget[] {
  return targets.flatMap((kept): UnreadTarget[] => {
    const target = kept.name();
    const { is, lastPassAt, failure } = kept.state();
    if (failure !== undefined)
      return [{ target, code: failure.code, message: failure.message, unreached: true }];
    // Before the first pass has ended there is nothing to tell, and elsewhere it is told by others.
    if (is !== "held" || lastPassAt === undefined || told.has(target)) return [];
    const message = `a pass ended at ${lastPassAt.toISOString()}, and the status store has nothing of it`;
    return [{ target, code: "StatusMissing", message }];
  });
}

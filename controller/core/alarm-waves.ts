// Composite alarms that refer to each other: which are written first. Deletes go the other way round.
import { namesIn, readAlarmRule } from "../api/alarm-rule.ts";
import type { Change } from "../model/plan.ts";

/** Each wave refers only to alarms of earlier ones, or to none of these. */
export function inWaves(changes: readonly Change[]): Change[][] {
  const waves: Change[][] = [];
  let rest = [...changes];
  while (rest.length > 0) {
    const open = new Set(rest.map(({ name }) => name));
    const wave = rest.filter(
      (change) => !refersTo(change).some((name) => name !== change.name && open.has(name)),
    );
    // A circle, made by hand: CloudWatch will say so.
    if (wave.length === 0) return [...waves, rest];
    waves.push(wave);
    const done = new Set(wave);
    rest = rest.filter((change) => !done.has(change));
  }
  return waves;
}

/** Full names; of an ARN, what follows `:alarm:`. */
function refersTo({ after, before }: Change): string[] {
  const read = readAlarmRule(String((after ?? before)?.["AlarmRule"] ?? ""));
  return read.ok ? namesIn(read.rule).map((name) => name.replace(/^arn:.*?:alarm:/, "")) : [];
}

// The targets of a snapshot, opened like those of a configuration: what is asked of them is answered from the file.
import type { ConfigTarget } from "../../api/schema/operator-config.ts";
import { nameTarget } from "../../api/target-name.ts";
import { replaySnapshot } from "../../aws/snapshot/replay-clients.ts";
import type { MackerelApi } from "../../mackerel/client.ts";
import { replayMackerel } from "../../mackerel/replay.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { SnapshotFacts } from "../../model/snapshot.ts";
import type { OpenTarget } from "../open-target.ts";

export interface SnapshotTarget extends OpenTarget {
  /** Left out: the snapshot was taken without a key of Mackerel's. */
  readonly mackerel: MackerelApi | undefined;
}

/**
 * One for each target given, told by its Region and the account of its role.
 * @param name of the snapshot, for people
 * @throws EcsmonError `NotInSnapshot` for a target that the snapshot does not have
 */
export function openSnapshot(
  all: readonly SnapshotFacts[],
  targets: readonly ConfigTarget[],
  name: string,
): SnapshotTarget[] {
  const left = [...all];
  return targets.map((target) => {
    const at = left.findIndex((facts) => isOf(target, facts));
    const [facts] = at < 0 ? [] : left.splice(at, 1);
    if (facts !== undefined) return openFacts(target, facts);
    const has = all.map(({ account, region }) => `${account} in ${region}`).join(", ");
    throw new EcsmonError(
      "NotInSnapshot",
      `${name} has no target ${nameTarget(target)}, only ${has}; take it with the same --config and --region`,
    );
  });
}

function isOf({ region, roleArn }: ConfigTarget, facts: SnapshotFacts): boolean {
  const account = roleArn?.split(":")[4];
  return (region ?? facts.region) === facts.region && (account ?? facts.account) === facts.account;
}

export function openFacts(target: ConfigTarget, facts: SnapshotFacts): SnapshotTarget {
  const aws = replaySnapshot(facts);
  const { account, region } = facts;
  return {
    target,
    aws,
    mackerel: replayMackerel(facts.mackerel),
    enter: () => Promise.resolve(),
    caller: () => Promise.resolve({ account, region }),
    // There is nothing to keep from being sent.
    fence: () => undefined,
    close: () => aws.destroy(),
  };
}

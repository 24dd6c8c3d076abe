// The targets of plan and apply, opened: their clients, and which account and Region they are.
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { assumeRole } from "../aws/assumed-role.ts";
import { readCaller } from "../aws/caller.ts";
import { type AwsClients, createAws } from "../aws/clients.ts";
import type { Fence } from "../aws/fence.ts";
import { EcsmonError } from "../model/errors.ts";

export interface OpenTarget {
  readonly target: ConfigTarget;
  readonly aws: AwsClients;
  /** Its role is assumed, if it has one: every read would fail for the same reason, and tell it less clearly. */
  enter(): Promise<void>;
  /** Asked until it has answered. */
  caller(): Promise<{ readonly account: string; readonly region: string }>;
  /** From now on, no request is sent that it refuses. */
  fence(by: Fence): void;
  close(): void;
}

export function openTarget(target: ConfigTarget): OpenTarget {
  const { region, roleArn, externalId } = target;
  let guard: Fence | undefined;
  const fence: Fence = { refuse: (operation) => guard?.refuse(operation) };
  const own = createAws({ region, fence });
  const credentials =
    roleArn === undefined ? undefined : assumeRole(() => own.sts, { arn: roleArn, externalId });
  const aws = credentials === undefined ? own : createAws({ region, credentials, fence });
  let caller: ReturnType<typeof readCaller> | undefined;
  return {
    target,
    aws,
    async enter() {
      await credentials?.();
    },
    caller() {
      caller ??= readCaller(aws).catch((error: unknown) => {
        // It may answer when the target's turn comes.
        caller = undefined;
        throw error;
      });
      return caller;
    },
    fence(by) {
      guard = by;
    },
    close() {
      aws.destroy();
      own.destroy();
    },
  };
}

/**
 * Two targets that are one would be written twice, by the same policies. One that cannot be reached is nobody's double:
 * why it cannot be is told when its turn comes.
 * @throws EcsmonError `DuplicateTarget`
 */
export async function checkDoubles(opened: readonly OpenTarget[]): Promise<void> {
  const seen = new Map<string, number>();
  for (const [index, target] of opened.entries()) {
    const caller = await target
      .enter()
      .then(() => target.caller())
      .catch(() => undefined);
    if (caller === undefined) continue;
    const place = `account ${caller.account} in ${caller.region}`;
    const first = seen.get(place);
    if (first !== undefined)
      throw new EcsmonError(
        "DuplicateTarget",
        `targets[${first}] and targets[${index}] are both ${place}; leave one of them out`,
      );
    seen.set(place, index);
  }
}

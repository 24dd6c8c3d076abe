// A target of the configuration, opened: its clients behind a fence, and which account and Region they are.
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { assumeRole } from "../aws/assumed-role.ts";
import { readCaller } from "../aws/caller.ts";
import { type AwsClients, type AwsOptions, createAws } from "../aws/clients.ts";
import type { Fence } from "../aws/fence.ts";

export interface OpenTarget {
  readonly target: ConfigTarget;
  readonly aws: AwsClients;
  /** Its role is assumed, if it has one: every read would fail for the same reason, and tell it less clearly. */
  enter(): Promise<void>;
  /** Asked until it has answered. */
  caller(): Promise<{ readonly account: string; readonly region: string }>;
  /** From now on, no request of `aws` is sent that it refuses. */
  fence(by: Fence): void;
  close(): void;
}

export function openTarget(
  target: ConfigTarget,
  { answerer, ...told }: Pick<AwsOptions, "onAnswer" | "answerer"> = {},
): OpenTarget {
  const { region, roleArn, externalId } = target;
  let guard: Fence | undefined;
  const fence: Fence = { refuse: (operation) => guard?.refuse(operation) };
  const common = { region, ...told };
  // Not behind the fence: to take a role changes nothing, and what is done with it is asked about.
  const own = createAws(common);
  const credentials =
    roleArn === undefined ? undefined : assumeRole(() => own.sts, { arn: roleArn, externalId });
  const aws = createAws({ ...common, credentials, fence, ...(answerer && { answerer }) });
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

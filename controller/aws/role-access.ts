// Asks IAM whether execution roles may do what ECS will do by them. It is only for a warning: where IAM cannot be asked,
// nothing is known, and that is no failure. The client is loaded when there is something to ask, which is rare.
import PQueue from "p-queue";
import { type RefusedActions, type RoleNeed, roleNeedKey } from "../model/role-need.ts";
import type { AwsClients } from "./clients.ts";
import { errorName } from "./errors.ts";

const refusals: ReadonlySet<string | undefined> = new Set(["explicitDeny", "implicitDeny"]);
/** Questions at once: IAM's rates are low, and shared by the account. */
const concurrency = 4;

/** What is surely refused. What IAM does not answer is left out. */
export async function findRefused(aws: AwsClients, needs: readonly RoleNeed[]): Promise<RefusedActions> {
  const refused = new Map<string, readonly string[]>();
  if (needs.length === 0 || isEmulated(process.env)) return refused;
  const { IAMClient, SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const iam = new IAMClient({
    region: await aws.region(),
    // Not knowing is harmless, so nothing is waited for long or tried again.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  const queue = new PQueue({ concurrency });
  const ask = async (need: RoleNeed): Promise<void> => {
    try {
      const { EvaluationResults: results = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: need.role,
          ActionNames: [...need.actions],
          ResourceArns: [need.resource],
        }),
      );
      const actions = results
        .filter(
          ({ EvalDecision, MissingContextValues: missing = [] }) =>
            // With conditions that were not simulated, the answer may be another one.
            refusals.has(EvalDecision) && missing.length === 0,
        )
        .map(({ EvalActionName }) => EvalActionName ?? "");
      if (actions.length > 0) refused.set(roleNeedKey(need), actions);
    } catch (error) {
      // A role that is not there says nothing of the next one; every other failure would only come again.
      if (errorName(error) !== "NoSuchEntityException") queue.clear();
    }
  };
  try {
    // Not `addAll`: what is cleared would never settle.
    for (const need of needs) void queue.add(() => ask(need));
    await queue.onIdle();
    return refused;
  } finally {
    iam.destroy();
  }
}

/** One endpoint for all services is an emulator: it has no IAM that means anything, unless it is named for IAM too. */
function isEmulated(env: NodeJS.ProcessEnv): boolean {
  return env["AWS_ENDPOINT_URL"] !== undefined && env["AWS_ENDPOINT_URL_IAM"] === undefined;
}

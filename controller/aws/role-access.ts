// Asks IAM whether the roles of tasks may do what will be done by them. It is only for a warning: where IAM cannot be
// asked, it is told as unknown, and that is no failure. The client is loaded when there is something to ask, which is rare.
import PQueue from "p-queue";
import { type RoleAnswers, type RoleNeed, roleNeedKey } from "../model/role-need.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, errorName } from "./errors.ts";

const refusals: ReadonlySet<string | undefined> = new Set(["explicitDeny", "implicitDeny"]);
/** Questions at once: IAM's rates are low, and shared by the account. */
const concurrency = 4;

/** What is surely refused, and what IAM could not be asked. Neither of it where all is an emulator's. */
export async function askRoles(aws: AwsClients, needs: readonly RoleNeed[]): Promise<RoleAnswers> {
  const refused = new Map<string, readonly string[]>();
  const unasked = new Map<string, string>();
  if (needs.length === 0 || aws.isEmulated("IAM")) return { refused, unasked };
  const { SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const iam = await aws.iam();
  const queue = new PQueue({ concurrency });
  let cause: string | undefined;
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
      const isMissing = errorName(error) === "NoSuchEntityException";
      const { message } = describeAwsError(error, "iam:SimulatePrincipalPolicy");
      unasked.set(roleNeedKey(need), isMissing ? "IAM knows no such role" : message);
      // A role that is not there says nothing of the next one; every other failure would only come again.
      if (!isMissing) cause ??= message;
    }
  };
  await queue.addAll(
    needs.map((need) => async () => {
      if (cause === undefined) await ask(need);
      else unasked.set(roleNeedKey(need), cause);
    }),
  );
  return { refused, unasked };
}

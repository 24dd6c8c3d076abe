// What the roles of tasks may do on every resource. Which resources policies will name is not known when a snapshot is
// taken: what a role may do anywhere it may do there, and of all else a plan says that it is not known.
import type { AwsClients } from "../clients.ts";

/** What tasks come to need by a change of ours: core/role-needs.ts. */
const actions = [
  "logs:CreateLogGroup",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "secretsmanager:GetSecretValue",
  "ssm:GetParameters",
];

export async function readRoleActions(aws: AwsClients, role: string): Promise<string[]> {
  const { SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const iam = await aws.iam();
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: role,
      ActionNames: actions,
      ResourceArns: ["*"],
    }),
  );
  return EvaluationResults.flatMap(({ EvalActionName, EvalDecision, MissingContextValues = [] }) =>
    EvalActionName !== undefined && EvalDecision === "allowed" && MissingContextValues.length === 0
      ? [EvalActionName]
      : [],
  );
}

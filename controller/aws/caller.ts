// Which account and Region some clients reach.
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { EcsmonError } from "../model/errors.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";

/** @throws EcsmonError where STS does not say */
export async function readCaller(
  aws: AwsClients,
): Promise<{ readonly account: string; readonly region: string }> {
  const call = "sts:GetCallerIdentity";
  const [region, { Account: account }] = await Promise.all([
    aws.region(),
    aws.sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
      const { code, message } = describeAwsError(error, call);
      throw new EcsmonError(code, message, { fault: "aws", remedy: "retry", cause: error });
    }),
  ]);
  if (account === undefined) throw malformed(call, "an account");
  return { account, region };
}

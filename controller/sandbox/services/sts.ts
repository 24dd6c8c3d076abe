// STS in the sandbox: who am I, and roles in other accounts. An assumed role's access key carries
// its account, which is how later requests find that account's world.
import { AwsError, type SandboxService } from "../service.ts";

const KEY_PREFIX = "ASIASBX";

export function createSts(): SandboxService {
  return {
    id: "sts",
    query: {
      version: "2011-06-15",
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      numbers: ["DurationSeconds"],
      booleans: [],
    },
    operations: {
      GetCallerIdentity: (_input, context) => ({
        UserId: "AIDASANDBOXSANDBOX000",
        Account: context.account,
        Arn: `arn:aws:iam::${context.account}:user/sandbox`,
      }),
      AssumeRole(input, context) {
        const match = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(input.RoleArn ?? "");
        if (match === null) throw new AwsError("ValidationError", `${input.RoleArn} is invalid`);
        const [, account = "", role] = match;
        const session = input.RoleSessionName ?? "session";
        return {
          Credentials: {
            AccessKeyId: `${KEY_PREFIX}${account}A`,
            SecretAccessKey: "sandbox",
            SessionToken: "sandbox",
            Expiration: new Date(context.now() + (input.DurationSeconds ?? 3600) * 1000),
          },
          AssumedRoleUser: {
            AssumedRoleId: `AROASANDBOXSANDBOX000:${session}`,
            Arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
          },
        };
      },
    },
  };
}

/** The account an access key was made for by AssumeRole. */
export function accountOfKey(accessKey: string | undefined): string | undefined {
  if (!accessKey?.startsWith(KEY_PREFIX)) return undefined;
  return accessKey.slice(KEY_PREFIX.length, KEY_PREFIX.length + 12);
}

// Credentials of a role in another account: asked of STS when they are first needed, and again before they run out.
// Source: STS API reference, AssumeRole.
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { EcsmonError } from "../model/errors.ts";
import { describeAwsError, malformed } from "./errors.ts";

export interface RoleToAssume {
  readonly arn: string;
  readonly externalId?: string | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Milliseconds before they expire at which new ones are asked for; the SDK's own clients do the same. */
const early = 5 * 60_000;

/**
 * One set of credentials for all clients that are given this provider.
 * @throws EcsmonError that names the role, where STS refuses it.
 */
export function assumeRole(
  sts: () => STSClient,
  role: RoleToAssume,
  now: () => number = Date.now,
): () => Promise<Credentials> {
  let held: Credentials | undefined;
  let asked: Promise<Credentials> | undefined;
  const left = (): number => (held === undefined ? 0 : held.expiration.getTime() - now());
  return async () => {
    if (held !== undefined && left() > early) return held;
    asked ??= askFor(sts(), role).finally(() => {
      asked = undefined;
    });
    try {
      held = await asked;
      return held;
    } catch (error) {
      // They are good until they expire: a hiccup of STS is no reason to stop.
      if (held !== undefined && left() > 0) return held;
      throw error;
    }
  };
}

async function askFor(sts: STSClient, { arn, externalId }: RoleToAssume): Promise<Credentials> {
  const call = `sts:AssumeRole of ${arn}`;
  const answer = await sts
    .send(
      new AssumeRoleCommand({
        RoleArn: arn,
        RoleSessionName: "ecsmon",
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      }),
    )
    .catch((error: unknown) => {
      const { code, message } = describeAwsError(error, call);
      throw new EcsmonError(code, message, {
        fault: "aws",
        remedy: code === "AccessDenied" ? "stall" : "retry",
        cause: error,
      });
    });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (
    AccessKeyId === undefined ||
    SecretAccessKey === undefined ||
    SessionToken === undefined ||
    Expiration === undefined
  )
    throw malformed(call, "credentials");
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

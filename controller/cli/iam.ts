// `ecsmon iam`: what the operator's role must be allowed, from the same lists that a test holds the kinds to.
import { operatorPolicy } from "../runtime/operator-permissions.ts";
import { leastPolicy } from "../runtime/permissions.ts";
import type { Io } from "./io.ts";
import { toReconcileOptions } from "./options.ts";
import { readConfig } from "./read-config.ts";
import { readPolicies } from "./read-policies.ts";

export interface IamFlags {
  /** Left out: for whatever policies may ask; those that a configuration names are not read. */
  readonly policies?: readonly string[];
  /** Given: the policy is that of the controller with this configuration. */
  readonly config?: string;
  readonly owner?: string;
}

export async function runIam(flags: IamFlags, io: Io): Promise<number> {
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, "text", io);
  if (flags.config !== undefined && config === undefined) return 1;
  const { owner } = toReconcileOptions({ ...flags, format: "text" }, io.now(), config);
  const checked = flags.policies === undefined ? undefined : await readPolicies(flags.policies, "text", io);
  if (flags.policies !== undefined && checked === undefined) return 1;
  const policies = checked?.policies;
  const policy = config === undefined ? leastPolicy(policies, owner) : operatorPolicy(config, policies);
  io.stdout(`${JSON.stringify(policy, null, 2)}\n`);
  return 0;
}

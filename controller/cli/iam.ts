// `ecsmon iam`: what the operator's role must be allowed, from the same lists that a test holds the kinds to.
import { operatorPolicy } from "../runtime/operator-permissions.ts";
import { allowAudit, allowBacktest, allowSnapshot, leastPolicy, noPolicy } from "../runtime/permissions.ts";
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
  /** With what `plan --backtest` reads beside. */
  readonly backtest?: boolean;
  /** With what `audit` reads: nothing else, unless policies or a configuration are given too. */
  readonly audit?: boolean;
  /** With what `snapshot` reads: nothing else, as with `audit`. */
  readonly snapshot?: boolean;
}

export async function runIam(flags: IamFlags, io: Io): Promise<number> {
  const { snapshot, ...asked } = flags;
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, "text", io);
  if (flags.config !== undefined && config === undefined) return 1;
  const { owner } = toReconcileOptions({ ...asked, format: "text" }, io.now(), config);
  const checked = flags.policies === undefined ? undefined : await readPolicies(flags.policies, "text", io);
  if (flags.policies !== undefined && checked === undefined) return 1;
  const policies = checked?.policies;
  const isForReads = flags.audit === true || snapshot === true;
  let policy = noPolicy;
  if (config !== undefined) policy = operatorPolicy(config, policies);
  else if (policies !== undefined || !isForReads) policy = leastPolicy(policies, owner);
  if (flags.backtest === true) policy = allowBacktest(policy);
  if (flags.audit === true) policy = allowAudit(policy);
  if (snapshot === true) policy = allowSnapshot(policy);
  io.stdout(`${JSON.stringify(policy, null, 2)}\n`);
  return 0;
}

// `ecsmon iam`: what the operator's role must be allowed, from the same lists that a test holds the kinds to.
import { auditPolicy } from "../runtime/audit.ts";
import { operatorPolicy } from "../runtime/operator-permissions.ts";
import { allowBacktest, allowSnapshot, leastPolicy } from "../runtime/permissions.ts";
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
  /** What `audit` reads, and nothing beside: it needs no policy. */
  readonly audit?: boolean;
  /** What `snapshot` reads: nothing beside, unless policies or a configuration are given too. */
  readonly snapshot?: boolean;
}

export async function runIam(flags: IamFlags, io: Io): Promise<number> {
  if (flags.audit === true) {
    io.stdout(`${JSON.stringify(auditPolicy(), null, 2)}\n`);
    return 0;
  }
  if (flags.snapshot === true && flags.policies === undefined && flags.config === undefined) {
    io.stdout(`${JSON.stringify(allowSnapshot(), null, 2)}\n`);
    return 0;
  }
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, "text", io);
  if (flags.config !== undefined && config === undefined) return 1;
  const { snapshot, ...asked } = flags;
  const { owner } = toReconcileOptions({ ...asked, format: "text" }, io.now(), config);
  const checked = flags.policies === undefined ? undefined : await readPolicies(flags.policies, "text", io);
  if (flags.policies !== undefined && checked === undefined) return 1;
  const policies = checked?.policies;
  const least = config === undefined ? leastPolicy(policies, owner) : operatorPolicy(config, policies);
  const tested = flags.backtest === true ? allowBacktest(least) : least;
  const policy = snapshot === true ? allowSnapshot(tested) : tested;
  io.stdout(`${JSON.stringify(policy, null, 2)}\n`);
  return 0;
}

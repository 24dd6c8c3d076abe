// What plan and apply begin with: the policies read and checked, the account read, the plan made.
import { type AwsClients, createAws } from "../aws/clients.ts";
import { createMackerel, type MackerelApi } from "../mackerel/client.ts";
import type { Plan } from "../model/plan.ts";
import { makePlan } from "../runtime/reconcile.ts";
import type { Io } from "./io.ts";
import { type ReconcileFlags, toReconcileOptions } from "./options.ts";
import { createProgress, type ProgressLine } from "./progress.ts";
import { readPolicies } from "./read-policies.ts";

export interface PlanTools {
  readonly aws: AwsClients;
  readonly mackerel: MackerelApi | undefined;
  readonly progress: ProgressLine;
}

/** Gives the plan to `use`, whose exit code it returns; 1 when the policies have errors, which have been shown then. */
export async function withPlan(
  flags: ReconcileFlags & { readonly force?: boolean },
  io: Io,
  use: (plan: Plan, tools: PlanTools) => Promise<number>,
): Promise<number> {
  const options = toReconcileOptions(flags, io.now());
  const checked = await readPolicies(flags.policies, flags.format, io, options.asOf);
  if (checked === undefined) return 1;
  const progress = createProgress(io);
  const aws = createAws({ region: flags.region });
  const mackerel = createMackerel({ sleep: (milliseconds) => io.sleep(milliseconds) });
  try {
    const deps = { aws, mackerel, now: () => io.now(), progress: progress.report };
    const plan = await makePlan(checked.policies, checked.sourceRevision, options, deps);
    progress.end();
    return await use(plan, { aws, mackerel, progress });
  } finally {
    progress.end();
    aws.destroy();
  }
}

// `ecsmon plan`: read everything, change nothing, show the difference.
import { createAws } from "../aws/clients.ts";
import { makePlan } from "../runtime/reconcile.ts";
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import { type PlanFlags, toReconcileOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readPolicies } from "./read-policies.ts";
import { formatJson, planToJson } from "./render/json.ts";
import { renderPlan } from "./render/text.ts";

export async function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  const checked = await readPolicies(flags.policies, flags.format, io);
  if (checked === undefined) return 1;

  const progress = createProgress(io);
  const aws = createAws({ region: flags.region });
  try {
    const plan = await makePlan(
      checked.policies,
      checked.sourceRevision,
      toReconcileOptions(flags, new Date()),
      {
        aws,
        now: () => new Date(),
        progress: progress.report,
      },
    );
    progress.end();
    io.stdout(
      flags.format === "json" ? formatJson(planToJson(plan)) : renderPlan(plan, textOptions(io, "stdout")),
    );
    io.stderr(renderComplaints(plan));
    return exitCodeOfPlan(plan, flags.detailedExitcode);
  } finally {
    progress.end();
    aws.destroy();
  }
}

// `ecsmon plan`: read everything, change nothing, show the difference.
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { PlanFlags } from "./options.ts";
import { formatItems, planToJson } from "./render/json.ts";
import { renderPlan } from "./render/text.ts";
import { withPlans } from "./with-plan.ts";

export async function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  const plans: object[] = [];
  const ended = await withPlans(flags, io, async (plan, { headline }) => {
    if (flags.format === "json") plans.push(planToJson(plan));
    else io.stdout(headline + renderPlan(plan, textOptions(io, "stdout")));
    io.stderr(renderComplaints(plan));
    return exitCodeOfPlan(plan, flags.detailedExitcode);
  });
  if (flags.format === "json") io.stdout(formatItems("PlanList", plans, ended));
  return ended.code;
}

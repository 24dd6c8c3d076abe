// `ecsmon plan`: read everything, change nothing, show the difference, and save it where that is asked for.
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { PlanFlags } from "./options.ts";
import { formatItems, planToJson } from "./render/json.ts";
import { renderPlan } from "./render/text.ts";
import { createPlanSaver } from "./saved-plan.ts";
import { withPlans } from "./with-plan.ts";

export async function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  const plans: object[] = [];
  const saver = flags.saveTo && createPlanSaver(flags, flags.saveTo, io);
  const ended = await withPlans(flags, io, async (plan, { headline }) => {
    saver?.add(plan);
    if (flags.format === "json") plans.push(planToJson(plan));
    else io.stdout(headline + renderPlan(plan, textOptions(io, "stdout")));
    io.stderr(renderComplaints(plan));
    return exitCodeOfPlan(plan, flags.detailedExitcode);
  });
  if (flags.format === "json") io.stdout(formatItems("PlanList", plans, ended));
  return saver === undefined ? ended.code : saver.save(ended);
}

// `ecsmon plan`: read everything, change nothing, show the difference, and save it where that is asked for.
import type { Plan } from "../model/plan.ts";
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { PlanFlags } from "./options.ts";
import { renderHtml } from "./render/html.ts";
import { formatItems, planToJson } from "./render/json.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderPlan } from "./render/text.ts";
import { createPlanSaver } from "./saved-plan.ts";
import { type Ended, withPlans } from "./with-plan.ts";

export async function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  const plans: Plan[] = [];
  const saver = flags.saveTo && createPlanSaver(flags, flags.saveTo, io);
  const ended = await withPlans(flags, io, async (plan, { headline }) => {
    plans.push(plan);
    saver?.add(plan);
    if (flags.format === "text") io.stdout(headline + renderPlan(plan, textOptions(io, "stdout")));
    io.stderr(renderComplaints(plan));
    return exitCodeOfPlan(plan, flags.detailedExitcode);
  });
  if (flags.format !== "text") io.stdout(formatPlans(plans, ended, flags));
  return saver === undefined ? ended.code : saver.save(ended);
}

function formatPlans(plans: readonly Plan[], ended: Ended, { format, config, asOf }: PlanFlags): string {
  if (format === "json") return formatItems("PlanList", plans.map(planToJson), ended);
  // The findings on what was read have been printed in their place.
  if (ended.targets === 0) return "";
  const targets = {
    plans,
    failed: ended.failed,
    ...(config === undefined ? {} : { config }),
    ...(asOf === undefined ? {} : { asOf: asOf.toISOString() }),
  };
  return format === "html" ? renderHtml(targets) : renderMarkdown(targets);
}

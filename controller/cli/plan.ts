// `ecsmon plan`: read everything, change nothing, show the difference.
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { PlanFlags } from "./options.ts";
import { formatJson, planToJson } from "./render/json.ts";
import { renderPlan } from "./render/text.ts";
import { withPlan } from "./with-plan.ts";

export function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  return withPlan(flags, io, async (plan) => {
    io.stdout(
      flags.format === "json" ? formatJson(planToJson(plan)) : renderPlan(plan, textOptions(io, "stdout")),
    );
    io.stderr(renderComplaints(plan));
    return exitCodeOfPlan(plan, flags.detailedExitcode);
  });
}

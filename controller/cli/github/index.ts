// `ecsmon github`: what the steps of action.yml run. Every word of others on its way into the log passes commands.ts.
import { toFailure } from "../../model/errors.ts";
import type { Io } from "../io.ts";
import { annotation } from "./commands.ts";
import { type RunCommand, runPlanStep } from "./plan-step.ts";
import { runReportStep } from "./report-step.ts";

export type GithubStep = "plan" | "report";

export async function runGithub(step: GithubStep, io: Io, run: RunCommand): Promise<number> {
  try {
    return step === "plan" ? await runPlanStep(io, run) : await runReportStep(io);
  } catch (error) {
    io.stdout(annotation("error", toFailure(error).message));
    return 1;
  }
}

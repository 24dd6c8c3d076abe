// `ecsmon apply`: plan, show, ask, write, and tell of every item how it went. With a saved plan, only what was reviewed.
import { costOf } from "../core/cost.ts";
import { EcsmonError, toFailure } from "../model/errors.ts";
import type { Change, Outcome, Plan } from "../model/plan.ts";
import { applyPlan } from "../runtime/apply.ts";
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfApply, hasWrites, interrupted } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { ApplyFlags } from "./options.ts";
import { formatItems, formatJson, outcomeToJson, planToJson } from "./render/json.ts";
import { renderOutcome, renderOutcomes, renderPlan } from "./render/text.ts";
import { openSavedPlan, type SavedReview } from "./saved-plan.ts";
import { type PlanTools, withPlans } from "./with-plan.ts";

export async function runApply(given: ApplyFlags, io: Io): Promise<number> {
  const review = given.saved && (await openSavedPlan(given, given.saved));
  if (review === undefined) return writePlans(given, io);
  let today: Plan | undefined;
  const hold: SavedReview["hold"] = (plan, tools) => {
    today = plan;
    return review.hold(plan, tools);
  };
  try {
    return (await checkAll(review, io)) ?? (await writePlans(review.flags, io, { ...review, hold }));
  } catch (error) {
    // A program that asked for a document is told in it, too, why nothing of what was reviewed was written.
    const isRefusal = error instanceof EcsmonError && refusals.has(error.code);
    if (given.format === "json" && isRefusal)
      io.stdout(
        formatJson({
          plan: today === undefined ? null : planToJson(today),
          outcomes: [],
          error: toFailure(error),
        }),
      );
    throw error;
  }
}

const refusals = new Set(["StalePlan", "OtherPlan"]);

async function writePlans(flags: ApplyFlags, io: Io, review?: SavedReview): Promise<number> {
  const applied: object[] = [];
  const use = async (made: Plan, tools: PlanTools): Promise<number> => {
    const { plan, note } = review?.hold(made, tools) ?? { plan: made, note: "" };
    io.stderr(note);
    showPlan({ ...plan, cost: costOf(plan) }, tools.headline, flags.format, io);
    const leftBehind = flags.wait ? (plan.leftBehind ?? []) : [];
    io.stderr(renderLeftBehind(leftBehind));
    if (!flags.wait) io.stderr(renderUnwatched(plan));
    const consent = await askConsent(plan, leftBehind.length > 0, flags.yes, io);
    const outcomes = consent ? await write(plan, flags, tools, io) : [];
    if (flags.format === "json")
      applied.push({ plan: planToJson(plan), outcomes: outcomes.map(outcomeToJson) });
    io.stderr(renderComplaints(plan));
    if (!consent) return 1;
    return io.signal.aborted ? interrupted : exitCodeOfApply(plan, outcomes);
  };
  const asked = { ...flags, forCost: true };
  const ended = await withPlans(asked, io, use, { writes: true, ...(review && { check: review.check }) });
  if (flags.format === "json") io.stdout(formatItems("ApplyList", applied, ended));
  return ended.code;
}

/**
 * Of several targets none is written before all are as they were reviewed; each is looked at again under its lease.
 * `undefined`: they are.
 */
async function checkAll(review: SavedReview, io: Io): Promise<number | undefined> {
  if (review.targets === 1) return undefined;
  const look = async (plan: Plan, tools: PlanTools): Promise<number> => {
    review.hold(plan, tools);
    return 0;
  };
  const ended = await withPlans(review.flags, io, look, { check: review.check });
  if (ended.code === 0) return undefined;
  io.stderr("ecsmon: nothing was changed in any target\n");
  if (review.flags.format === "json") io.stdout(formatItems("ApplyList", [], ended));
  return ended.code;
}

function showPlan(plan: Plan, headline: string, format: string, io: Io): void {
  // With JSON, standard output holds one document, and it comes at the end.
  if (format === "json") io.stderr(headline + renderPlan(plan, textOptions(io, "stderr")));
  else io.stdout(headline + renderPlan(plan, textOptions(io, "stdout")));
}

function renderLeftBehind(leftBehind: readonly Change[]): string {
  return leftBehind
    .map(
      ({ cluster, service }) =>
        `ecsmon: an earlier run left the rollout of ${cluster}/${service} behind: it is watched to its end, and put back if it fails\n`,
    )
    .join("");
}

/** What `--no-wait` gives up, said before anybody says yes. */
function renderUnwatched({ changes }: Plan): string {
  const count = changes.filter(
    ({ enforcement, impact }) => enforcement === "Enforce" && impact === "deployment",
  ).length;
  if (count === 0) return "";
  const begin = count === 1 ? "1 service begins" : `${count} services begin`;
  return `ecsmon: with --no-wait ${begin} to roll at once: no canary, no maxConcurrent, and what fails is not put back before the next run that waits\n`;
}

async function askConsent(plan: Plan, takesUp: boolean, yes: boolean, io: Io): Promise<boolean> {
  if (yes) return true;
  if (!io.isTty.stdin || !io.isTty.stderr) {
    io.stderr("ecsmon: nothing was changed: there is no terminal to ask on, and --yes was not given\n");
    return false;
  }
  if (!hasWrites(plan) && !takesUp) return true;
  const question = hasWrites(plan)
    ? "Write these changes? Only `yes` writes them: "
    : "Take up that rollout? Only `yes` does: ";
  if (await io.ask(question)) return true;
  io.stderr("ecsmon: nothing was changed\n");
  return false;
}

async function write(
  plan: Plan,
  flags: ApplyFlags,
  { aws, mackerel, progress, forbids }: PlanTools,
  io: Io,
): Promise<readonly Outcome[]> {
  // Windows go on being judged as of the plan's instant, and the time that has passed since.
  const ahead = flags.asOf === undefined ? 0 : flags.asOf.getTime() - io.now().getTime();
  const release = io.onInterrupt(() => {
    progress.print("ecsmon: stopping; no further change is started. Once more ends it at once\n");
  });
  try {
    const outcomes = await applyPlan(
      plan,
      { wait: flags.wait, signal: io.signal },
      {
        aws,
        mackerel,
        now: () => io.now(),
        asOf: () => new Date(io.now().getTime() + ahead),
        progress: progress.report,
        // Ctrl-C ends the wait, not the deployment.
        sleep: (milliseconds) => io.sleep(milliseconds),
        forbids,
        onOutcome: (outcome) => progress.print(renderOutcome(outcome, { colour: io.colour.stderr })),
      },
    );
    progress.end();
    if (outcomes.length > 0) {
      const text = renderOutcomes(outcomes, {
        colour: flags.format === "json" ? io.colour.stderr : io.colour.stdout,
      });
      if (flags.format === "json") io.stderr(text);
      else io.stdout(text);
    }
    return outcomes;
  } finally {
    release();
  }
}

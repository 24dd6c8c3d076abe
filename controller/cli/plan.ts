// `ecsmon plan`: read everything, change nothing, show the difference, and save it where that is asked for.
import { costOf } from "../core/cost.ts";
import type { Backtest } from "../model/backtest.ts";
import { EcsmonError } from "../model/errors.ts";
import { comparisonOf, type Plan } from "../model/plan.ts";
import type { runBacktest } from "../runtime/backtest.ts";
import { renderComplaints } from "./complaints.ts";
import { exitCodeOfPlan } from "./exit-codes.ts";
import { type Io, textOptions } from "./io.ts";
import type { PlanFlags } from "./options.ts";
import { emptyCopies, openCopies, writeCopy } from "./plan-copies.ts";
import { readPrices } from "./read-prices.ts";
import { renderHtml } from "./render/html.ts";
import { formatItems, planToJson } from "./render/json.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderPlan } from "./render/text.ts";
import { createPlanSaver } from "./saved-plan.ts";
import { type Ended, withPlans } from "./with-plan.ts";

export async function runPlan(flags: PlanFlags, io: Io): Promise<number> {
  await openCopies(flags);
  try {
    return await makePlans(flags, io);
  } catch (error) {
    await emptyCopies(flags.also);
    throw error;
  }
}

async function makePlans(flags: PlanFlags, io: Io): Promise<number> {
  const plans: Plan[] = [];
  const texts: string[] = [];
  const prices = flags.prices === undefined ? undefined : await readPrices(flags.prices, flags.format, io);
  if (prices === "refused") return 1;
  if (flags.snapshot !== undefined && flags.backtest !== undefined)
    throw new EcsmonError(
      "InvalidOption",
      "a snapshot holds no metrics, so that nothing can be tested with them; leave out --backtest, or --snapshot",
    );
  if (flags.snapshot !== undefined && flags.saveTo !== undefined)
    throw new EcsmonError(
      "InvalidOption",
      "a plan from a snapshot is for reading: values that the snapshot hides are not in it, so it cannot be applied; leave out --out, or --snapshot",
    );
  if (flags.snapshot === undefined && flags.maxAge !== undefined)
    throw new EcsmonError(
      "InvalidOption",
      "--max-age is about a snapshot, and there is none; leave it out, or give --snapshot",
    );
  const saver = flags.saveTo && createPlanSaver(flags, flags.saveTo, io);
  const ended = await withPlans(
    { ...flags, forCost: true },
    io,
    async (made, { headline, aws, progress, policies }) => {
      // Beside a base: what this change does, and not what drifts anyway.
      const own = { ...made, ...comparisonOf(made)?.change };
      const backtest =
        flags.backtest === undefined
          ? undefined
          : await backtestOf(own, flags.backtest, policies, {
              aws,
              now: () => io.now(),
              progress: progress.report,
            });
      progress.end();
      const plan: Plan = {
        ...(backtest === undefined ? made : addBacktest(made, backtest)),
        cost: costOf(made, prices),
      };
      plans.push(plan);
      // What it was held beside is for who reads it.
      const { base: _, ...saved } = made;
      saver?.add(saved, policies);
      if (flags.format === "text") io.stdout(headline + renderPlan(plan, textOptions(io, "stdout")));
      if (flags.also !== undefined) texts.push(headline + renderPlan(plan, { colour: false, width: 100 }));
      io.stderr(renderComplaints(plan));
      return exitCodeOfPlan(plan, flags.detailedExitcode);
    },
    { check: () => emptyCopies(flags.also) },
  );
  if (flags.format !== "text") io.stdout(formatPlans(plans, ended, flags));
  // Without a plan there is nothing to copy, and the files are empty.
  for (const copy of flags.also ?? [])
    await writeCopy(
      copy,
      copy.format === "text" ? texts.join("") : formatPlans(plans, ended, { ...flags, format: copy.format }),
    );
  return saver === undefined ? ended.code : saver.save(ended);
}

/** What it warns of is of what the change does. */
function addBacktest(plan: Plan, backtest: Backtest): Plan {
  const { warnings } = backtest;
  const base = comparisonOf(plan);
  return {
    ...plan,
    backtest,
    diagnostics: [...plan.diagnostics, ...warnings],
    ...(base && {
      base: { ...base, change: { ...base.change, diagnostics: [...base.change.diagnostics, ...warnings] } },
    }),
  };
}

/** Loaded where it is asked for, which most plans do not. */
async function backtestOf(...given: Parameters<typeof runBacktest>): Promise<Backtest> {
  const { runBacktest } = await import("../runtime/backtest.ts");
  return runBacktest(...given);
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

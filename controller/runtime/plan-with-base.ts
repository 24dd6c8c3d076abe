// The plan of policies beside that of their base: two looks, of which the second sees what the first has read.
import type { PolicySet } from "../api/policy.ts";
import type { AnswerMemory } from "../aws/remember-answers.ts";
import { compareWithBase, isCountedBeside } from "../core/base-plan.ts";
import type { MackerelApi } from "../mackerel/client.ts";
import type { Plan } from "../model/plan.ts";
import { look, makePlan, type ReconcileDeps, type ReconcileOptions } from "./reconcile.ts";

export interface GivenPolicies {
  readonly policies: PolicySet;
  readonly sourceRevision: string;
}

/**
 * With a base whose policies have errors it is the plan alone: what is wrong there must not keep its fix from being seen.
 * @param memory answers the reads of `deps.aws`; left out: those give the same whenever they are asked
 */
export async function planWithBase(
  head: GivenPolicies,
  base: GivenPolicies,
  options: ReconcileOptions,
  deps: ReconcileDeps,
  memory?: AnswerMemory,
): Promise<Plan> {
  const { sourceRevision } = base;
  const errors = base.policies.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    memory?.end();
    const plan = await makePlan(head.policies, head.sourceRevision, options, deps);
    return { ...plan, base: { sourceRevision, errors } };
  }
  const { mackerel } = deps;
  const both = {
    ...deps,
    ...(mackerel === undefined || memory === undefined
      ? {}
      : { mackerel: rememberMonitors(mackerel, memory) }),
  };
  const found = await look(head.policies, head.sourceRevision, options, both);
  memory?.rewind();
  const unlimited = {
    ...options,
    maxDeletes: Number.MAX_SAFE_INTEGER,
    maxRedeploys: Number.MAX_SAFE_INTEGER,
    forCost: options.forCost && isCountedBeside(found),
  };
  const quiet = { ...both, progress: () => undefined };
  const beside = await look(base.policies, sourceRevision, unlimited, quiet);
  memory?.end();
  const { plan, held, standing } = found;
  return { ...plan, held, standing, base: compareWithBase(found, beside) };
}

function rememberMonitors(mackerel: MackerelApi, { recall }: AnswerMemory): MackerelApi {
  return {
    ...mackerel,
    listMonitors: () => recall(["Mackerel", "listMonitors"], () => mackerel.listMonitors()),
    readMonitor: (id) => recall(["Mackerel", "readMonitor", id], () => mackerel.readMonitor(id)),
  };
}

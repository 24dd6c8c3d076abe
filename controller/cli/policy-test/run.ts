// One test: its workloads in a sandbox of its own, the real plan over them, and what was expected.
import { parsePolicies } from "../../api/parse.ts";
import type { PolicySet } from "../../api/policy.ts";
import { createAws } from "../../aws/clients.ts";
import { settleExceptions } from "../../core/waivers.ts";
import { createMackerel } from "../../mackerel/client.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { Change, Plan } from "../../model/plan.ts";
import { makePlan } from "../../runtime/reconcile.ts";
import type { SandboxControl } from "../../sandbox/control.ts";
import { startSandbox } from "../../sandbox/server.ts";
import { readSources } from "../../sources/index.ts";
import { useSandbox } from "../local-aws.ts";
import { seedTest } from "./estate.ts";
import { type Failed, judgePlan } from "./judge.ts";
import type { PolicyTest } from "./read.ts";

/** @throws EcsmonError when the test itself cannot be played: its policies, its workloads. */
export async function runPolicyTest(test: PolicyTest, now: Date): Promise<Failed[]> {
  const { account, region = "us-east-1", asOf } = test.spec;
  const instant = asOf === undefined ? now : new Date(asOf);
  const policies = await readTestPolicies(test, instant);
  const sandbox = await startSandbox({
    seed: "empty",
    region,
    ...(account === undefined ? {} : { account }),
  });
  useSandbox(sandbox.endpoint, region);
  const aws = createAws({ region });
  try {
    seedTest(test, sandbox.control);
    const plan = await makePlan(policies, "test", options(test, instant), {
      aws,
      mackerel: createMackerel({ sleep: () => Promise.resolve() }),
      now: () => now,
      progress: () => undefined,
    });
    return [...judgePlan(test, plan), ...judgeLines(test, plan, sandbox.control)];
  } finally {
    aws.destroy();
    await sandbox.close();
  }
}

function options({ spec: { owner = "ecsmon" } }: PolicyTest, asOf: Date) {
  const many = Number.MAX_SAFE_INTEGER;
  return {
    owner,
    clusters: [],
    services: [],
    // Guards are about an estate, not about a policy.
    maxDeletes: many,
    maxRedeploys: many,
    deletePolicy: "sync" as const,
    asOf,
    force: false,
  };
}

async function readTestPolicies(test: PolicyTest, asOf: Date): Promise<PolicySet> {
  const { files } = await readSources(test.spec.policies.map(test.resolve));
  const set = settleExceptions(parsePolicies(files), asOf);
  const error = set.diagnostics.find(({ severity }) => severity === "error");
  if (error === undefined) return set;
  const { file, line, column, message } = error;
  throw new EcsmonError("InvalidPolicies", `${file}:${line}:${column}: ${message}; see \`ecsmon validate\``);
}

function judgeLines({ spec }: PolicyTest, plan: Plan, control: SandboxControl): Failed[] {
  return (spec.logs ?? []).flatMap((one, i): Failed[] => {
    const path = ["spec", "logs", i];
    const filter = plan.changes.find(isFilterOf(one));
    const pattern = filter?.after?.["filterPattern"];
    if (typeof pattern !== "string") {
      const message = `no metric filter ${one.metric} is planned for ${one.service}`;
      return [{ path, message, details: [] }];
    }
    const matched = (lines: readonly string[]): Set<number> => {
      if (lines.length === 0) return new Set();
      const answer = control.call("logs", "TestMetricFilter", {
        filterPattern: pattern,
        logEventMessages: lines,
      });
      return new Set((answer["matches"] as { eventNumber: number }[]).map(({ eventNumber }) => eventNumber));
    };
    const { matches = [], ignores = [] } = one;
    const [hit, false_] = [matched(matches), matched(ignores)];
    const details = [
      ...matches.filter((_, at) => !hit.has(at + 1)).map((line) => `does not match: ${line}`),
      ...ignores.filter((_, at) => false_.has(at + 1)).map((line) => `matches: ${line}`),
    ];
    const message = `the pattern of ${one.metric}, ${pattern}, does not tell these lines as expected`;
    return details.length === 0 ? [] : [{ path, message, details }];
  });
}

function isFilterOf({
  metric,
  cluster,
  service,
}: {
  metric: string;
  cluster?: string | undefined;
  service: string;
}) {
  return (change: Change): boolean =>
    change.kind === "MetricFilter" &&
    change.service === service &&
    (cluster === undefined || change.cluster === cluster) &&
    change.name.endsWith(`/${metric}`);
}

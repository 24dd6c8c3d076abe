// One test: its workloads in a sandbox of its own, or a snapshot, the real plan over them, and what was expected.
import { parsePolicies } from "../../api/parse.ts";
import type { PolicySet } from "../../api/policy.ts";
import { createAws } from "../../aws/clients.ts";
import { openConcealment } from "../../core/conceal-wanted.ts";
import { settleExceptions } from "../../core/waivers.ts";
import { createMackerel } from "../../mackerel/client.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { Change, Plan } from "../../model/plan.ts";
import { makePlan } from "../../runtime/reconcile.ts";
import { readConcealKey } from "../../runtime/snapshot/conceal-key.ts";
import { openFacts, type SnapshotTarget } from "../../runtime/snapshot/open-snapshot.ts";
import type { SandboxControl } from "../../sandbox/control.ts";
import { startSandbox } from "../../sandbox/server.ts";
import { readSources } from "../../sources/index.ts";
import type { Io } from "../io.ts";
import { useSandbox } from "../local-aws.ts";
import { readSnapshot } from "../read-snapshot.ts";
import { seedTest } from "./estate.ts";
import { type Failed, judgePlan } from "./judge.ts";
import type { PolicyTest } from "./read.ts";

/** @throws EcsmonError when the test itself cannot be played: its policies, its workloads. */
export async function runPolicyTest(test: PolicyTest, now: Date, env: Io["env"]): Promise<Failed[]> {
  const { account, region = "us-east-1", asOf } = test.spec;
  const taken = await readGiven(test, env);
  const instant = asOf === undefined ? (taken?.takenAt ?? now) : new Date(asOf);
  const policies = await readTestPolicies(test, instant);
  const sandbox = await startSandbox({
    seed: "empty",
    region,
    ...(account === undefined ? {} : { account }),
  });
  useSandbox(sandbox.endpoint, region);
  const { aws, mackerel } = taken ?? {
    aws: createAws({ region }),
    mackerel: createMackerel({ sleep: () => Promise.resolve() }),
  };
  const hidden = taken === undefined ? {} : { concealment: taken.concealment };
  try {
    if (taken === undefined) seedTest(test, sandbox.control);
    const plan = await makePlan(
      policies,
      "test",
      { ...options(test, instant), ...hidden },
      {
        aws,
        mackerel,
        now: () => now,
        progress: () => undefined,
      },
    );
    return [...judgePlan(test, plan), ...judgeLines(test, plan, sandbox.control)];
  } finally {
    aws.destroy();
    await sandbox.close();
  }
}

interface Given extends SnapshotTarget {
  readonly takenAt: Date;
  /** What stands hidden in the snapshot, on the side of what is wanted. */
  readonly concealment: ReturnType<typeof openConcealment>;
}

/** The target of the snapshot that the test is about; undefined where it brings workloads of its own. */
async function readGiven(test: PolicyTest, env: Io["env"]): Promise<Given | undefined> {
  const { snapshot: file, account, region } = test.spec;
  if (file === undefined) return undefined;
  const { targets, takenAt, keyFingerprint } = await readSnapshot(test.resolve(file), env);
  const facts = targets.find(
    (one) => (account ?? one.account) === one.account && (region ?? one.region) === one.region,
  );
  if (facts === undefined) {
    const has = targets.map((one) => `${one.account} in ${one.region}`).join(", ");
    throw new EcsmonError(
      "TestInvalid",
      `the snapshot ${file} is of ${has}; see account and region of the test`,
    );
  }
  const concealment = openConcealment(keyFingerprint, readConcealKey(env));
  return { ...openFacts({ region: facts.region }, facts), takenAt: new Date(takenAt), concealment };
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

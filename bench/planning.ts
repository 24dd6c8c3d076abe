// The thinking alone: what planning costs in processor time beside the calls, for one policy with twelve alarms.
import { parsePolicies } from "../controller/api/parse.ts";
import { createAws } from "../controller/aws/clients.ts";
import { readInventory } from "../controller/aws/inventory.ts";
import { unlimited } from "../controller/aws/rate-limiter.ts";
import { guardPlan } from "../controller/core/guard.ts";
import type { Observation, Wanted } from "../controller/core/managed.ts";
import { computePlan } from "../controller/core/plan.ts";
import { selectWorkloads } from "../controller/core/select.ts";
import { kinds } from "../controller/kinds/index.ts";
import type { KindName } from "../controller/model/plan.ts";
import { startSandbox } from "../controller/sandbox/server.ts";
import { useEndpoint } from "./estate.ts";

export interface PlanningResult {
  readonly services: number;
  readonly alarms: number;
  readonly changes: number;
  /** Processor time of selecting, building what is wanted and comparing; the median of the runs. */
  readonly cpuSeconds: number;
}

const alarmsPerService = 12;

const policy = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: planning }
spec:
  selector: { services: ["*"] }
  alarms:
${Array.from(
  { length: alarmsPerService },
  (_, index) => `    - name: alarm-${index}
      expression: 100 * errors / MAX([requests, 1])
      metrics:
        errors: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }
        requests: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: ${index}
      description: "\${cluster.name}/\${service.name} in \${region}"
`,
).join("")}`;

/** Everything is read first; what is measured makes no call. */
export async function benchPlanning(services: number, runs: number): Promise<PlanningResult> {
  const sandbox = await startSandbox({ services, seed: "empty", region: "us-east-1" });
  useEndpoint(sandbox.endpoint);
  const aws = createAws({ limiter: unlimited });
  try {
    const { policies, exceptions } = parsePolicies([{ file: "planning.yaml", text: policy }]);
    const inventory = await readInventory(aws, { clusters: [], services: [] }, () => {});
    const context = { owner: "ecsmon", inventory, force: false, asOf: new Date() };
    const think = (observations: ReadonlyMap<KindName, Observation>) => {
      const selection = selectWorkloads(policies, inventory.workloads, "ecsmon", exceptions);
      const wanted = new Map<KindName, readonly Wanted[]>(
        kinds.map((kind) => [kind.name, kind.desired(selection, context)]),
      );
      const scope = { clusters: [], services: [] };
      const parts = computePlan({
        ...context,
        kinds,
        selection,
        wanted,
        observations,
        gone: new Set(),
        scope,
      });
      const guards = { maxDeletes: 10, maxRedeploys: 10, deletePolicy: "sync" } as const;
      return { wanted, plan: guardPlan(parts, { ...guards, knownServices: services }) };
    };
    const { wanted } = think(new Map());
    const observations = new Map<KindName, Observation>();
    for (const kind of kinds) {
      const asked = wanted.get(kind.name) ?? [];
      observations.set(
        kind.name,
        await kind.observe({ aws, owner: "ecsmon", inventory, wanted: asked, needed: [] }),
      );
    }
    let changes = 0;
    const times = Array.from({ length: runs }, () => {
      const before = process.cpuUsage();
      changes = think(observations).plan.changes.length;
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    });
    times.sort((a, b) => a - b);
    const cpuSeconds = times[Math.floor(times.length / 2)] ?? 0;
    return { services: inventory.workloads.length, alarms: alarmsPerService, changes, cpuSeconds };
  } finally {
    aws.destroy();
    await sandbox.close();
  }
}

// The sandbox with a large estate in it, and our policy applied once, in this process.
import { parsePolicies } from "../controller/api/parse.ts";
import { createAws } from "../controller/aws/clients.ts";
import { unlimited } from "../controller/aws/rate-limiter.ts";
import type { Plan } from "../controller/model/plan.ts";
import { applyPlan } from "../controller/runtime/apply.ts";
import { makePlan, type ReconcileDeps } from "../controller/runtime/reconcile.ts";
import { type Sandbox, startSandbox } from "../controller/sandbox/server.ts";
import { readSources } from "../controller/sources/index.ts";
import { countFloor, type EstateSize } from "./floor.ts";
import { benchSize } from "./policy.ts";

export interface AppliedEstate {
  readonly sandbox: Sandbox;
  /** The fewest calls that can read it. */
  readonly floor: Record<string, number>;
  /** In this process; calls are in the sandbox's log. */
  plan(): Promise<Plan>;
  close(): Promise<void>;
}

/** Points this process's AWS configuration at a sandbox. */
export function useEndpoint(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  });
}

export async function applyToSandbox(policyFolder: string, services: number): Promise<AppliedEstate> {
  const sandbox = await startSandbox({ services, region: "us-east-1" });
  useEndpoint(sandbox.endpoint);
  const aws = createAws({ limiter: unlimited });
  const deps: ReconcileDeps = { aws, now: () => new Date(), progress: () => {} };
  const { files, revision } = await readSources([policyFolder]);
  const options = {
    owner: "ecsmon",
    clusters: [],
    services: [],
    maxDeletes: 10,
    maxRedeploys: services,
    deletePolicy: "sync",
    force: false,
  } as const;
  const plan = (): Promise<Plan> =>
    makePlan(parsePolicies(files), revision, { ...options, asOf: new Date() }, deps);

  const outcomes = await applyPlan(
    await plan(),
    { wait: false, signal: new AbortController().signal },
    { ...deps, sleep: () => Promise.resolve(), onOutcome: () => {} },
  );
  const failed = outcomes.find(({ result }) => result !== "applied");
  if (failed !== undefined) throw new Error(`${failed.kind} ${failed.name}: ${failed.error?.message}`);
  sandbox.control.clearCalls();
  return {
    sandbox,
    floor: countFloor(readSize(sandbox)),
    plan,
    close: async () => {
      aws.destroy();
      await sandbox.close();
    },
  };
}

function readSize({ control }: Sandbox): EstateSize {
  const { clusterArns } = control.call("ecs", "ListClusters", {}) as { clusterArns: string[] };
  const { clusters } = control.call("ecs", "DescribeClusters", { clusters: clusterArns }) as {
    clusters: { activeServicesCount: number }[];
  };
  return benchSize(clusters.map(({ activeServicesCount }) => activeServicesCount));
}

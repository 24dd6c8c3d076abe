// Replicas of the real controller, each with a clock of its own, over the sandbox.
import { getEventListeners } from "node:events";
import { parseConfig } from "../../controller/api/config.ts";
import { runController } from "../../controller/runtime/controller/controller.ts";
import { createMetrics } from "../../controller/runtime/controller/metrics.ts";
import { bucket, stateBucket } from "./estate.ts";
import { createRandom, type Random } from "./random.ts";
import type { ReplicaClock, Time } from "./time.ts";

export interface Logged {
  readonly at: number;
  readonly replica: string;
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Replica {
  readonly id: string;
  readonly clock: ReplicaClock;
  /** Who waits for it to be told to stop. */
  listeners(): number;
  /** As SIGTERM does. Time has to go on until it has ended. */
  end(): { readonly done: () => boolean };
}

export const resync = 600_000;

export interface Limits {
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
}

function configText(
  endpoint: string,
  { maxDeletes, maxRedeploys }: Limits,
  folder: string | undefined,
): string {
  const status = folder === undefined ? `s3: { bucket: ${stateBucket}, prefix: status/ }` : `path: ${folder}`;
  return `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: simulation }
spec:
  sources: [{ s3: { bucket: ${bucket}, prefix: policies/ } }]
  resync: ${resync / 1000}s
  events: { queueUrl: "${endpoint}/123456789012/events" }
  lease: { duration: 60s, s3: { bucket: ${stateBucket}, prefix: leases/ } }
  status: { ${status} }
  maxDeletes: ${maxDeletes}
  maxRedeploys: ${maxRedeploys}
`;
}

export function startReplica(
  time: Time,
  given: {
    readonly id: string;
    readonly endpoint: string;
    readonly limits: Limits;
    /** A folder for status, journal and switch; left out: they are in the bucket. */
    readonly state: string | undefined;
    readonly seed: number;
    readonly skew: number;
    readonly onLog: (logged: Logged) => void;
  },
): Replica {
  const { id, endpoint, limits, state, seed, skew, onLog } = given;
  const { config, diagnostics } = parseConfig({
    file: "config.yaml",
    text: configText(endpoint, limits, state),
  });
  if (config === undefined) throw new Error(JSON.stringify(diagnostics));
  const clock = time.clock(skew);
  const random: Random = createRandom(seed);
  const stopper = new AbortController();
  let isDone = false;
  const running = runController(
    {
      config,
      targets: config.spec.targets ?? [{}],
      scope: { clusters: [], services: [] },
      env: process.env,
      clock,
      log: (level, event, fields = {}) => onLog({ at: time.elapsed, replica: id, level, event, fields }),
      metrics: createMetrics({ version: "simulation" }),
      identity: { id },
      random,
      showChange: ({ differences }) => differences.map(({ path }) => ({ sign: "!", text: path })),
    },
    stopper.signal,
  );
  void running.then(() => {
    isDone = true;
  });
  return {
    id,
    clock,
    listeners: () => getEventListeners(stopper.signal, "abort").length,
    end() {
      stopper.abort();
      return { done: () => isDone };
    },
  };
}

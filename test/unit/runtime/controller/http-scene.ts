// The HTTP interface on a free port of this machine, with a status that a test gives.
import { request } from "node:http";
import { onTestFinished } from "vitest";
import type { TargetStatus } from "../../../../controller/model/status.ts";
import {
  type HttpOptions,
  type HttpServer,
  startHttp,
} from "../../../../controller/runtime/controller/http.ts";
import type { Log } from "../../../../controller/runtime/controller/log.ts";
import { createMetrics } from "../../../../controller/runtime/controller/metrics.ts";
import type { PageSource } from "../../../../controller/runtime/controller/page-source.ts";
import type { StatusReader, TargetsRead } from "../../../../controller/runtime/controller/status-reader.ts";
import { systemClock } from "../../../../controller/runtime/controller/system-clock.ts";

/** None of them hidden. */
export function readAll(targets: readonly TargetStatus[]): TargetsRead {
  return { targets, unread: [] };
}

export const noStatus: StatusReader = {
  targets: async () => readAll([]),
  history: async () => ({ entries: [], since: new Date("2026-10-23T00:00:00Z") }),
  pause: () => undefined,
};

export const emptyPage: PageSource = {
  activity: async () => undefined,
  budgets: async () => new Map(),
  guards: { deletePolicy: "sync", allow: undefined },
  unheard: () => new Map(),
  audits: async () => new Map(),
  history: async () => undefined,
  details: async () => ({ alarms: { code: "NotAsked", message: "nobody asks here" }, history: undefined }),
};

export interface HttpScene extends HttpServer {
  readonly origin: string;
  readonly lines: readonly { readonly level: string; readonly event: string; readonly fields?: unknown }[];
  get(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; headers: Headers; text: string; json: unknown }>;
}

export async function startScene(given: Partial<HttpOptions> = {}): Promise<HttpScene> {
  const lines: { level: string; event: string; fields?: unknown }[] = [];
  const log: Log = (level, event, fields) => void lines.push({ level, event, fields });
  const server = await startHttp({
    host: "127.0.0.1",
    port: 0,
    health: () => ({ ok: true, detail: {} }),
    ready: () => ({ ok: true, detail: {} }),
    metrics: createMetrics({ version: "1.2.3" }),
    status: noStatus,
    page: emptyPage,
    log,
    clock: systemClock,
    ...given,
  });
  onTestFinished(() => server.close());
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    origin,
    lines,
    async get(path, init) {
      const response = await fetch(`${origin}${path}`, init);
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
      const json: unknown = isJson && text !== "" ? JSON.parse(text) : undefined;
      return { status: response.status, headers: response.headers, text, json };
    },
  };
}

/** Sends the pieces one after the other and gives the status, or `closed` where there was none. */
export function sendPieces(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  pieces: readonly Buffer[],
): Promise<number | "closed"> {
  return new Promise((resolve) => {
    const outgoing = request({ port, host: "127.0.0.1", path, method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on("error", () => resolve("closed"));
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

const condition = {
  type: "Ready",
  status: "True",
  reason: "UpToDate",
  message: "everything stands",
  lastTransitionTime: "2026-01-01T00:00:00.000Z",
  observedGeneration: "abc",
} as const;

/** A target with as many services as named, all of one cluster and one policy. */
export function describeTarget(region: string, services: readonly string[]): TargetStatus {
  return {
    target: `ecsmon-123456789012-${region}`,
    owner: "ecsmon",
    account: "123456789012",
    region,
    holder: "a",
    epoch: 1,
    sourceRevision: "r1",
    conditions: [condition],
    sources: [{ name: "./policies", revision: "r1" }],
    policies: [
      {
        name: "base",
        at: "base.yaml:1",
        generation: "abc",
        conditions: [condition],
        services: services.length,
        managed: services.length,
        troubled: 0,
      },
    ],
    services: services.map((service) => ({
      cluster: "prod",
      service,
      policies: ["base"],
      managed: { MetricAlarm: ["cpu-high"] },
      pending: [],
      blocked: [],
      failed: [],
      drift: { found: 0, repaired: 0 },
    })),
    shared: { managed: [], blocked: [], failed: [] },
    gone: {},
  };
}

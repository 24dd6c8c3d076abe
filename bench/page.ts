// The status page of a large estate, as a browser meets it; and the listener among clients that mean it no good. The
// controller is a process of its own, and so is what asks it for its health.
import { spawn } from "node:child_process";
import { setMaxListeners } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetStatus } from "../controller/model/status.ts";
import { createFolderStore } from "../controller/state/folder.ts";
import { writeTarget } from "../controller/state/status-store.ts";
import { browserPath, launchBrowser } from "../test/support/browser.ts";
import { startControllerProcess, startSandboxProcess } from "./idle-processes.ts";
import { median } from "./measure.ts";

export interface PageResult {
  readonly services: number;
  /** Bytes of `/`, as it is and as it is sent. */
  readonly bytes: number;
  readonly packedBytes: number;
  /** Milliseconds until the last byte: the first time, and then. */
  readonly first: number;
  readonly next: number;
  /** Milliseconds; left out where there is no Chromium. */
  readonly browser?: { readonly paint: number; readonly slowestFrame: number };
  readonly crowd: CrowdResult;
}

export interface CrowdResult {
  readonly slow: number;
  readonly bad: number;
  /** Of `/healthz` meanwhile, each over a connection of its own: milliseconds. */
  readonly asked: number;
  readonly failed: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
  /** Megabytes; left out where the system has no /proc. */
  readonly memory?: { readonly before: number; readonly peak: number };
}

interface Given {
  readonly cli: string;
  readonly nodeFlags: readonly string[];
}

export async function benchPage(services: number, given: Given): Promise<PageResult> {
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-bench-page-"));
  const sandbox = await startSandboxProcess(given.cli, 1);
  try {
    await mkdir(join(folder, "policies"));
    await mkdir(join(folder, "state"));
    await writeFile(join(folder, "policies", "none.yaml"), policy);
    // As another replica would have written it.
    await writeTarget(createFolderStore(join(folder, "state")), describeTarget(services));
    await writeFile(join(folder, "operator.yaml"), config);
    const controller = startControllerProcess(given, join(folder, "operator.yaml"), sandbox.endpoint);
    try {
      const { port } = await controller.until(({ event }) => event === "listening");
      await controller.until(({ event }) => event === "pass");
      const origin = `http://127.0.0.1:${String(port)}`;
      const times: number[] = [];
      for (let run = 0; run < 20; run += 1) times.push(await timeOf(() => fetchWhole(origin)));
      const [first = Number.NaN, ...rest] = times;
      const bytes = Buffer.byteLength(await (await fetch(origin)).text());
      const packed = await fetch(origin, { headers: { "accept-encoding": "gzip" } });
      const packedBytes = Number(packed.headers.get("content-length") ?? (await countPacked(Number(port))));
      const browser = browserPath === undefined ? undefined : await benchBrowser(origin);
      const crowd = await benchCrowd(Number(port), controller);
      return { services, bytes, packedBytes, first, next: median(rest), ...(browser && { browser }), crowd };
    } finally {
      await controller.close();
    }
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** From a click to what can be read, in a browser that has nothing yet; and the slowest frame while it is scrolled through. */
async function benchBrowser(origin: string): Promise<{ paint: number; slowestFrame: number }> {
  const browser = await launchBrowser();
  try {
    const paints: number[] = [];
    const frames: number[] = [];
    for (let run = 0; run < 7; run += 1) {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
      await page.goto(origin, { waitUntil: "load" });
      const paint = await page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) => {
        for (const one of list.getEntriesByName("first-contentful-paint")) resolve(one.startTime);
      }).observe({ type: "paint", buffered: true }))`);
      paints.push(Number(paint));
      const slowest = await page.evaluate(`new Promise((resolve) => {
        let last = performance.now(), slowest = 0;
        const step = (now) => {
          slowest = Math.max(slowest, now - last);
          last = now;
          scrollBy(0, 120);
          if (scrollY + innerHeight < document.documentElement.scrollHeight - 1) requestAnimationFrame(step);
          else resolve(slowest);
        };
        requestAnimationFrame((now) => { last = now; requestAnimationFrame(step); });
      })`);
      frames.push(Number(slowest));
      await page.context().close();
    }
    return { paint: median(paints), slowestFrame: median(frames) };
  } finally {
    await browser.close();
  }
}

const slowClients = 500;
const badRequests = 10_000;
const badAtOnce = 20;

const rubbish: readonly string[] = [
  "\u0000\u0001\u0002\u0003\r\n\r\n",
  "GET\r\n\r\n",
  "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
  "GET /%E0%A4%A HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  `GET / HTTP/1.1\r\n${"x: yyyyyyyyyyyyyyyy\r\n".repeat(2_000)}\r\n`,
  "POST /webhooks/git HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789",
  "GET /api/v1/services?a=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
];

async function benchCrowd(
  port: number,
  controller: ReturnType<typeof startControllerProcess>,
): Promise<CrowdResult> {
  await controller.forgetPeak();
  const before = await controller.memory();
  const probe = startProbe(port);
  const stopper = new AbortController();
  setMaxListeners(0, stopper.signal);
  const slow = Array.from({ length: slowClients }, () => holdSlowly(port, stopper.signal));
  await fetchWhole(`http://127.0.0.1:${port}/healthz`);
  let sent = 0;
  await Promise.all(
    Array.from({ length: badAtOnce }, async () => {
      while (sent < badRequests) {
        sent += 1;
        await sendRubbish(port, rubbish[sent % rubbish.length] ?? "");
      }
    }),
  );
  const times = await probe.end();
  stopper.abort();
  await Promise.all(slow);
  const after = await controller.memory();
  const good = times.filter((time) => time >= 0).sort((a, b) => a - b);
  const at = (share: number): number =>
    good[Math.min(good.length - 1, Math.floor(good.length * share))] ?? Number.NaN;
  return {
    slow: slowClients,
    bad: badRequests,
    asked: times.length,
    failed: times.length - good.length,
    median: at(0.5),
    p99: at(0.99),
    most: at(1),
    ...(before && after ? { memory: { before: before.resident, peak: after.peak } } : {}),
  };
}

/** One byte of a header every half second, over a new connection whenever the old one is closed. */
async function holdSlowly(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = closeOf(socket);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    const drip = setInterval(() => socket.write("a"), 500);
    const end = (): Socket => socket.destroy();
    signal.addEventListener("abort", end);
    await closed;
    signal.removeEventListener("abort", end);
    clearInterval(drip);
    // Whoever is sent away comes back, as such clients do.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function sendRubbish(port: number, text: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.on("data", () => undefined);
  socket.setTimeout(5_000, () => socket.destroy());
  const closed = closeOf(socket);
  socket.end(text);
  await closed;
}

/** Errors are not waited for: what is wrong with a connection ends it. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once("close", () => resolve()));
}

/** Asks for health again and again: a process of its own, so that nothing here holds it up. */
const probeScript = `
const { get } = require("node:http");
const times = [];
let isOver = false;
process.stdin.on("end", () => { isOver = true; }).resume();
(function ask() {
  if (isOver) return process.stdout.write(JSON.stringify(times), () => process.exit());
  const from = performance.now();
  const request = get({ port: PORT, host: "127.0.0.1", path: "/healthz", agent: false, timeout: 5000 }, (answer) => {
    answer.resume().on("end", () => { times.push(answer.statusCode === 200 ? performance.now() - from : -1); setTimeout(ask, 5); });
  });
  request.on("timeout", () => request.destroy(new Error("late")));
  request.on("error", () => { times.push(-1); setTimeout(ask, 5); });
})();
`;

function startProbe(port: number): { end(): Promise<readonly number[]> } {
  const child = spawn(process.execPath, ["-e", probeScript.replace("PORT", String(port))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  return {
    async end() {
      child.stdin.end();
      let text = "";
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) text += chunk.toString("utf8");
      return JSON.parse(text) as number[];
    },
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function fetchWhole(url: string): Promise<void> {
  await (await fetch(url)).arrayBuffer();
}

async function countPacked(port: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}

const policy = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: none }
spec: { selector: { services: ["nothing-is-called-so"] } }
`;

const config = `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: bench }
spec:
  sources: [{ path: ./policies }]
  status: { path: ./state }
  http: { port: 0 }
`;

function describeTarget(services: number): TargetStatus {
  const at = "2026-11-22T10:00:00.000Z";
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Succeeded",
    message: "everything stands as wanted",
    lastTransitionTime: at,
    observedGeneration: "1",
  } as const;
  const alarms = ["cpu-high", "memory-high", "no-tasks", "latency-p99", "errors-5xx", "unhealthy-hosts"];
  return {
    target: "ecsmon-999999999999-eu-west-1",
    owner: "ecsmon",
    account: "999999999999",
    region: "eu-west-1",
    holder: "another",
    epoch: 1,
    sourceRevision: "4f2a9c1",
    pass: { startedAt: at, endedAt: at, result: "success" },
    conditions: [ready],
    sources: [{ name: "git+https://git.example.com/ops/policies.git#main", revision: "4f2a9c1", readAt: at }],
    policies: [
      {
        name: "web",
        at: "web.yaml:1",
        generation: "1",
        conditions: [ready],
        services,
        managed: services * 8,
        troubled: 0,
      },
    ],
    services: Array.from({ length: services }, (_, index) => {
      const cluster = `prod-${Math.floor(index / 250)}`;
      const service = `web-${String(index).padStart(5, "0")}`;
      const isTroubled = index % 20 === 0;
      const trouble = { kind: "TaskDefinition", name: service, cluster, service } as const;
      return {
        cluster,
        service,
        policies: ["web"],
        managed: { MetricAlarm: alarms, LogGroup: [`/ecs/${cluster}/${service}`], TaskDefinition: [service] },
        pending: [],
        blocked: isTroubled
          ? [{ ...trouble, code: "NoRoom", message: "the task has no room for the sidecar" }]
          : [],
        failed: [],
        drift: { found: 0, repaired: 0 },
        lastChangedAt: at,
      };
    }),
    shared: { managed: [], blocked: [], failed: [] },
    gone: {},
  };
}

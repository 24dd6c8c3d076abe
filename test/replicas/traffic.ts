// What replicas send, by whom and in which order: the judge of who wrote when. Each sender has a gate of its own in
// front of the sandbox, which notes every request as it arrives, and can keep answers back.
import { EventEmitter, once } from "node:events";
import { Agent, createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

export interface Arrival {
  readonly who: string;
  /** Of the request's signature: `ecs`, `monitoring`, `s3` … */
  readonly service: string;
  readonly region: string;
  /** As AWS names it; for S3 the method and the path: `PUT /state/status/switch.json`. */
  operation: string;
  /** Monotonic milliseconds, of its first bytes. */
  readonly at: number;
  /** When its answer was handed back; left out: it was not, or not yet. */
  answeredAt?: number;
}

/** Resolves when the answer may go back; rejects: the connection breaks instead. */
export type Keeper = (arrival: Arrival) => Promise<void> | undefined;

export interface Traffic {
  readonly arrivals: readonly Arrival[];
  /** Writes to what is monitored, in the order in which they arrived; none of leases and status. */
  writes(who?: string): readonly Arrival[];
  /** Each request is carried out as it comes; its answer waits for this. */
  keepAnswers(keeper: Keeper | undefined): void;
  /** Where one sender finds AWS. */
  openGate(who: string): Promise<string>;
  /** Resolves when it holds; asked after each request, answer and {@link nudge}. Rejects after {@link patience}. */
  until(what: string, holds: () => boolean): Promise<void>;
  nudge(): void;
  close(): Promise<void>;
}

const reads = /^(Describe|List|Get|Head|BatchGet|Filter|Test|StartQuery|AssumeRole)/;
/** Milliseconds. */
const burst = 20;
/** Milliseconds: no promise, but what a machine that is very busy may take for what takes a moment. */
const patience = 120_000;
const notMonitored = new Set(["s3", "sqs", "sts"]);

/** Whether it changes what is monitored. */
export function isWrite({ service, operation }: Arrival): boolean {
  return !notMonitored.has(service) && !reads.test(operation);
}

/** A slow AWS: it does what it is told at once, and says so after so many milliseconds. */
export function slowWrites(milliseconds: number): Keeper {
  return (arrival) => (isWrite(arrival) ? setTimeout(milliseconds) : undefined);
}

/** `describe` tells how things stand, for the message of a condition that never came true. */
export function watchTraffic(target: string, describe: () => string): Traffic {
  const arrivals: Arrival[] = [];
  const news = new EventEmitter().setMaxListeners(100);
  const nudge = (): void => void news.emit("news");
  const closers: (() => Promise<void>)[] = [];
  let keeper: Keeper | undefined;

  return {
    arrivals,
    writes: (who) => arrivals.filter((one) => isWrite(one) && (who === undefined || one.who === who)),
    keepAnswers(next) {
      keeper = next;
    },
    async openGate(who) {
      const agent = new Agent({ keepAlive: true });
      const server = createServer((request, response) => {
        const arrival = noteArrival(who, request);
        arrivals.push(arrival);
        (async () => {
          const body = await readAll(request);
          arrival.operation ||= new URLSearchParams(body.toString("utf8")).get("Action") ?? "?";
          nudge();
          const answer = await passOn(target, request, body, agent);
          await keeper?.(arrival);
          response.writeHead(answer.status, answer.headers);
          response.end(answer.body);
          arrival.answeredAt = performance.now();
          nudge();
        })().catch(() => response.destroy());
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      closers.push(async () => {
        agent.destroy();
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async until(what, holds) {
      const late = AbortSignal.timeout(patience);
      while (!holds()) {
        await once(news, "news", { signal: late }).catch(() => {
          throw new Error(`not within ${patience} ms: ${what}\n${describe()}`);
        });
        // What comes in a burst is asked about once.
        await setTimeout(burst);
      }
    },
    nudge,
    close: async () => {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

export interface Turn {
  readonly who: string;
  readonly writes: Arrival[];
}

/** Writes that follow each other from one sender. */
export function turnsOf(writes: readonly Arrival[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const write of writes) {
    const last = turns.at(-1);
    if (last?.who === write.who) last.writes.push(write);
    else turns.push({ who: write.who, writes: [write] });
  }
  return turns;
}

/** The first write that came before the last turn had all its answers. */
export function findOverlap(turns: readonly Turn[]): Arrival | undefined {
  let free = Number.NEGATIVE_INFINITY;
  for (const { writes } of turns) {
    const [first] = writes;
    if (first !== undefined && first.at < free) return first;
    free = Math.max(...writes.map(({ answeredAt = Number.POSITIVE_INFINITY }) => answeredAt));
  }
  return undefined;
}

function noteArrival(who: string, { headers, method, url = "/" }: IncomingMessage): Arrival {
  const scope = /Credential=[^/]+\/[^/]+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "");
  const [, region = "?", service = "?"] = scope ?? [];
  const target = headers["x-amz-target"];
  const path = url.replace(/\?.*$/s, "");
  const named = typeof target === "string" ? target.split(".").at(-1) : /\/operation\/(\w+)$/.exec(path)?.[1];
  const operation = service === "s3" ? `${method} ${path}` : (named ?? "");
  return { who, service, region, operation, at: performance.now() };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function passOn(
  target: string,
  { method = "GET", url = "/", headers }: IncomingMessage,
  body: Buffer,
  agent: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = send(new URL(url, target), { method, headers, agent }, (answer) => {
      const { connection: _, "transfer-encoding": __, ...plain } = answer.headers;
      readAll(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 502, headers: plain, body: read }),
        reject,
      );
    });
    onward.once("error", reject);
    onward.end(body);
  });
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

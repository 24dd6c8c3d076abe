// Between a command and the sandbox: passes calls on one by one, so that they can be counted, a test can do something
// in between, and the command can be cut off for good right after a write has taken effect.
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";
import { isWrite } from "../../controller/sandbox/calls.ts";

export interface PassedCall {
  /** Its place among all calls since the tripwire was laid, from 1. */
  readonly index: number;
  /** Its place among the writes; a read has that of the last write before it. */
  readonly writes: number;
  readonly operation: string;
  readonly write: boolean;
  readonly body: string;
}

/** What happens at a call: it is passed on, or it takes effect and nothing is ever answered from then on. */
export type Fate = "pass" | "cut";

export interface Tripwire {
  readonly endpoint: string;
  /** Begins anew; `before` decides on each call and may do something just before it takes effect. */
  lay(before?: (call: PassedCall) => Fate, onCut?: () => void): void;
  isCut(): boolean;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function startTripwire(target: () => string): Promise<Tripwire> {
  let last: Pick<PassedCall, "index" | "writes"> = { index: 0, writes: 0 };
  let decide: (call: PassedCall) => Fate = () => "pass";
  let tell: () => void = () => undefined;
  let cut = false;
  // One call at a time: "right after the N-th write" then means the same in every run.
  let turn: Promise<unknown> = Promise.resolve();

  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const server = createServer((request, response) => {
    const answer = readAll(request).then((body) => {
      const mine = turn.then(() => take(request, body));
      turn = mine.catch(() => undefined);
      return mine;
    });
    answer
      .then((given) => {
        if (given === undefined) {
          response.destroy();
          return;
        }
        response.writeHead(given.status, toOwnHeaders(given));
        response.end(given.body);
      })
      .catch(() => response.destroy());
  });

  /** undefined: the line is dead. */
  async function take(request: IncomingMessage, body: Buffer): Promise<Answer | undefined> {
    if (cut) return undefined;
    const operation = operationOf(request, body);
    const write = isWrite(operation);
    const writes = last.writes + (write ? 1 : 0);
    const call = { index: last.index + 1, writes, operation, write, body: body.toString("utf8") };
    const fate = decide(call);
    last = call;
    const answer = await passOn(agent, target(), request, body);
    if (fate === "pass") return answer;
    cut = true;
    tell();
    return undefined;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lay(before = () => "pass", onCut = () => undefined) {
      last = { index: 0, writes: 0 };
      cut = false;
      decide = before;
      tell = onCut;
    },
    isCut: () => cut,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs with the SDK, and Mackerel's client, pointed somewhere else; clients read that when a command makes them. */
export async function throughEndpoint<Result>(endpoint: string, run: () => Promise<Result>): Promise<Result> {
  const { AWS_ENDPOINT_URL: aws, MACKEREL_APIBASE: mackerel } = process.env;
  process.env["AWS_ENDPOINT_URL"] = endpoint;
  if (mackerel !== undefined && aws !== undefined)
    process.env["MACKEREL_APIBASE"] = mackerel.replace(aws, endpoint);
  try {
    return await run();
  } finally {
    process.env["AWS_ENDPOINT_URL"] = aws;
    if (mackerel !== undefined) process.env["MACKEREL_APIBASE"] = mackerel;
  }
}

function operationOf({ method = "", url = "", headers }: IncomingMessage, body: Buffer): string {
  const rpc = /\/operation\/([^/?]+)/.exec(url);
  if (rpc?.[1] !== undefined) return rpc[1];
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) as string;
  const action = new URLSearchParams(body.toString("utf8")).get("Action");
  // Without an operation's name it is REST.
  return action ?? `${method === "GET" ? "Get" : method} ${url}`;
}

function passOn(
  agent: Agent,
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const passed = { ...headers, "content-length": String(body.length) };
    const options = { ...(method === undefined ? {} : { method }), headers: passed, agent };
    const onward = send(new URL(url ?? "/", target), options, (answer) => {
      readAll(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }),
        reject,
      );
    });
    onward.once("error", reject);
    onward.end(body);
  });
}

function toOwnHeaders({ headers, body }: Answer): IncomingHttpHeaders {
  const { "transfer-encoding": _, connection: __, ...rest } = headers;
  return { ...rest, "content-length": String(body.length) };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

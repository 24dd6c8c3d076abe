// The sandbox: a local AWS over HTTP on 127.0.0.1. This file owns the socket; core.ts answers, and
// what the operations do is in services/.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answerControl, type SandboxControl } from "./control.ts";
import { type Core, type CoreOptions, createCore } from "./core.ts";
import type { WireAnswer } from "./protocols/protocol.ts";
import { findRoute, noRoute, readCredential } from "./protocols/route.ts";
import { findMackerelRoute, MACKEREL_PREFIX, noMackerelRoute } from "./services/mackerel/rest.ts";
import { findS3Route, isForS3 } from "./services/s3/rest.ts";
import { findSchedulerRoute } from "./services/scheduler/rest.ts";
import { accountOfKey } from "./services/sts.ts";
import type { Outcome } from "./strike.ts";

export interface SandboxOptions extends CoreOptions {
  /** Any free one where absent. */
  readonly port?: number;
}

export interface Sandbox {
  readonly endpoint: string;
  readonly control: SandboxControl;
  close(): Promise<void>;
}

const BODY_LIMIT = 16 * 1024 * 1024;

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const core = createCore(options);
  const server = createServer((request, response) => {
    // A caller that hangs up while it sends is no news.
    handle(core, request, response).catch(() => response.destroy());
  });
  // A socket that is closed just as it is used again would be a fault that nobody asked for.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  core.listensAt(endpoint);
  return {
    endpoint,
    control: core.control,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function handle(core: Core, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "/", search = ""] = (request.url ?? "/").split("?", 2);
  const { headers, method = "GET" } = request;
  const query = new URLSearchParams(search);
  // To S3 a packed body is what it is to keep.
  const body = await readBody(request, !isForS3({ headers, query }));
  if (body === undefined) {
    const message = `a body of more than ${BODY_LIMIT} bytes`;
    send(response, jsonAnswer(413, { __type: "RequestEntityTooLargeException", message }));
    return;
  }
  if (path.startsWith("/_sandbox/")) {
    send(response, controlAnswer(core.control, method, path, body));
    return;
  }

  if (path.startsWith(`${MACKEREL_PREFIX}/`)) {
    // Mackerel knows neither accounts nor Regions: it is that of the sandbox's own world.
    const world = core.worldOf({});
    const route = findMackerelRoute(world.services, { method, path, headers });
    if (route === undefined) send(response, noMackerelRoute());
    else sendOutcome(response, await core.answer(route, world, body));
    return;
  }

  const { accessKey, region } = readCredential(headers);
  const account = accountOfKey(accessKey);
  const world = core.worldOf({
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  });
  const route =
    findS3Route(world.services, { method, path, query, headers }, core.control.now) ??
    findSchedulerRoute(world.services, { method, path, query, headers }) ??
    findRoute(world.services, path, headers, body);
  if (route === undefined) {
    send(response, noRoute(headers, body));
    return;
  }
  const hangUp = new AbortController();
  response.once("close", () => hangUp.abort());
  sendOutcome(response, await core.answer(route, world, body, hangUp.signal));
}

function sendOutcome(response: ServerResponse, outcome: Outcome): void {
  if (outcome === "destroy") response.destroy();
  else if ("holdMs" in outcome) setTimeout(() => response.destroy(), outcome.holdMs);
  else send(response, outcome);
}

function controlAnswer(control: SandboxControl, method: string, path: string, body: Buffer): WireAnswer {
  try {
    const answer = answerControl(control, method, path, body.toString("utf8"));
    return jsonAnswer(answer.status, answer.body);
  } catch (error) {
    return jsonAnswer(400, { message: (error as Error).message });
  }
}

/** The whole body, unpacked where that is wanted; undefined where it is too large. */
async function readBody(request: IncomingMessage, unpack: boolean): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) return undefined;
  const body = Buffer.concat(chunks);
  if (!unpack || request.headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: BODY_LIMIT });
  } catch {
    // Left packed, it fails where it is parsed, as a malformed body.
    return body;
  }
}

function jsonAnswer(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function send(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

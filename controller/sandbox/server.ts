// The sandbox: a local AWS over HTTP on 127.0.0.1. This file takes a request from the socket to its
// operation and back; what the operations do is in services/.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Call, countCalls, isWrite } from "./calls.ts";
import { createClock } from "./clock.ts";
import { answerControl, type Place, type SandboxControl } from "./control.ts";
import { addUnknownFields, createFaults, dropPageToken, type FaultRule, reorder } from "./faults.ts";
import { capPage, type PageSizes } from "./page-sizes.ts";
import type { WireAnswer } from "./protocols/protocol.ts";
import { findRoute, type Route, readCredential } from "./protocols/route.ts";
import { createRates, type Rates } from "./rates.ts";
import { seedDemo, seedEstate } from "./seed.ts";
import { AwsError, type Input, type Output } from "./service.ts";
import { accountOfKey } from "./services/sts.ts";
import { createWorld, type World, worldState } from "./world.ts";

export interface SandboxOptions {
  readonly port?: number;
  readonly seed?: "demo" | "empty";
  /** A large estate of that many services, on top of the seed. */
  readonly services?: number;
  /** Throttles as AWS does, by default not at all. */
  readonly rates?: boolean;
  readonly pageSizes?: PageSizes;
  readonly clock?: "real" | "manual";
  /** How long a deployment takes; with 0, the default, the next read finds it complete. */
  readonly deploymentSeconds?: number;
  readonly account?: string;
  readonly region?: string;
}

export interface Sandbox {
  readonly endpoint: string;
  readonly control: SandboxControl;
  close(): Promise<void>;
}

const BODY_LIMIT = 16 * 1024 * 1024;

/** An answer to send, or a socket to destroy. */
type Outcome = WireAnswer | "destroy" | { readonly holdMs: number };

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const core = createCore(options);
  const server = createServer((request, response) => {
    void handle(core, request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    control: core.control,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

interface Core {
  readonly control: SandboxControl;
  answer(route: Route, world: World, body: Buffer, note: (call: Partial<Call>) => void): Outcome;
  worldOf(place: Place): World;
  record(call: Call): void;
}

/** An answer as given once, and the writes its service had seen by then. */
interface Remembered {
  readonly answer: WireAnswer;
  readonly writes: number;
}

function createCore(options: SandboxOptions): Core {
  const clock = createClock(options.clock ?? "real");
  const home = {
    account: options.account ?? "123456789012",
    region: options.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1",
  };
  const faults = createFaults();
  let calls: Call[] = [];
  let worlds = new Map<string, World>();
  let rates = new Map<World, Rates>();
  let writes = new Map<string, number>();
  let memory = new Map<string, Remembered[]>();

  const worldOf = ({ account = home.account, region = home.region }: Place): World => {
    const key = `${account}/${region}`;
    const held = worlds.get(key);
    if (held !== undefined) return held;
    const made = createWorld({ now: clock.now, account, region }, options.deploymentSeconds ?? 0);
    worlds.set(key, made);
    return made;
  };
  const countWrite = (scope: string): void => {
    writes.set(scope, (writes.get(scope) ?? 0) + 1);
  };
  const callIn = (world: World, id: string, operation: string, input: Input): Output => {
    const run = world.services.find((service) => service.id === id)?.operations[operation];
    if (run === undefined) throw new AwsError("UnknownOperationException", `${id}:${operation}`);
    const output = structuredClone(run(structuredClone(input), world.context));
    if (isWrite(operation)) countWrite(scopeOf(world, id));
    return output;
  };
  const begin = (): void => {
    calls = [];
    worlds = new Map();
    rates = new Map();
    writes = new Map();
    memory = new Map();
    faults.clear();
    const world = worldOf(home);
    const call = (id: string, operation: string, input: Input): Output => callIn(world, id, operation, input);
    if (options.seed === "demo") seedDemo(call, home);
    if (options.services) seedEstate(call, home, options.services);
  };

  const control: SandboxControl = {
    now: clock.now,
    advance: (milliseconds) => clock.advance(milliseconds),
    addFault: (rule) => faults.add(rule),
    clearFaults: () => faults.clear(),
    faults: () => faults.list(),
    calls: (filter = {}) =>
      calls.filter((call) =>
        Object.entries(filter).every(([key, value]) => call[key as keyof Call] === value),
      ),
    counts: () => countCalls(calls),
    clearCalls() {
      calls = [];
    },
    state: () => Object.fromEntries([...worlds].sort(byText).map(([key, world]) => [key, worldState(world)])),
    reset: begin,
    failDeployments: (cluster, service, failure, place = {}) =>
      worldOf(place).ecs.failDeployments(cluster, service, failure?.mode),
    call: (service, operation, input, place = {}) => callIn(worldOf(place), service, operation, input),
  };

  /** Runs the operation and remembers a read's answer, for the fault "stale". */
  const run = (
    { service, operation, protocol }: Route,
    world: World,
    input: Input,
    change: (output: Output) => Output,
  ): WireAnswer => {
    const perform = service.operations[operation];
    if (perform === undefined)
      throw new AwsError("UnknownOperationException", `The operation ${operation} is not known here.`);
    const output = perform(capPage(options.pageSizes, service.id, operation, input), world.context);
    const scope = scopeOf(world, service.id);
    const requestId = randomUUID();
    const changed = change(output);
    const answer = protocol.answer(operation, changed, requestId);
    if (isWrite(operation)) countWrite(scope);
    else {
      const plain = changed === output ? answer : protocol.answer(operation, output, requestId);
      remember(memory, `${scope}/${operation}/${JSON.stringify(input)}`, plain, writes.get(scope) ?? 0);
    }
    return answer;
  };

  const answer: Core["answer"] = (route, world, body, note) => {
    const { service, operation, protocol } = route;
    try {
      const input = protocol.decode(body);
      note({ input });
      if (options.rates === true && !ratesOf(rates, world, clock.now).take(service.id, operation))
        throw throttling(service.query !== undefined);
      const rule = faults.strike({ service: service.id, operation, input });
      if (rule === undefined) return run(route, world, input, (output) => output);
      const scope = scopeOf(world, service.id);
      const stale = memory
        .get(`${scope}/${operation}/${JSON.stringify(input)}`)
        ?.findLast((item) => item.writes < (writes.get(scope) ?? 0));
      return strike(rule, route, world, stale?.answer, (change) => run(route, world, input, change));
    } catch (error) {
      const known = error instanceof AwsError ? error : internalError(error);
      note({ error: known.code });
      return protocol.error(known, randomUUID());
    }
  };

  begin();
  return { control, answer, worldOf, record: (call) => calls.push(call) };
}

/** Does what a fault says, with the operation or without it. */
function strike(
  { action, holdMs }: FaultRule,
  { service, operation, protocol }: Route,
  world: World,
  stale: WireAnswer | undefined,
  run: (change: (output: Output) => Output) => WireAnswer,
): Outcome {
  const plain = (output: Output): Output => output;
  if (typeof action === "object") {
    if ("respond" in action)
      return {
        status: action.respond.status,
        headers: { "content-type": "application/x-amz-json-1.1", ...action.respond.headers },
        body: action.respond.body,
      };
    const change = action.mutate === "reorder" ? reorder : addUnknownFields;
    return run((output) => change(output) as Output);
  }
  switch (action) {
    case "throttle":
      throw throttling(service.query !== undefined);
    case "error500":
      throw new AwsError(
        service.id === "ecs" ? "ServerException" : "InternalFailure",
        "The request processing has failed because of an unknown error.",
        { status: 500 },
      );
    case "denied":
      throw new AwsError(
        "AccessDeniedException",
        `User: arn:aws:iam::${world.context.account}:user/sandbox is not authorized to perform: ` +
          `${iamPrefix(service.id)}:${operation} on resource: * because no identity-based policy allows the ` +
          `${iamPrefix(service.id)}:${operation} action`,
        { status: service.query === undefined ? 400 : 403, queryCode: "AccessDenied" },
      );
    case "timeout":
      return { holdMs: holdMs ?? 100 };
    case "lost":
      run(plain);
      return "destroy";
    case "truncate":
      return run(dropPageToken);
    case "stale":
      return stale ?? run(plain);
    case "empty":
      return protocol.answer(operation, {}, randomUUID());
  }
}

async function handle(core: Core, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const body = await readBody(request);
  if (body === undefined) {
    send(response, {
      status: 413,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ __type: "RequestEntityTooLarge", message: `more than ${BODY_LIMIT} bytes` }),
    });
    return;
  }
  if (path.startsWith("/_sandbox/")) {
    send(response, controlAnswer(core.control, request.method ?? "GET", path, body));
    return;
  }

  const credential = readCredential(request.headers);
  const account = accountOfKey(credential.accessKey);
  const world = core.worldOf({
    ...(account === undefined ? {} : { account }),
    ...(credential.region === undefined ? {} : { region: credential.region }),
  });
  const route = findRoute(world.services, path, request.headers, body);
  if (route === undefined) {
    send(response, {
      status: 400,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({
        __type: "UnknownOperationException",
        message: `the sandbox knows no service for ${request.method} ${path} ${request.headers["x-amz-target"] ?? ""}`,
      }),
    });
    return;
  }

  const at = world.context.now();
  let noted: Partial<Call> = {};
  const outcome = core.answer(route, world, body, (more) => {
    noted = { ...noted, ...more };
  });
  core.record({
    service: route.service.id,
    operation: route.operation,
    account: world.context.account,
    region: world.context.region,
    input: {},
    status: typeof outcome === "object" && "status" in outcome ? outcome.status : 0,
    at,
    write: isWrite(route.operation),
    ...noted,
  });
  if (outcome === "destroy") response.destroy();
  else if ("holdMs" in outcome) setTimeout(() => response.destroy(), outcome.holdMs);
  else send(response, outcome);
}

function controlAnswer(control: SandboxControl, method: string, path: string, body: Buffer): WireAnswer {
  const headers = { "content-type": "application/json" };
  try {
    const answer = answerControl(control, method, path, body.toString("utf8"));
    return { status: answer.status, headers, body: JSON.stringify(answer.body) };
  } catch (error) {
    return { status: 400, headers, body: JSON.stringify({ message: (error as Error).message }) };
  }
}

/** The whole body, unpacked; undefined where it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) return undefined;
  const body = Buffer.concat(chunks);
  if (request.headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: BODY_LIMIT });
  } catch {
    // Left packed, it fails where it is parsed, as a malformed body.
    return body;
  }
}

function send(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

function throttling(speaksQuery: boolean): AwsError {
  return new AwsError("ThrottlingException", "Rate exceeded", speaksQuery ? { queryCode: "Throttling" } : {});
}

/** A mistake in the sandbox itself: told apart from the faults one asks for. */
function internalError(error: unknown): AwsError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsError("InternalFailure", `sandbox: ${text}`, { status: 500 });
}

function ratesOf(all: Map<World, Rates>, world: World, now: () => number): Rates {
  const held = all.get(world) ?? createRates(now);
  all.set(world, held);
  return held;
}

const REMEMBERED = 5000;

/** Keeps the newest answer of this state and the newest of the state before. */
function remember(memory: Map<string, Remembered[]>, key: string, answer: WireAnswer, writes: number): void {
  const earlier = (memory.get(key) ?? []).filter((item) => item.writes < writes).slice(-1);
  memory.delete(key);
  memory.set(key, [...earlier, { answer, writes }]);
  if (memory.size > REMEMBERED) for (const oldest of memory.keys()) return void memory.delete(oldest);
}

function scopeOf({ context }: World, serviceId: string): string {
  return `${context.account}/${context.region}/${serviceId}`;
}

function iamPrefix(serviceId: string): string {
  if (serviceId === "monitoring") return "cloudwatch";
  return serviceId === "tagging" ? "tag" : serviceId;
}

function byText([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

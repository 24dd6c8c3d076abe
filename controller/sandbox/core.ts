// The sandbox without its socket: worlds, faults, rates and the call log, and how a request that
// found its operation is answered.
import { randomUUID } from "node:crypto";
import { createAnswerMemory } from "./answer-memory.ts";
import { type Call, countCalls, isWrite } from "./calls.ts";
import { createClock } from "./clock.ts";
import type { Place, SandboxControl } from "./control.ts";
import { createFaults } from "./faults.ts";
import { readHappening } from "./happening.ts";
import { capPage, type PageSizes } from "./page-sizes.ts";
import type { WireAnswer } from "./protocols/protocol.ts";
import type { Route } from "./protocols/route.ts";
import { createRates, type Rates } from "./rates.ts";
import { seedDemo } from "./seed.ts";
import type { CallOperation } from "./seed-builder.ts";
import { seedEstate } from "./seed-estate.ts";
import { AwsError, type Input, type Output } from "./service.ts";
import { apiCallHappening } from "./services/events/api-call.ts";
import { BucketStore } from "./services/s3/bucket-store.ts";
import { type Outcome, strike, throttling } from "./strike.ts";
import { createWaiting } from "./waiting.ts";
import { createWorld, type World, worldState } from "./world.ts";

export interface CoreOptions {
  readonly seed?: "demo" | "empty";
  /** A large estate of that many services, on top of the seed. */
  readonly services?: number;
  /** Throttles as AWS does, by default not at all. */
  readonly rates?: boolean;
  readonly pageSizes?: PageSizes;
  readonly clock?: "real" | "manual";
  /** How long a deployment takes; with 0, the default, the next read finds it complete. */
  readonly deploymentSeconds?: number;
  /** EventBridge gets what CloudTrail records of calls that change something; on AWS that needs a trail too. */
  readonly trail?: boolean;
  readonly account?: string;
  readonly region?: string;
}

export interface Core {
  readonly control: SandboxControl;
  worldOf(place: Place): World;
  /** Answers a request and notes it in the call log. A long poll takes its time, unless the caller hangs up. */
  answer(route: Route, world: World, body: Buffer, hangUp?: AbortSignal): Promise<Outcome>;
  /** Told once there is a socket: answers may name its address. */
  listensAt(endpoint: string): void;
}

/** What `reset` begins anew. */
interface Run {
  calls: Call[];
  readonly worlds: Map<string, World>;
  readonly buckets: BucketStore;
  readonly rates: Map<World, Rates>;
  readonly memory: ReturnType<typeof createAnswerMemory>;
}

export function createCore(options: CoreOptions): Core {
  const clock = createClock(options.clock ?? "real");
  const home = {
    account: options.account ?? "123456789012",
    region: options.region ?? "us-east-1",
  };
  const faults = createFaults();
  const waiting = createWaiting(clock);
  let held = emptyRun();
  let endpoint = "";

  const worldOf = ({ account = home.account, region = home.region }: Place): World => {
    const key = `${account}/${region}`;
    const known = held.worlds.get(key);
    if (known !== undefined) return known;
    const sibling = [...held.worlds.values()].find((each) => each.context.account === account);
    const context = { now: clock.now, account, region };
    const world = createWorld(context, {
      deploymentSeconds: options.deploymentSeconds ?? 0,
      dashboards: sibling?.dashboards,
      buckets: held.buckets,
      endpoint: () => endpoint,
      findWorld: worldOf,
    });
    held.worlds.set(key, world);
    return world;
  };
  /** Runs it, and tells EventBridge of it as CloudTrail would. */
  const trailed = (
    { events, context }: World,
    service: string,
    operation: string,
    input: Input,
    run: () => Output,
  ): Output => {
    if (options.trail !== true || !isWrite(operation) || !events.listens()) return run();
    const tell = (error?: AwsError): void => {
      const happening = apiCallHappening(
        { service, operation, input, ...(error === undefined ? {} : { error }) },
        context,
      );
      if (happening !== undefined) events.announce(happening, context);
    };
    try {
      const output = run();
      tell();
      return output;
    } catch (error) {
      if (error instanceof AwsError) tell(error);
      throw error;
    }
  };
  const call = (id: string, operation: string, input: Input, place: Place = {}): Output => {
    const world = worldOf(place);
    const perform = world.services.find((service) => service.id === id)?.operations[operation];
    if (perform === undefined) throw unknownOperation(`${id}:${operation}`);
    const output = trailed(world, id, operation, input, () => perform(input, world.context));
    if (isWrite(operation)) held.memory.countWrite(scopeOf(world, id));
    waiting.recheck();
    return output;
  };
  const begin = (): void => {
    // Who waits in the old run is answered from it.
    waiting.release();
    held = emptyRun();
    faults.clear();
    const seed: CallOperation = (id, operation, input) => call(id, operation, input);
    if (options.seed === "demo") seedDemo(seed, home);
    if (options.services) seedEstate(seed, home, options.services);
  };

  const control: SandboxControl = {
    now: clock.now,
    waiting: () => waiting.count,
    advance(milliseconds) {
      clock.advance(milliseconds);
      // Whoever waits for an event of a deployment's end doesn't read the service meanwhile.
      for (const { ecs, events, context } of held.worlds.values()) if (events.listens()) ecs.settle(context);
      waiting.recheck();
    },
    addFault: (rule) => faults.add(rule),
    clearFaults: () => faults.clear(),
    faults: () => faults.list(),
    calls: (filter = {}) =>
      held.calls.filter((item) =>
        Object.entries(filter).every(([key, value]) => item[key as keyof Call] === value),
      ),
    counts: () => countCalls(held.calls),
    clearCalls() {
      held.calls = [];
    },
    state() {
      const worlds = [...held.worlds].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(worlds.map(([key, world]) => [key, worldState(world)]));
    },
    reset: begin,
    failDeployments: (cluster, service, failure, place = {}) =>
      worldOf(place).ecs.failDeployments(cluster, service, failure?.mode),
    call,
    plantMetrics(input, place = {}) {
      const { cloudwatch, context } = worldOf(place);
      cloudwatch.plantMetrics(input, context.now());
      held.memory.countWrite(scopeOf(worldOf(place), cloudwatch.id));
    },
    emitEvent(event, place = {}) {
      const world = worldOf(place);
      const taken = world.events.take(readHappening(event), world.context);
      waiting.recheck();
      return taken;
    },
  };

  /** Runs the operation; a read's answer is remembered as it would be without a fault. */
  const perform = (
    { service, operation, protocol }: Route,
    world: World,
    input: Input,
    change?: (output: Output) => Output,
  ): WireAnswer => {
    const run = service.operations[operation];
    if (run === undefined) throw unknownOperation(operation);
    const asked = capPage(options.pageSizes, service.id, operation, input);
    const output = trailed(world, service.id, operation, asked, () => run(asked, world.context));
    const plain = protocol.answer(operation, output, randomUUID());
    const scope = scopeOf(world, service.id);
    if (isWrite(operation)) held.memory.countWrite(scope);
    else held.memory.remember(scope, requestKey(operation, input), plain);
    waiting.recheck();
    return change === undefined ? plain : protocol.answer(operation, change(output), randomUUID());
  };

  const outcomeOf = async (
    route: Route,
    world: World,
    input: Input,
    hangUp: AbortSignal,
  ): Promise<Outcome> => {
    const { service, operation } = route;
    if (options.rates === true && !ratesOf(held.rates, world).take(service.id, operation))
      throw throttling(route);
    const rule = faults.strike({ service: service.id, operation, input });
    if (rule === undefined) {
      if (service.answersAt === undefined) return perform(route, world, input);
      const dueAt = answerTime(route, world, input);
      return (await waiting.until(dueAt, hangUp, () => perform(route, world, input))) ?? "destroy";
    }
    return strike(rule, {
      route,
      account: world.context.account,
      input,
      run: (change, changed = input) => perform(route, world, changed, change),
      staleAnswer: () =>
        held.memory.beforeLastWrite(scopeOf(world, service.id), requestKey(operation, input)),
    });
  };

  const answer: Core["answer"] = async (route, world, body, hangUp = NEVER) => {
    const began = held;
    const at = clock.now();
    let input: Input = {};
    let outcome: Outcome;
    let failure: AwsError | undefined;
    try {
      input = route.protocol.decode(body);
      outcome = await outcomeOf(route, world, input, hangUp);
    } catch (error) {
      failure = error instanceof AwsError ? error : internalError(error);
      outcome = route.protocol.error(failure, randomUUID());
    }
    began.calls.push({
      service: route.service.id,
      operation: route.operation,
      account: world.context.account,
      region: world.context.region,
      input,
      status: typeof outcome === "object" && "status" in outcome ? outcome.status : 0,
      ...(failure === undefined ? {} : { error: failure.code }),
      at,
      write: isWrite(route.operation),
    });
    return outcome;
  };

  begin();
  return {
    control,
    worldOf,
    answer,
    listensAt(url) {
      endpoint = url;
    },
  };
}

const NEVER = new AbortController().signal;

function emptyRun(): Run {
  return {
    calls: [],
    worlds: new Map(),
    buckets: new BucketStore(),
    rates: new Map(),
    memory: createAnswerMemory(),
  };
}

/** A mistake in the input is for the operation to find. */
function answerTime({ service, operation }: Route, { context }: World, input: Input): () => number {
  const asked = context.now();
  return () => {
    try {
      return service.answersAt?.(operation, input, context, asked) ?? asked;
    } catch {
      return asked;
    }
  };
}

function ratesOf(all: Map<World, Rates>, world: World): Rates {
  const rates = all.get(world) ?? createRates(world.context.now);
  all.set(world, rates);
  return rates;
}

function scopeOf({ context }: World, serviceId: string): string {
  return `${context.account}/${context.region}/${serviceId}`;
}

function requestKey(operation: string, input: Input): string {
  return `${operation}/${JSON.stringify(input)}`;
}

function unknownOperation(operation: string): AwsError {
  return new AwsError("UnknownOperationException", `The operation ${operation} is not known here.`);
}

/** A mistake in the sandbox itself: told apart from the faults one asks for. */
function internalError(error: unknown): AwsError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsError("InternalFailure", `sandbox: ${text}`, { status: 500 });
}

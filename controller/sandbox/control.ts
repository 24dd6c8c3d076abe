// How tests and people steer the sandbox: its clock, faults, call log and state, as methods in
// process and the same under /_sandbox/ over HTTP.
import type { Call } from "./calls.ts";
import { countCalls } from "./calls.ts";
import { type FaultRule, parseFaultRules } from "./faults.ts";
import type { Input, Output } from "./service.ts";
import type { FailureMode } from "./services/ecs/store.ts";
import type { TakenEvent } from "./services/events/put-events.ts";

/** Which account and Region is meant; the sandbox's own where absent. */
export interface Place {
  readonly account?: string;
  readonly region?: string;
}

export interface SandboxControl {
  now(): number;
  /** How many calls wait for something to answer: long polls. */
  waiting(): number;
  /** Moves the clock forward. */
  advance(milliseconds: number): void;
  addFault(rule: FaultRule | readonly FaultRule[]): void;
  clearFaults(): void;
  faults(): FaultRule[];
  calls(filter?: Partial<Pick<Call, "service" | "operation" | "write">>): Call[];
  /** Calls per `service:Operation`. */
  counts(): Record<string, number>;
  clearCalls(): void;
  /** Everything there is, in a stable order, by `account/region` and service. */
  state(): Record<string, unknown>;
  /** Back to how the sandbox started, its seed included; the clock keeps its time. */
  reset(): void;
  /** Makes a service's deployments fail, the one under way included; `undefined` heals it. */
  failDeployments(
    cluster: string,
    service: string,
    failure: { mode: FailureMode } | undefined,
    place?: Place,
  ): void;
  /** Runs an operation without HTTP, faults, rates or call log: "somebody changed this by hand". */
  call(service: string, operation: string, input: Input, place?: Place): Output;
  /**
   * Sends an event as a service of AWS would (`{"source", "detail-type", "detail", …}`, id and account are filled in) to
   * EventBridge. Gives it back whole, with the names of the rules it matched. Throws a TypeError for one that is none.
   */
  emitEvent(event: unknown, place?: Place): TakenEvent;
  /** Puts datapoints as AWS's own services do: the input of PutMetricData, of any namespace, however old. */
  plantMetrics(input: Input, place?: Place): void;
}

/** One request under /_sandbox/: what to answer. A TypeError or RangeError is the caller's. */
export function answerControl(
  control: SandboxControl,
  method: string,
  path: string,
  body: string,
): { status: number; body: unknown } {
  const done = { status: 200, body: {} };
  switch (`${method} ${path}`) {
    case "GET /_sandbox/calls":
      return { status: 200, body: { calls: control.calls(), counts: countCalls(control.calls()) } };
    case "DELETE /_sandbox/calls":
      control.clearCalls();
      return done;
    case "GET /_sandbox/faults":
      return { status: 200, body: { faults: control.faults() } };
    case "POST /_sandbox/faults":
      control.addFault(parseFaultRules(parse(body)));
      return done;
    case "DELETE /_sandbox/faults":
      control.clearFaults();
      return done;
    case "GET /_sandbox/clock":
      return { status: 200, body: { now: control.now() } };
    case "POST /_sandbox/clock":
      control.advance(Number(parse(body)["advanceMs"]));
      return { status: 200, body: { now: control.now() } };
    case "POST /_sandbox/deployments": {
      const { cluster, service, mode } = parse(body);
      if (mode !== null && mode !== "tasks-die" && mode !== "unhealthy")
        throw new TypeError('mode must be "tasks-die", "unhealthy" or null');
      control.failDeployments(String(cluster), String(service), mode === null ? undefined : { mode });
      return done;
    }
    case "POST /_sandbox/events":
      return { status: 200, body: control.emitEvent(parse(body)) };
    case "POST /_sandbox/metrics":
      control.plantMetrics(parse(body));
      return done;
    case "GET /_sandbox/state":
      return { status: 200, body: control.state() };
    case "POST /_sandbox/reset":
      control.reset();
      return done;
    default:
      return { status: 404, body: { message: `no control endpoint: ${method} ${path}` } };
  }
}

function parse(body: string): Input {
  try {
    return JSON.parse(body);
  } catch {
    throw new TypeError("the body isn't JSON");
  }
}

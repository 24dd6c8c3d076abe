// Keeps requests from being sent that must not be: the lease may have expired, or people have paused all writes. It is
// asked when a request is ready, and once more when its connection is, in the same turn in which its first byte goes
// out: a process that was stopped in between, for however long, sends nothing when it wakes.
import { AsyncLocalStorage } from "node:async_hooks";
import { type ClientRequest, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { EcsmonError, type Failure } from "../model/errors.ts";

export interface FencedOperation {
  /** The SDK's name of it, e.g. `CloudWatchLogs`. */
  readonly service: string;
  readonly operation: string;
  readonly isWrite: boolean;
}

export interface Fence {
  /** Why a request must not be sent now; asked at every attempt, and never waited for. */
  refuse(operation: FencedOperation): Failure | undefined;
}

const reads = /^(Describe|List|Get|Head|Receive|BatchGet|Filter|Test|Simulate|StartQuery|AssumeRole)/;

export function isWriteOperation(operation: string): boolean {
  return !reads.test(operation);
}

/** @throws EcsmonError what the fence says; the SDK does not retry it. */
function check(fence: Fence, operation: FencedOperation): void {
  const failure = fence.refuse(operation);
  if (failure !== undefined) throw refusal(failure, operation);
}

function refusal({ code, message }: Failure, { service, operation }: FencedOperation): EcsmonError {
  return new EcsmonError(code, `${service}.${operation} was not sent: ${message}`, {
    fault: "operator",
    remedy: "retry",
  });
}

export interface FencedAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  /** Sends a request, which is checked now and when it goes out. */
  send<T>(service: string, operation: string, next: () => Promise<T>): Promise<T>;
}

/** One for all: Node goes through every storage there ever was at each promise that is made. */
const sending = new AsyncLocalStorage<FencedOperation>();

export function createFencedAgents(fence: Fence): FencedAgents {
  const watch = (request: ClientRequest): void => {
    const operation = sending.getStore();
    if (operation === undefined) return;
    // Node emits it and then writes what the request holds, with nothing in between.
    request.once("socket", () => {
      const failure = fence.refuse(operation);
      if (failure !== undefined) request.destroy(refusal(failure, operation));
    });
  };
  // As the SDK makes its own.
  const options = { keepAlive: true, maxSockets: 50 };
  return {
    httpAgent: fenceAgent(new HttpAgent(options), watch, "connect"),
    httpsAgent: fenceAgent(new HttpsAgent(options), watch, "secureConnect"),
    async send(service, operation, next) {
      const fenced = { service, operation, isWrite: isWriteOperation(operation) };
      check(fence, fenced);
      return sending.run(fenced, next);
    },
  };
}

const connectionTimeout = 5_000;

type Given = (error: Error | null, socket?: Duplex) => void;
/** What Node's agents have, and its types lack. */
interface AgentInside {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
  createConnection(options: unknown, given?: Given): Duplex | undefined;
}

/**
 * A request gets its socket only when that is connected: what is written to one that still connects is sent later by
 * Node itself, unasked.
 */
function fenceAgent<A extends HttpAgent>(
  agent: A,
  watch: (request: ClientRequest) => void,
  ready: "connect" | "secureConnect",
): A {
  const inside = agent as unknown as AgentInside;
  const { addRequest, createConnection } = inside;
  inside.addRequest = function (request, ...rest) {
    watch(request);
    addRequest.call(this, request, ...rest);
  };
  inside.createConnection = function (options, given) {
    const socket = createConnection.call(this, options) as Socket;
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off(ready, connected).off("error", end).off("close", closed);
      if (error === null) given?.(null, socket);
      else {
        socket.destroy();
        given?.(error);
      }
    };
    const connected = (): void => end(null);
    const closed = (): void =>
      end(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    const timer = setTimeout(
      () => end(Object.assign(new Error("no connection within 5 s"), { code: "ETIMEDOUT" })),
      connectionTimeout,
    );
    socket.once(ready, connected).once("error", end).once("close", closed);
    return undefined;
  };
  return agent;
}

// Does what a fault says: to the answer, to the socket, with the operation or without it.
import { randomUUID } from "node:crypto";
import { failEntries } from "./entry-faults.ts";
import { addUnknownFields, dropPageToken, type FaultRule, leaveOutEmpty, reorder } from "./faults.ts";
import type { WireAnswer } from "./protocols/protocol.ts";
import type { Route } from "./protocols/route.ts";
import { AwsError, type Input, type Output } from "./service.ts";

/** An answer to send, or a socket to destroy, now or after a while. */
export type Outcome = WireAnswer | "destroy" | { readonly holdMs: number };

export interface Struck {
  readonly route: Route;
  readonly account: string;
  readonly input: Input;
  /** Runs the operation, with its own input or another, and changes its output before it is encoded. */
  run(change: (output: Output) => Output, input?: Input): WireAnswer;
  /** What the same request was answered before the last write. */
  staleAnswer(): WireAnswer | undefined;
}

export function strike(
  { action, holdMs }: FaultRule,
  { route, account, input, run, staleAnswer }: Struck,
): Outcome {
  const { service, operation, protocol } = route;
  const unchanged = (output: Output): Output => output;
  if (typeof action === "object") {
    if ("respond" in action)
      return {
        status: action.respond.status,
        headers: { "content-type": "application/x-amz-json-1.1", ...action.respond.headers },
        body: action.respond.body,
      };
    if ("failEntries" in action) {
      const part = failEntries(service.id, operation, input, action.failEntries);
      if (part === undefined) return run(unchanged);
      if (part.input === undefined) return protocol.answer(operation, part.report({}), randomUUID());
      return run(part.report, part.input);
    }
    const change = mutations[action.mutate];
    return run((output) => change(output) as Output);
  }
  switch (action) {
    case "throttle":
      throw throttling(route);
    case "error500":
      throw new AwsError(
        service.id === "ecs" ? "ServerException" : "InternalFailure",
        "The request processing has failed because of an unknown error.",
        { status: 500 },
      );
    case "denied": {
      const name = `${iamPrefix(service.id)}:${operation}`;
      throw new AwsError(
        "AccessDeniedException",
        `User: arn:aws:iam::${account}:user/sandbox is not authorized to perform: ${name} on resource: * ` +
          `because no identity-based policy allows the ${name} action`,
        {
          status: service.query === undefined && service.queryErrors !== true ? 400 : 403,
          queryCode: "AccessDenied",
        },
      );
    }
    case "timeout":
      return { holdMs: holdMs ?? 100 };
    case "lost":
      run(unchanged);
      return "destroy";
    case "truncate":
      return run(dropPageToken);
    case "stale":
      return staleAnswer() ?? run(unchanged);
    case "empty":
      return protocol.answer(operation, {}, randomUUID());
  }
}

const mutations = {
  reorder,
  "extra-fields": addUnknownFields,
  "absent-for-empty": leaveOutEmpty,
} as const satisfies Record<string, (output: Output) => unknown>;

export function throttling({ service }: Route): AwsError {
  return new AwsError(
    "ThrottlingException",
    "Rate exceeded",
    service.query === undefined ? {} : { queryCode: "Throttling" },
  );
}

function iamPrefix(serviceId: string): string {
  if (serviceId === "monitoring") return "cloudwatch";
  return serviceId === "tagging" ? "tag" : serviceId;
}

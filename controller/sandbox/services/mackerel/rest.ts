// How Mackerel is spoken to: REST with JSON bodies and a key in a header, below /_mackerel/. The key
// stands for its rights here: one that begins with "read-only" may only read.
import type { IncomingHttpHeaders } from "node:http";
import type { Protocol, WireAnswer } from "../../protocols/protocol.ts";
import type { Route } from "../../protocols/route.ts";
import { AwsError, type Input, type SandboxService } from "../../service.ts";

/** Set MACKEREL_APIBASE to the sandbox's endpoint and this. */
export const MACKEREL_PREFIX = "/_mackerel";
const MONITORS = "/api/v0/monitors";
const OPERATIONS: Readonly<Record<string, string>> = {
  "GET /api/v0/org": "GetOrganization",
  [`GET ${MONITORS}`]: "ListMonitors",
  [`POST ${MONITORS}`]: "CreateMonitor",
  [`GET ${MONITORS}/ID`]: "GetMonitor",
  [`PUT ${MONITORS}/ID`]: "UpdateMonitor",
  [`DELETE ${MONITORS}/ID`]: "DeleteMonitor",
};

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** Undefined where Mackerel has nothing at that address. */
export function findMackerelRoute(
  services: readonly SandboxService[],
  { method, path, headers }: RestRequest,
): Route | undefined {
  const place = path.slice(MACKEREL_PREFIX.length);
  const monitorId = new RegExp(`^${MONITORS}/([^/]+)$`).exec(place)?.[1];
  const operation = OPERATIONS[`${method} ${monitorId === undefined ? place : `${MONITORS}/ID`}`];
  const service = services.find((each) => each.id === "mackerel");
  if (operation === undefined || service === undefined) return undefined;
  const protocol = restProtocol(String(headers["x-api-key"] ?? ""), method, monitorId);
  return { service, operation, protocol };
}

export function noMackerelRoute(): WireAnswer {
  return answerJson(404, { error: "Not Found" });
}

function restProtocol(key: string, method: string, monitorId: string | undefined): Protocol {
  return {
    decode(body) {
      if (key === "") throw forbidden(NO_KEY);
      if (key.startsWith("read-only") && method !== "GET")
        throw forbidden("This API key has no write permission.");
      return {
        ...(monitorId === undefined ? {} : { monitorId }),
        ...(method === "POST" || method === "PUT" ? { monitor: readBody(body) } : {}),
      };
    },
    answer: (_operation, output) => answerJson(200, output),
    error: (error) => answerJson(statusOf(error), errorBody(error)),
  };
}

const NO_KEY = "Authentication failed. Please try with valid Api Key.";

function forbidden(message: string): AwsError {
  return new AwsError("Forbidden", message, { status: 403 });
}

function readBody(body: Buffer): Input {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new AwsError("BadRequest", "the request body isn't a JSON object");
  return value;
}

/** The sandbox's faults are AWS's; Mackerel has other statuses for the same mishaps. */
function statusOf({ code, status }: AwsError): number {
  if (code === "ThrottlingException") return 429;
  return code === "AccessDeniedException" ? 403 : status;
}

/** Mackerel has two forms of error, a bare text and an object; a client must read both. */
function errorBody({ code, message }: AwsError): unknown {
  if (code === "ThrottlingException") return { error: { message: "too many requests" } };
  if (code === "AccessDeniedException" || message === NO_KEY) return { error: NO_KEY };
  return { error: { message } };
}

function answerJson(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

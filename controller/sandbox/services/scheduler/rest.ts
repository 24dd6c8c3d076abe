// How EventBridge Scheduler is spoken to: restJson1 below /schedules. A request that is signed for it is its own, and so
// is one by hand, which has no signature.
import type { IncomingHttpHeaders } from "node:http";
import { type RestRequest, restJsonProtocol } from "../../protocols/rest-json.ts";
import { type Route, readCredential } from "../../protocols/route.ts";
import type { Input, SandboxService } from "../../service.ts";
import { checks } from "./errors.ts";

const SCHEDULES = "/schedules";
const OPERATIONS: Readonly<Record<string, string>> = {
  [`GET ${SCHEDULES}`]: "ListSchedules",
  [`POST ${SCHEDULES}/NAME`]: "CreateSchedule",
  [`GET ${SCHEDULES}/NAME`]: "GetSchedule",
  [`PUT ${SCHEDULES}/NAME`]: "UpdateSchedule",
  [`DELETE ${SCHEDULES}/NAME`]: "DeleteSchedule",
};
/** Query parameters, and what the API calls them. */
const MEMBERS: Readonly<Record<string, string>> = {
  groupName: "GroupName",
  clientToken: "ClientToken",
  ScheduleGroup: "GroupName",
  NamePrefix: "NamePrefix",
  State: "State",
  NextToken: "NextToken",
  MaxResults: "MaxResults",
};

/** Undefined where the request is not for Scheduler, or for nothing that it has here. */
export function findSchedulerRoute(
  services: readonly SandboxService[],
  { method, path, query, headers }: RestRequest & { readonly headers: IncomingHttpHeaders },
): Route | undefined {
  const signedFor = readCredential(headers).service;
  if (signedFor !== undefined && signedFor !== "scheduler") return undefined;
  const name = new RegExp(`^${SCHEDULES}/([^/]+)$`).exec(path)?.[1];
  const operation = OPERATIONS[`${method} ${name === undefined ? path : `${SCHEDULES}/NAME`}`];
  const service = services.find((each) => each.id === "scheduler");
  if (operation === undefined || service === undefined) return undefined;
  const protocol = restJsonProtocol(service, () => ({
    ...(name === undefined ? {} : { Name: unescapeName(name) }),
    ...readQuery(query),
  }));
  return { service, operation, protocol };
}

function readQuery(query: URLSearchParams): Input {
  return Object.fromEntries(
    [...query].flatMap(([key, text]) => {
      const member = MEMBERS[key];
      if (member === undefined) return [];
      return [[member, member === "MaxResults" ? readNumber(text) : text]];
    }),
  );
}

function readNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw checks.fail(`MaxResults is not a number: ${text}`);
  return Number(text);
}

/** Text that is no escape is kept; no schedule can have such a name. */
function unescapeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

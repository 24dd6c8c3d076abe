// Who this replica is: the name that leases and journal give, and the service that must not be changed by itself.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../../model/clock.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";

export interface Identity {
  /** Readable, and another one each time the process starts: `ecsmon-1a2b3c4d-x7f3k2`. */
  readonly id: string;
  /** Names, not ARNs; given where the process is a task of an ECS service. */
  readonly cluster?: string;
  readonly service?: string;
  readonly account?: string;
  readonly region?: string;
  readonly taskArn?: string;
  /** The process is a task of ECS, and ECS did not say which one. */
  readonly failure?: Failure;
}

/** The JSON at an address, within so many milliseconds; throws otherwise. */
export type FetchJson = (url: string, milliseconds: number) => Promise<unknown>;

const attempts = 3;

/**
 * Reads it from the task metadata endpoint, version 4 (`ECS_CONTAINER_METADATA_URI_V4`/task), which may not be up in a
 * task's first moments. Outside of ECS, and where the endpoint does not answer, the host's name and a random part are
 * all there is. Never throws.
 */
export async function readIdentity(
  env: Readonly<Record<string, string | undefined>>,
  fetchJson: FetchJson,
  clock: Pick<Clock, "sleep">,
): Promise<Identity> {
  const endpoint = env["ECS_CONTAINER_METADATA_URI_V4"];
  if (endpoint === undefined || endpoint === "") return { id: makeId(hostname()) };
  let failure: Failure | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return describeTask(await fetchJson(`${endpoint.replace(/\/$/, "")}/task`, 1_000));
    } catch (error) {
      failure = toFailure(error);
      if (attempt < attempts) await clock.sleep(200);
    }
  }
  return { id: makeId(hostname()), ...(failure === undefined ? {} : { failure }) };
}

/** As the Amazon ECS developer guide shows the answer of `/task`: TaskARN, Cluster (a name or an ARN), ServiceName. */
function describeTask(task: unknown): Identity {
  const { TaskARN, Cluster, ServiceName } = isObject(task) ? task : {};
  const [, region, account, path] =
    /^arn:[^:]+:ecs:([a-z0-9-]+):(\d{12}):task\/(\S+)$/.exec(typeof TaskARN === "string" ? TaskARN : "") ??
    [];
  if (region === undefined || account === undefined || path === undefined)
    throw new Error(`the task metadata endpoint gave no TaskARN that is one: ${JSON.stringify(TaskARN)}`);
  const cluster =
    typeof Cluster === "string" && Cluster !== "" ? Cluster.split("/").at(-1) : path.split("/").at(-2);
  const service = typeof ServiceName === "string" && ServiceName !== "" ? ServiceName : undefined;
  const task8 = (path.split("/").at(-1) ?? "").slice(0, 8);
  return {
    id: makeId(`${service ?? "task"}-${task8}`),
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
    account,
    region,
    taskArn: String(TaskARN),
  };
}

/** A restart in the same container is another holder: it does not know what the one before it left undone. */
function makeId(head: string): string {
  const readable = head.replaceAll(/[^A-Za-z0-9-]+/g, "-").slice(0, 60);
  return `${readable}-${randomBytes(4).toString("hex")}`;
}

/** For {@link readIdentity}. */
export async function fetchJson(url: string, milliseconds: number): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(milliseconds), redirect: "error" });
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}`);
  return response.json();
}

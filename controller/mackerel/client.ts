// Mackerel's monitors over HTTP: how they are read and written, what is tried again, and what a refusal means.
// Source: https://mackerel.io/api-docs/entry/monitors. The key never stands in an error.
import { EcsmonError, type Failure } from "../model/errors.ts";
import { isObject, type JsonObject } from "../model/json.ts";

/** A monitor as Mackerel gives it, raw: types and fields that we do not know are still in it. */
export type LiveMonitor = JsonObject & { readonly id: string };

/** Everything throws an `EcsmonError`; `mayBeDone` tells those after which a write may have happened. */
export interface MackerelApi {
  /** Every monitor of the organization that the key belongs to. Never a part of them. */
  listMonitors(): Promise<readonly LiveMonitor[]>;
  /** `undefined`: there is none of that id. */
  readMonitor(id: string): Promise<LiveMonitor | undefined>;
  /** Sent once: Mackerel makes another monitor each time. */
  createMonitor(monitor: JsonObject): Promise<void>;
  /** Replaces the whole monitor. Its type cannot change. */
  updateMonitor(id: string, monitor: JsonObject): Promise<void>;
  /** One that is gone already counts as deleted. */
  deleteMonitor(id: string): Promise<void>;
}

export interface MackerelOptions {
  /** Waits between attempts, in milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** MACKEREL_APIKEY and MACKEREL_APIBASE (default https://api.mackerelio.com) are read from it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until an attempt that is not answered counts as failed. Default 20,000. */
  readonly requestTimeout?: number;
  /** Why a request must not be sent now; asked before every attempt. Left out: nothing is refused. */
  readonly refuse?: (request: { readonly isWrite: boolean }) => Failure | undefined;
}

const defaultBase = "https://api.mackerelio.com";
const monitors = "/api/v0/monitors";
const maxAttempts = 5;
/** Milliseconds. */
const firstPause = 500;
const longestPause = 30_000;

const codes = {
  unreachable: "MackerelUnreachable",
  unavailable: "MackerelUnavailable",
  throttled: "MackerelThrottled",
  denied: "MackerelDenied",
  notFound: "MackerelNotFound",
  rejected: "MackerelRejected",
  malformed: "MalformedAnswer",
} as const;

/** `undefined`: no key is set, so there is no Mackerel to speak to. */
export function createMackerel(options: MackerelOptions): MackerelApi | undefined {
  const env = options.env ?? process.env;
  // A key from a file often ends with a newline.
  const apiKey = env["MACKEREL_APIKEY"]?.trim();
  if (apiKey === undefined || apiKey === "") return undefined;
  const call = createCaller(apiKey, env["MACKEREL_APIBASE"]?.trim() || defaultBase, options);
  return {
    async listMonitors() {
      const answer = await call("GET", monitors);
      const list = isObject(answer) ? answer["monitors"] : undefined;
      if (!Array.isArray(list)) throw malformed(`GET ${monitors}`, "gave an answer without monitors");
      return list.map((one) => toLive(one, `GET ${monitors}`));
    },
    async readMonitor(id) {
      try {
        const answer = await call("GET", pathOf(id));
        return toLive(isObject(answer) ? answer["monitor"] : undefined, `GET ${pathOf(id)}`);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async createMonitor(monitor) {
      await call("POST", monitors, monitor);
    },
    async updateMonitor(id, monitor) {
      await call("PUT", pathOf(id), monitor);
    },
    async deleteMonitor(id) {
      try {
        await call("DELETE", pathOf(id));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

/** The answer was lost or made no sense: what was asked for may have been done. */
export function mayBeDone(error: unknown): boolean {
  const lost: readonly string[] = [codes.unreachable, codes.unavailable, codes.malformed];
  return error instanceof EcsmonError && lost.includes(error.code);
}

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Call = (method: Method, path: string, body?: JsonObject) => Promise<unknown>;

type Attempt =
  | { readonly ok: true; readonly answer: unknown }
  | {
      readonly ok: false;
      readonly error: EcsmonError;
      /** May be sent again without doing harm. */
      readonly again: boolean;
      /** Milliseconds, where Mackerel says how long. */
      readonly pause?: number;
    };

function createCaller(
  apiKey: string,
  base: string,
  { sleep, requestTimeout = 20_000, refuse }: MackerelOptions,
): Call {
  const hideKey = (text: string): string => text.replaceAll(apiKey, "(hidden)");
  const fail = (code: string, message: string): EcsmonError =>
    new EcsmonError(code, hideKey(message), { fault: "operator" });

  async function attempt(method: Method, path: string, body: JsonObject | undefined): Promise<Attempt> {
    const what = `Mackerel ${method} ${path}`;
    let status: number;
    let text: string;
    let retryAfter: string | null;
    const refused = refuse?.({ isWrite: method !== "GET" });
    if (refused !== undefined) {
      const error = fail(refused.code, `${what} was not sent: ${refused.message}`);
      return { ok: false, error, again: false };
    }
    try {
      const response = await fetch(urlOf(base, path), {
        method,
        headers: { "X-Api-Key": checkKey(apiKey), "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The key must not follow to wherever an answer points.
        redirect: "manual",
        signal: AbortSignal.timeout(requestTimeout),
      });
      status = response.status;
      retryAfter = response.headers.get("retry-after");
      text = await response.text();
    } catch (error) {
      if (error instanceof EcsmonError) return { ok: false, error, again: false };
      const message = `${what}: ${hostOf(base)} could not be reached: ${reasonOf(error)}`;
      return { ok: false, error: fail(codes.unreachable, message), again: method !== "POST" };
    }
    if (status >= 200 && status < 300) {
      try {
        return { ok: true, answer: JSON.parse(text) };
      } catch {
        return {
          ok: false,
          error: fail(codes.malformed, `${what} gave an answer that is not JSON`),
          again: false,
        };
      }
    }
    const said = errorText(text);
    if (status === 429) {
      const seconds = Number(retryAfter ?? Number.NaN);
      return {
        ok: false,
        error: fail(codes.throttled, `${what} was throttled again and again${said}`),
        // It was refused before anything was done.
        again: true,
        ...(seconds > 0 ? { pause: Math.min(seconds * 1000, longestPause) } : {}),
      };
    }
    if (status >= 500)
      return {
        ok: false,
        error: fail(codes.unavailable, `${what} failed with ${status}${said}`),
        again: method !== "POST",
      };
    return { ok: false, error: fail(...describeStatus(status, what, said)), again: false };
  }

  return async (method, path, body) => {
    for (let count = 1; ; count += 1) {
      const result = await attempt(method, path, body);
      if (result.ok) return result.answer;
      if (!result.again || count === maxAttempts) throw result.error;
      await sleep(result.pause ?? firstPause * 2 ** (count - 1) * (0.5 + Math.random() / 2));
    }
  };
}

function describeStatus(status: number, what: string, said: string): [code: string, message: string] {
  if (status === 401 || status === 403) {
    const rights = what.includes(" GET ") ? "read" : "write";
    return [
      codes.denied,
      `${what} was denied${said}; MACKEREL_APIKEY needs the right to ${rights}, and may be limited to some addresses`,
    ];
  }
  if (status === 404) return [codes.notFound, `${what}: there is no such monitor${said}`];
  if (status < 400)
    return [codes.rejected, `${what} was answered with a redirect (${status}); check MACKEREL_APIBASE`];
  return [codes.rejected, `${what} was refused with ${status}${said}`];
}

/** Mackerel says `{"error": "…"}` or `{"error": {"message": "…"}}`; what stands between us may say HTML. */
function errorText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "";
  }
  const error = isObject(value) ? value["error"] : undefined;
  const message = isObject(error) ? error["message"] : error;
  return typeof message === "string" ? `: ${message.replaceAll(/\s+/g, " ").trim().slice(0, 500)}` : "";
}

/** What `fetch` says of a bad header holds the header. */
function checkKey(apiKey: string): string {
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new EcsmonError("InvalidApiKey", "MACKEREL_APIKEY holds characters that no key has; copy it again");
}

function urlOf(base: string, path: string): string {
  const valid = URL.canParse(base) ? new URL(base) : undefined;
  if (
    valid === undefined ||
    !/^https?:$/.test(valid.protocol) ||
    valid.username !== "" ||
    valid.search !== ""
  )
    throw new EcsmonError(
      "InvalidApiBase",
      `MACKEREL_APIBASE is not a plain http or https URL; leave it out for ${defaultBase}`,
    );
  return `${base.replace(/\/+$/, "")}${path}`;
}

function hostOf(base: string): string {
  return new URL(base).host;
}

/** `fetch` says only "fetch failed"; the reason is in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof AggregateError) return cause.errors.map(String).join("; ");
  if (cause instanceof Error) return cause.message;
  return error instanceof Error ? error.message : String(error);
}

function pathOf(id: string): string {
  return `${monitors}/${encodeURIComponent(id)}`;
}

function toLive(value: unknown, what: string): LiveMonitor {
  if (isObject(value) && typeof value["id"] === "string") return value as LiveMonitor;
  throw malformed(what, "gave a monitor without an id");
}

function malformed(what: string, problem: string): EcsmonError {
  return new EcsmonError(codes.malformed, `Mackerel ${what} ${problem}; nothing is concluded from it`, {
    fault: "operator",
    remedy: "retry",
  });
}

function isNotFound(error: unknown): boolean {
  return error instanceof EcsmonError && error.code === codes.notFound;
}

// One request to GitHub's REST API: what every one of them carries, what is tried again, and what a refusal means.
// Source: https://docs.github.com/rest/using-the-rest-api. The token never stands in an error, and goes nowhere else.
import { EcsmonError } from "../../model/errors.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import { waitFor } from "./rate-limit.ts";

export interface GithubOptions {
  readonly token: string;
  /** GITHUB_API_URL: https://api.github.com, or that of a GitHub Enterprise Server. */
  readonly base: string;
  /** `owner/name` */
  readonly repository: string;
  /** Waits, in milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly now: () => Date;
  /** Milliseconds until an attempt that is not answered counts as failed. Default 20,000. */
  readonly requestTimeout?: number;
}

export const codes = {
  unreachable: "GithubUnreachable",
  unavailable: "GithubUnavailable",
  throttled: "GithubThrottled",
  /** The token is good, and may not do this: the usual thing for a pull request from a fork. */
  denied: "GithubDenied",
  /** The conversation takes no comments, whoever writes them. */
  locked: "GithubLocked",
  /** The token is not accepted at all. */
  badToken: "GithubBadToken",
  notFound: "GithubNotFound",
  rejected: "GithubRejected",
  malformed: "GithubMalformed",
} as const;

const maxAttempts = 5;
/** Milliseconds. */
const firstPause = 1_000;
/** Milliseconds of all pauses together: a job has an end, and what it says of its failure must come before that. */
const maxPauses = 600_000;

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface CallOptions {
  /** Done twice it does no harm: sent again also when nobody knows whether it was done. */
  readonly repeatable?: boolean;
}

export interface Answer {
  readonly answer: unknown;
  /** Path and query of the next page. */
  readonly next: string | undefined;
}

type Attempt =
  | ({ readonly ok: true } & Answer)
  | {
      readonly ok: false;
      readonly error: EcsmonError;
      /** Milliseconds after which it may be sent again without doing harm; undefined: not at all. */
      readonly again: number | undefined;
    };

export function createCaller({ token, base, sleep, now, requestTimeout = 20_000 }: GithubOptions) {
  const root = checkBase(base);
  const authorization = `Bearer ${checkToken(token)}`;
  const hideToken = (text: string): string => text.replaceAll(token.trim(), "(hidden)");
  let paused = 0;

  async function attempt(
    method: Method,
    path: string,
    body: JsonObject | undefined,
    { count, repeatable }: { readonly count: number; readonly repeatable: boolean },
  ): Promise<Attempt> {
    const what = `GitHub ${method} ${path}`;
    const fail = (code: string, message: string, again?: number): Attempt => {
      const error = new EcsmonError(code, hideToken(`${what} ${message}`), { fault: "operator" });
      return { ok: false, error, again };
    };
    const pause = firstPause * 2 ** (count - 1);
    // A POST that got lost may have made what it should.
    const harmless = repeatable ? pause : undefined;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${root.href.replace(/\/+$/, "")}${path}`, {
        method,
        headers: {
          authorization,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
          "user-agent": "ecsmon",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The token must not follow to wherever an answer points.
        redirect: "manual",
        signal: AbortSignal.timeout(requestTimeout),
      });
      text = await response.text();
    } catch (error) {
      return fail(codes.unreachable, `got no answer from ${root.host}: ${reasonOf(error)}`, harmless);
    }
    const { status, headers } = response;
    if (status === 204) return { ok: true, answer: undefined, next: undefined };
    if (status >= 200 && status < 300) {
      try {
        return { ok: true, answer: JSON.parse(text), next: nextPage(headers.get("link"), root) };
      } catch (error) {
        if (error instanceof EcsmonError) return { ok: false, error, again: undefined };
        return fail(codes.malformed, "gave an answer that is not JSON");
      }
    }
    const said = errorText(text);
    const wait = waitFor({ status, headers, message: said, count, now: now().getTime() });
    // It was refused before anything was done.
    if (wait !== undefined)
      return wait.tooLong
        ? fail(codes.throttled, `was refused: the rate limit is used up for ${wait.seconds} s more${said}`)
        : fail(codes.throttled, `was throttled again and again${said}`, wait.seconds * 1000);
    if (status >= 500) return fail(codes.unavailable, `failed with ${status}${said}`, harmless);
    return fail(...describeRefusal(status, said));
  }

  return async (
    method: Method,
    path: string,
    body?: JsonObject,
    { repeatable = method !== "POST" }: CallOptions = {},
  ): Promise<Answer> => {
    for (let count = 1; ; count += 1) {
      const result = await attempt(method, path, body, { count, repeatable });
      if (result.ok) return result;
      if (result.again === undefined || count === maxAttempts) throw result.error;
      paused += result.again;
      if (paused > maxPauses) throw result.error;
      await sleep(result.again);
    }
  };
}

function describeRefusal(status: number, said: string): [code: string, message: string] {
  switch (status) {
    case 401:
      return [
        codes.badToken,
        `was refused${said}; the token is not accepted: give github-token one that is valid`,
      ];
    case 403:
      // "Unable to create comment because issue is locked"
      return [/\bis locked\b/i.test(said) ? codes.locked : codes.denied, `was denied${said}`];
    case 404:
      return [codes.notFound, `found nothing${said}; it is not there, or the token may not see it`];
    case 422:
      return [codes.rejected, `was refused as invalid${said}`];
    default:
      return status < 400
        ? [
            codes.rejected,
            `was answered with a redirect (${status}); check GITHUB_API_URL and the repository's name`,
          ]
        : [codes.rejected, `was refused with ${status}${said}`];
  }
}

/** `{"message": "Validation Failed", "errors": [{"message": "Body is too long"}]}`; what stands between us may say HTML. */
function errorText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "";
  }
  if (!isObject(value) || typeof value["message"] !== "string") return "";
  const { errors } = value;
  const more = (Array.isArray(errors) ? errors : []).flatMap((error) =>
    typeof error === "string"
      ? [error]
      : isObject(error) && typeof error["message"] === "string"
        ? [error["message"]]
        : [],
  );
  return `: ${[value["message"], ...more].join("; ").replaceAll(/\s+/g, " ").trim().slice(0, 500)}`;
}

/** `<https://api.github.com/repositories/1/issues/7/comments?page=2>; rel="next", <…>; rel="last"` */
function nextPage(link: string | null, root: URL): string | undefined {
  const [, target] = /<([^<>]*)>\s*;\s*rel="?next"?(?![a-z])/i.exec(link ?? "") ?? [];
  if (target === undefined) return undefined;
  const prefix = root.pathname.replace(/\/+$/, "");
  const url = URL.canParse(target, root.href) ? new URL(target, root.href) : undefined;
  // The token goes nowhere else.
  if (url === undefined || url.origin !== root.origin || !url.pathname.startsWith(`${prefix}/`))
    throw new EcsmonError(codes.malformed, "GitHub named a next page outside of its API; it was not fetched");
  return `${url.pathname.slice(prefix.length)}${url.search}`;
}

export function malformed(expected: string): EcsmonError {
  return new EcsmonError(codes.malformed, `GitHub did not give ${expected}; nothing is concluded from it`, {
    fault: "operator",
  });
}

/** What `fetch` says of a bad header holds the header. */
function checkToken(token: string): string {
  const trimmed = token.trim();
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new EcsmonError(
    "InvalidInput",
    trimmed === ""
      ? "github-token is empty; leave it out for the token of the workflow"
      : "github-token holds characters that no token has; copy it again",
  );
}

function checkBase(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  const isLocal = url !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  const isPlain =
    url !== undefined &&
    `${url.username}${url.password}${url.search}${url.hash}` === "" &&
    url.hostname !== "";
  if (isPlain && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) return url;
  throw new EcsmonError(
    "InvalidInput",
    "GITHUB_API_URL is not a plain https URL; on GitHub it is https://api.github.com, and a token is sent to it",
  );
}

/** `fetch` says only "fetch failed"; the reason is in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof AggregateError) return cause.errors.map(String).join("; ");
  if (cause instanceof Error) return cause.message;
  return error instanceof Error ? error.message : String(error);
}

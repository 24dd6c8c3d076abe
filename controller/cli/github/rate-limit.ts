// When GitHub says "later": how long, and from which of its signs that is read. Pure.
// Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: a limit is told by 403 or 429;
// `retry-after` (seconds) counts first, then `x-ratelimit-reset` (epoch seconds) when `x-ratelimit-remaining` is 0, else
// it is a minute at least, and longer each time.

export interface Refusal {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  readonly message: string;
  /** Which attempt it was, from 1. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Wait {
  readonly seconds: number;
  /** Nobody watches a job for that long. */
  readonly tooLong: boolean;
}

/** Seconds. The primary limit is an hour's. */
const longestWait = 300;

/** `undefined`: it is not a rate limit. */
export function waitFor({ status, headers, message, count, now }: Refusal): Wait | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const asked = readSeconds(headers.get("retry-after"));
  const reset = readSeconds(headers.get("x-ratelimit-reset"));
  const isUsedUp = headers.get("x-ratelimit-remaining") === "0";
  // "You have exceeded a secondary rate limit"; once it was "abuse detection mechanism".
  const isTold = /rate limit|abuse detection/i.test(message);
  if (asked === undefined && !isUsedUp && !isTold && status !== 429) return undefined;
  const seconds =
    asked ??
    (isUsedUp && reset !== undefined ? Math.max(1, Math.ceil(reset - now / 1000)) : 60 * 2 ** (count - 1));
  return { seconds, tooLong: seconds > longestWait };
}

function readSeconds(text: string | null): number | undefined {
  return text !== null && /^[0-9]{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

// Who may see status over HTTP: who knows a token, or whom a load balancer in front of us has let through. Without either,
// whoever reaches the port.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { Clock } from "../../model/clock.ts";
import { refuse } from "./http-refusal.ts";
import type { Log } from "./log.ts";

/** One of them is enough; both left out: everybody. */
export interface HttpAuth {
  /** As a bearer token, or as the password of any user: that is how a browser asks a person for it. */
  readonly token?: string;
  /** Set by what stands in front, which must take it away from what clients send. Without `value`, any will do. */
  readonly header?: { readonly name: string; readonly value?: string };
}

/** Milliseconds between two lines of the log about strangers. */
const quiet = 60_000;

export interface Gate {
  admits(context: Context): boolean;
  /** What a stranger gets. */
  turnAway(context: Context): Response;
}

export function createGate(auth: HttpAuth | undefined, log: Log, clock: Pick<Clock, "monotonic">): Gate {
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const { token, header } = auth ?? {};
  return {
    admits(context) {
      if (token === undefined && header === undefined) return true;
      return (
        (token !== undefined && knowsToken(context, token)) ||
        (header !== undefined && hasHeader(context, header))
      );
    },
    turnAway(context) {
      refused += 1;
      if (clock.monotonic() - toldAt >= quiet) {
        log("warn", "http-unauthorized", { path: context.req.path.slice(0, 200), count: refused });
        toldAt = clock.monotonic();
        refused = 0;
      }
      if (token === undefined)
        return refuse(
          context,
          403,
          "Forbidden",
          `the request lacks ${header?.name}; come through the load balancer`,
        );
      context.header("www-authenticate", 'Basic realm="ecsmon", charset="UTF-8"');
      context.header("www-authenticate", 'Bearer realm="ecsmon"', { append: true });
      return refuse(
        context,
        401,
        "Unauthorized",
        "give the token as a bearer token, or as the password of any user",
      );
    },
  };
}

function knowsToken(context: Context, token: string): boolean {
  const [, scheme = "", given = ""] = /^(\w+) +(\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return isSame(given, token);
    case "basic":
      // `USER:PASSWORD`; a user's name holds no colon.
      return isSame(
        Buffer.from(given, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, ""),
        token,
      );
    default:
      return false;
  }
}

function hasHeader(context: Context, { name, value }: NonNullable<HttpAuth["header"]>): boolean {
  const given = context.req.header(name)?.trim() ?? "";
  return given !== "" && (value === undefined || isSame(given, value));
}

/** In a time that tells nothing of how far they agree. */
function isSame(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

// `POST /webhooks/git`: a Git server says that there is something new. It is believed only with the secret, and then no
// more happens than would at the next poll anyway.
import type { Context } from "hono";
import type { Clock } from "../../model/clock.ts";
import { refuse } from "./http-refusal.ts";
import type { Log } from "./log.ts";
import { checkPush, maxPushBody, type PushCheck } from "./webhook.ts";

export type Push = Omit<Extract<PushCheck, { ok: true }>, "ok">;

export interface PushHandler {
  readonly secret: string;
  /** Told of a push that is genuine; must return at once. */
  readonly onPush: (push: Push) => void;
}

/** Bodies that are read at once: strangers fill no more memory than this many of them take. */
const mostAtOnce = 8;

const codes = { 400: "BadRequest", 401: "Unauthorized", 413: "TooLarge" } as const;

/** Milliseconds between two lines of the log about strangers: they must not be able to fill it. */
const quiet = 60_000;

/** Answers 202, or says what is wrong with the push. */
export function receivePush(
  { secret, onPush }: PushHandler,
  log: Log,
  clock: Pick<Clock, "monotonic">,
): (context: Context) => Promise<Response> {
  let reading = 0;
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tellRefusal(reason: string): void {
    refused += 1;
    if (clock.monotonic() - toldAt < quiet) return;
    log("warn", "webhook-refused", { reason, count: refused });
    toldAt = clock.monotonic();
    refused = 0;
  }

  async function receive(context: Context): Promise<Response> {
    const body = await readBody(context.req.raw);
    if (typeof body === "string") {
      tellRefusal(body);
      // What is left of it is not waited for.
      context.header("connection", "close");
      return body === "too long"
        ? refuse(context, 413, "TooLarge", `a push has at most ${maxPushBody} bytes`)
        : refuse(context, 400, "BadRequest", "the body ended early");
    }
    const check = checkPush({ headers: context.req.raw.headers, body, secret });
    if (!check.ok) {
      tellRefusal(check.reason);
      return refuse(context, check.status, codes[check.status], check.reason);
    }
    const { ok: _, ...push } = check;
    log("info", "webhook-received", push);
    onPush(push);
    return context.json({ status: "accepted" }, 202);
  }

  return async (context) => {
    if (reading >= mostAtOnce) {
      context.header("retry-after", "5");
      context.header("connection", "close");
      return refuse(context, 503, "Busy", "too many pushes at once; send it again");
    }
    reading += 1;
    try {
      return await receive(context);
    } finally {
      reading -= 1;
    }
  };
}

/** `too long`: by what its header says or by what came. */
async function readBody(request: Request): Promise<Uint8Array | "too long" | "cut off"> {
  if (Number(request.headers.get("content-length") ?? 0) > maxPushBody) return "too long";
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > maxPushBody) return "too long";
      chunks.push(chunk);
    }
  } catch {
    return "cut off";
  }
  return Buffer.concat(chunks);
}

// `/events`: tells open pages that something has changed, by server-sent events. It looks only while a page is open, once a
// second for all of them, and says no more than that: what has changed is asked for as any page is.
import type { Clock } from "../../model/clock.ts";
import type { PageSource } from "./page-source.ts";
import type { StatusReader } from "./status-reader.ts";

export interface Live {
  /** The body of an answer; `undefined`: there are as many as there may be. */
  open(signal: AbortSignal): ReadableStream<Uint8Array> | undefined;
  close(): void;
}

const mostStreams = 100;
/** Milliseconds between two looks, and for each target that is looked at: hundreds of them cost as many requests. */
const lookEvery = 1_000;
const perTarget = 50;
/** Milliseconds between two signs of life, of which a proxy needs some. */
const beatEvery = 10_000;

type Stream = ReadableStreamDefaultController<Uint8Array>;
const encoder = new TextEncoder();

export interface Watched {
  readonly status: Pick<StatusReader, "targets" | "pause">;
  /** What else is shown of them: the same objects while it is the same. */
  readonly source: Pick<PageSource, "audits" | "unheard">;
}

export function createLive({ status, source }: Watched, clock: Clock): Live {
  const streams = new Set<Stream>();
  const closed = new AbortController();
  /** Statuses are numbered as they come: one that is as it was is the same object. */
  const numbers = new WeakMap<object, number>();
  let last = 0;
  let version: string | undefined;
  let isUnread = false;
  let beatAt = 0;
  let isWatching = false;
  let targetCount = 0;

  async function look(): Promise<string | undefined> {
    try {
      const { targets, unread } = await status.targets();
      targetCount = targets.length;
      const seen = [...targets, ...(await source.audits(targets)).values()];
      for (const one of seen) if (!numbers.has(one)) numbers.set(one, ++last);
      return JSON.stringify([
        seen.map((one) => numbers.get(one)),
        status.pause() ?? null,
        unread,
        [...source.unheard(targets)],
      ]);
    } catch {
      // The page that asks is told why.
      return undefined;
    }
  }

  /** `unread`: the store does not answer, and pages are as of before. */
  function tell(): string {
    return `event: ${isUnread ? "unread" : "changed"}\ndata: ${last}\n\n`;
  }

  function send(text: string, to: Iterable<Stream> = streams): void {
    for (const stream of to) {
      // Nobody reads it.
      if ((stream.desiredSize ?? 0) <= 0) leave(stream);
      else stream.enqueue(encoder.encode(text));
    }
  }

  function leave(stream: Stream): void {
    if (!streams.delete(stream)) return;
    try {
      stream.close();
    } catch {
      // Its reader has gone.
    }
  }

  async function watch(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    while (streams.size > 0 && !closed.signal.aborted) {
      const seen = await look();
      if (seen !== version || isUnread !== (seen === undefined)) {
        version = seen;
        isUnread = seen === undefined;
        send(tell());
      } else if (clock.monotonic() - beatAt >= beatEvery) {
        beatAt = clock.monotonic();
        send(": still here\n\n");
      }
      await clock.sleep(lookEvery + perTarget * targetCount, closed.signal);
    }
    isWatching = false;
  }

  return {
    open(signal) {
      if (streams.size >= mostStreams || closed.signal.aborted) return undefined;
      let own: Stream | undefined;
      const end = (): void => {
        if (own !== undefined) leave(own);
      };
      return new ReadableStream<Uint8Array>(
        {
          start(stream) {
            own = stream;
            streams.add(stream);
            signal.addEventListener("abort", end, { once: true });
            // Something may have happened between the page and this.
            send(`retry: 3000\n${tell()}`, [stream]);
            void watch();
          },
          cancel: end,
        },
        { highWaterMark: 16 },
      );
    },
    close() {
      closed.abort();
      for (const stream of [...streams]) leave(stream);
    },
  };
}

// Every entry is reached by going on to older ones, however many one pass wrote and however few fit on a page.
import { expect, it } from "vitest";
import type { JournalEntry } from "../../../controller/model/status.ts";
import { renderJournal } from "../../../controller/page/journal-page.ts";
import { pageLength, readJournalQuery } from "../../../controller/page/query.ts";
import { entryOf } from "./sample-sight.ts";

const instants = ["2026-11-22T09:00:00.500Z", "2026-11-22T08:00:00.000Z", "2026-11-21T08:00:00.000Z"];
const since = "2026-10-22T00:00:00Z";

/** As the store gives them: newest first, up to and with `until`. */
function ask(all: readonly JournalEntry[], query: ReturnType<typeof readJournalQuery>) {
  const { until, from } = query;
  const found = all.filter(({ at }) => until === undefined || at <= until);
  const entries = found.slice(from, from + pageLength);
  return renderJournal([], query, { entries, since, hasMore: found.length > from + pageLength });
}

it.each([
  ["few", [3, 2, 1], ""],
  ["many of one pass", [1, 350, 7], ""],
  ["just as many as a page has", [100, 100, 100], ""],
  ["one more", [100, 101, 1], ""],
  ["so long that few of them fit on a page", [40, 250, 30], "<".repeat(400)],
])("%s", (_, numbers, message) => {
  const all = numbers.flatMap((number, pass) =>
    Array.from({ length: number }, (_, index) =>
      entryOf({
        at: instants[pass] ?? "",
        name: `entry-${pass}-${index}-`,
        message,
        why: message.slice(0, 160),
      }),
    ),
  );
  const seen: string[] = [];
  let path: string | undefined = "/journal";
  for (let pages = 0; path !== undefined; pages += 1) {
    expect(pages).toBeLessThan(40);
    const query = readJournalQuery(new URL(path, "http://localhost").searchParams);
    const text: string = `${ask(all, query).parts}`;
    for (const [, name = ""] of text.matchAll(/<code>(entry-\d+-\d+-)<\/code>/g)) seen.push(name);
    path = /rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  expect(seen).toEqual(all.map(({ name }) => name));
});

it("goes on with what one look did not reach, and takes no `from` without an instant", () => {
  const query = readJournalQuery(new URLSearchParams("from=40"));
  expect(query.from).toBe(0);
  const unreadUntil = "2026-11-01T00:00:00.000Z";
  const text = `${renderJournal([], query, { entries: [], since, unreadUntil }).parts}`;
  expect(text).toContain('href="/journal?until=2026-11-01T00%3A00%3A00.000Z"');
});

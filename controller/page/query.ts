// What stands behind the `?` of a page, and links to the same page with some of it changed. What is not understood is left
// aside: a link that somebody kept should still show something.
import { type RowQuery, states } from "./service-rows.ts";

/** Rows of one page. */
export const pageLength = 100;
const maxText = 300;
const sorts = ["state", "name", "score", "changed"] as const;

export interface PageQuery {
  /** The first row that is shown, from 0. */
  readonly from: number;
  /** As given, for links and forms. */
  readonly texts: Readonly<Record<string, string>>;
}

export function readServicesQuery(given: URLSearchParams): RowQuery & PageQuery {
  const { texts, from } = readPage(given, ["search", "state", "cluster", "target", "sort"]);
  const { search = "", cluster, target } = texts;
  const state = states.find((one) => one === texts["state"]);
  return {
    texts,
    from,
    search,
    sort: sorts.find((one) => one === texts["sort"]) ?? "state",
    ...(state === undefined ? {} : { state }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(target === undefined ? {} : { target }),
  };
}

export interface PolicyQuery extends PageQuery {
  readonly search: string;
}

export function readPolicyQuery(given: URLSearchParams): PolicyQuery {
  const { texts, from } = readPage(given, ["search"]);
  return { texts, from, search: texts["search"] ?? "" };
}

export interface JournalQuery extends PageQuery {
  readonly search: string;
  readonly target?: string;
  readonly kind?: string;
  /** ISO 8601, UTC: entries up to then. `from` of those of that very instant have been shown; without it none. */
  readonly until?: string;
}

export function readJournalQuery(given: URLSearchParams): JournalQuery {
  const { texts, from } = readPage(given, ["search", "target", "kind", "until"]);
  const until = new Date(texts["until"] ?? "");
  const isKnown = !Number.isNaN(until.getTime());
  const { target, kind } = texts;
  return {
    texts,
    from: isKnown ? from : 0,
    search: texts["search"] ?? "",
    ...(target === undefined ? {} : { target }),
    ...(kind === undefined ? {} : { kind }),
    ...(isKnown ? { until: until.toISOString() } : {}),
  };
}

function readPage(given: URLSearchParams, names: readonly string[]): PageQuery {
  const texts: Record<string, string> = {};
  for (const name of names) {
    const text = given.get(name)?.trim() ?? "";
    if (text !== "" && text.length <= maxText) texts[name] = text;
  }
  const from = Number(given.get("from") ?? 0);
  return { texts, from: Number.isSafeInteger(from) && from > 0 ? Math.min(from, 10_000_000) : 0 };
}

/** @param over `""` leaves one out. */
export function linkTo(
  path: string,
  texts: PageQuery["texts"],
  over: Readonly<Record<string, string>> = {},
): string {
  const all = Object.entries({ ...texts, ...over }).filter(([, text]) => text !== "");
  const query = new URLSearchParams(all).toString();
  return query === "" ? path : `${path}?${query}`;
}

export function serviceLink({
  target,
  cluster,
  service,
}: {
  target: string;
  cluster: string;
  service: string;
}): string {
  return `/services/${[target, cluster, service].map(encode).join("/")}`;
}

/** Half a character has no code in an address. */
export function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, "\ufffd"));
}

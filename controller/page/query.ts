// What stands behind the `?` of a page, and links to the same page with some of it changed. What is not understood is left
// aside: a link that somebody kept should still show something.
import { kindNames } from "../model/plan.ts";
import { type RowQuery, states } from "./service-rows.ts";

/** Rows of one page. */
export const pageLength = 100;
const maxText = 300;
const sorts = ["state", "name", "score", "changed", "drift"] as const;

export interface PageQuery {
  /** The first row that is shown, from 0. */
  readonly from: number;
  /** As given, for links and forms. */
  readonly texts: Readonly<Record<string, string>>;
  /** What was given and is not understood: it is left aside, and the page says so. */
  readonly unknown: Readonly<Record<string, string>>;
}

export function readServicesQuery(given: URLSearchParams): RowQuery & PageQuery {
  const page = readPage(given, ["search", "state", "cluster", "target", "sort"], {
    state: (text) => isOneOf(states, text),
    sort: (text) => isOneOf(sorts, text),
  });
  const { search = "", cluster, target } = page.texts;
  const state = states.find((one) => one === page.texts["state"]);
  return {
    ...page,
    search,
    sort: sorts.find((one) => one === page.texts["sort"]) ?? "state",
    ...(state === undefined ? {} : { state }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(target === undefined ? {} : { target }),
  };
}

export interface PolicyQuery extends PageQuery {
  readonly search: string;
}

export function readPolicyQuery(given: URLSearchParams): PolicyQuery {
  const page = readPage(given, ["search"]);
  return { ...page, search: page.texts["search"] ?? "" };
}

export interface JournalQuery extends PageQuery {
  readonly search: string;
  readonly target?: string;
  readonly kind?: string;
  /** ISO 8601, UTC: entries up to then. `from` of those of that very instant have been shown; without it none. */
  readonly until?: string;
}

export function readJournalQuery(given: URLSearchParams): JournalQuery {
  const page = readPage(given, ["search", "target", "kind", "until"], {
    kind: (text) => isOneOf(kindNames, text),
    until: (text) => !Number.isNaN(Date.parse(text)),
  });
  const { search = "", target, kind, until } = page.texts;
  return {
    ...page,
    from: until === undefined ? 0 : page.from,
    search,
    ...(target === undefined ? {} : { target }),
    ...(kind === undefined ? {} : { kind }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}

function readPage(
  given: URLSearchParams,
  names: readonly string[],
  judges: Readonly<Record<string, (text: string) => boolean>> = {},
): PageQuery {
  const texts: Record<string, string> = {};
  const unknown: Record<string, string> = {};
  for (const name of names) {
    const text = given.get(name)?.trim() ?? "";
    if (text === "") continue;
    const isKnown = text.length <= maxText && (judges[name]?.(text) ?? true);
    (isKnown ? texts : unknown)[name] = text;
  }
  const from = Number(given.get("from") ?? 0);
  return { texts, unknown, from: Number.isSafeInteger(from) && from > 0 ? Math.min(from, 10_000_000) : 0 };
}

function isOneOf(known: readonly string[], text: string): boolean {
  return known.includes(text);
}

/** Where there are fewer rows than when the link was kept, it leads to the last of them. */
export function withinRows<Query extends PageQuery>(query: Query, total: number): Query {
  if (query.from < total) return query;
  return { ...query, from: Math.max(0, Math.floor((total - 1) / pageLength) * pageLength) };
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

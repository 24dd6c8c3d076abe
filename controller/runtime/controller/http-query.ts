// What stands behind the `?` of a path. A name that is not known is an error: the whole list is not what was asked for.
import { EcsmonError } from "../../model/errors.ts";
import type { HistoryQuery } from "./status-reader.ts";
import type { ListQuery } from "./status-views.ts";

const mostItems = 5_000;
const usualItems = 1_000;

export function readListQuery(given: URLSearchParams): ListQuery {
  const texts = readTexts(given, ["target", "cluster", "service", "policy", "limit"]);
  const { limit, ...narrow } = texts;
  return { ...narrow, limit: readLimit(limit) };
}

export function readHistoryQuery(given: URLSearchParams): HistoryQuery {
  const names = ["target", "cluster", "service", "policy", "kind", "since", "until", "limit"] as const;
  const { limit, since, until, ...narrow } = readTexts(given, names);
  return {
    ...narrow,
    ...(since === undefined ? {} : { since: readInstant("since", since) }),
    ...(until === undefined ? {} : { until: readInstant("until", until) }),
    limit: readLimit(limit),
  };
}

function readTexts<Name extends string>(
  given: URLSearchParams,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  const texts: Record<string, string> = {};
  for (const [name, text] of given) {
    if (!(names as readonly string[]).includes(name))
      throw invalid(`unknown parameter ${JSON.stringify(name.slice(0, 50))}; use ${names.join(", ")}`);
    if (Object.hasOwn(texts, name)) throw invalid(`${name} is given twice; give it once`);
    if (text === "" || text.length > 300)
      throw invalid(`${name} has ${text.length} characters; give 1 to 300`);
    texts[name] = text;
  }
  return texts as { readonly [name in Name]?: string };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return usualItems;
  const limit = Number(text);
  if (!/^\d{1,9}$/.test(text) || limit < 1 || limit > mostItems)
    throw invalid(`limit ${JSON.stringify(text)} is no number from 1 to ${mostItems}`);
  return limit;
}

function readInstant(name: string, text: string): string {
  const instant = new Date(text);
  if (
    !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?Z)?$/.test(text) ||
    Number.isNaN(instant.getTime())
  )
    throw invalid(`${name} ${JSON.stringify(text)} is no instant; write it as 2026-11-22T03:12:00Z`);
  return instant.toISOString();
}

function invalid(message: string): EcsmonError {
  return new EcsmonError("InvalidQuery", message);
}

// The Range header: a part of an object.
import { s3Error } from "./errors.ts";

/** First and last byte, both in it; undefined for the whole object: no range, or one that can't be read. */
export function readRange(header: unknown, size: number): { first: number; last: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(String(header ?? "").trim());
  if (found === null) return undefined;
  const [, from = "", to = ""] = found;
  if (from === "" && to === "") return undefined;
  if (from !== "" && to !== "" && Number(from) > Number(to)) return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === "" && Number(to) === 0))
    throw s3Error("InvalidRange", 416, "The requested range is not satisfiable", {
      RangeRequested: String(header),
      ActualObjectSize: size,
    });
  return { first, last };
}

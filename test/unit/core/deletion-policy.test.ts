// The marks of `deletionPolicy: Retain`. They are frozen: a changed one would have things deleted that were to stay.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isMarkedBody, markBody } from "../../../controller/core/dashboard-mark.ts";
import {
  changesMark,
  filterRetainField,
  isMarkedByTag,
  isMarkedDescription,
  isMarkedQuery,
  layerRetainField,
  markDescription,
  markQuery,
  overlayMark,
  retainMark,
  retainTag,
} from "../../../controller/core/deletion-policy.ts";
import { isRetainMemo, markMemo, readMark } from "../../../controller/core/mackerel-mark.ts";

const url = new URL("../../golden/core/deletion-marks.json", import.meta.url);
const frozen = JSON.parse(readFileSync(url, "utf8"));
const owner = "ecsmon";
const key = "ecsmon.dev/ecsmon/deletion-policy";

describe("marks", () => {
  const monitor = {
    account: "123456789012",
    region: "us-east-1",
    owner,
    cluster: "prod",
    service: "web",
    name: "cpu",
  };

  it("are frozen", () => {
    const marked = markBody({ widgets: [] });
    expect({
      mark: retainMark,
      description: markDescription("Ours.", true),
      query: markQuery("fields @message", true),
      memo: markMemo("a note", monitor, true),
      tag: Object.keys(retainTag(owner))[0],
      layerTag: Object.keys(retainTag(owner, layerRetainField))[0],
      filterTag: Object.keys(retainTag(owner, filterRetainField("ecsmon/prod/web/fatal")))[0],
      variable: marked.ok && (marked.body["variables"] as unknown[])[0],
    }).toEqual(frozen);
  });

  it("are read back, and not seen where there is none", () => {
    for (const text of ["", "Ours.", "two\nlines\n"]) {
      expect(isMarkedDescription(markDescription(text, true))).toBe(true);
      expect(isMarkedDescription(markDescription(text, true, " "))).toBe(true);
      expect(isMarkedQuery(markQuery(text, true))).toBe(true);
      expect(isRetainMemo(markMemo(text, monitor, true))).toBe(true);
      expect(readMark(markMemo(text, monitor, true))).toEqual(monitor);
      expect(markDescription(text, undefined)).toBe(text);
      expect(markQuery(text, undefined)).toBe(text);
      expect(isMarkedDescription(text)).toBe(false);
      expect(isMarkedQuery(text)).toBe(false);
      expect(isRetainMemo(markMemo(text, monitor))).toBe(false);
    }
    for (const nothing of [undefined, null, 3]) {
      expect(isMarkedDescription(nothing)).toBe(false);
      expect(isMarkedQuery(nothing)).toBe(false);
      expect(isRetainMemo(nothing)).toBe(false);
    }
  });

  it("of a query and a memo survive what consoles and browsers do to line ends", () => {
    expect(isMarkedQuery(`  \r\n${markQuery("fields @message", true).replaceAll("\n", "\r\n")}`)).toBe(true);
    expect(isRetainMemo(markMemo("a", monitor, true).replaceAll("\n", "\r\n"))).toBe(true);
  });
});

describe("a dashboard's mark", () => {
  const widgets = [{ type: "text", properties: { markdown: "x" } }];
  const others = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `v${index}` }));

  it("stands beside the variables that are there", () => {
    const marked = markBody({ widgets, variables: others(2) });
    expect(marked).toMatchObject({ ok: true, body: { widgets, variables: [...others(2), frozen.variable] } });
    expect(marked.ok && isMarkedBody(JSON.stringify(marked.body))).toBe(true);
    expect(isMarkedBody(JSON.stringify({ widgets, variables: others(2) }))).toBe(false);
    expect(isMarkedBody(JSON.stringify({ widgets }))).toBe(false);
  });

  it("has no room beside 25", () => {
    expect(markBody({ widgets, variables: others(24) }).ok).toBe(true);
    expect(markBody({ widgets, variables: others(25) })).toMatchObject({
      ok: false,
      reason: { code: "InvalidValue", message: expect.stringMatching(/25 variables.*take one out/) },
    });
  });

  it("may have been in a body that is no JSON", () => expect(isMarkedBody("{")).toBe(true));
});

describe("a mark among the tags", () => {
  const ask = (tags: Record<string, string>, retain: boolean, stands = true, partial = false) =>
    overlayMark({ tags, owner, retain, stands, partial });

  it("is laid beside what stands, and once", () => {
    expect(ask({}, true)).toEqual({ lay: { [key]: "Retain" }, drop: [] });
    expect(ask({ [key]: "Retain" }, true)).toEqual({ lay: {}, drop: [] });
    expect(ask({ [key]: "edited" }, true)).toEqual({ lay: { [key]: "Retain" }, drop: [] });
    expect(ask({}, true, false)).toEqual({ lay: {}, drop: [] });
  });

  it("is taken off when no policy says so any more, or nothing of ours stands there", () => {
    expect(ask({}, false)).toEqual({ lay: {}, drop: [] });
    expect(ask({ [key]: "Retain" }, false)).toEqual({ lay: {}, drop: [key] });
    expect(ask({ [key]: "Retain" }, true, false)).toEqual({ lay: {}, drop: [key] });
    expect(changesMark(ask({ [key]: "Retain" }, false))).toBe(true);
    expect(changesMark(ask({ [key]: "Retain" }, true))).toBe(false);
  });

  it("stays while not all policies are known", () =>
    expect(ask({ [key]: "Retain" }, false, true, true)).toEqual({ lay: {}, drop: [] }));

  it("says Retain whatever its value, and for its owner and field alone", () => {
    expect(isMarkedByTag({ [key]: "?" }, owner)).toBe(true);
    expect(isMarkedByTag({ [key]: "Retain" }, "other")).toBe(false);
    expect(isMarkedByTag({ [key]: "Retain" }, owner, layerRetainField)).toBe(false);
  });

  it("of a filter has room in a key, however long the names", () => {
    const [long] = Object.keys(retainTag("o".repeat(32), filterRetainField("x".repeat(512))));
    expect(long?.length).toBeLessThanOrEqual(128);
  });
});

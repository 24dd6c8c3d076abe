// A status that is old, or that cannot be read, never looks as if all were well.
import { describe, expect, it } from "vitest";
import { renderController } from "../../../controller/page/controller-page.ts";
import { findUnheard, renderNotices } from "../../../controller/page/hearing.ts";
import { renderPolicies } from "../../../controller/page/policies-page.ts";
import { readPolicyQuery, readServicesQuery } from "../../../controller/page/query.ts";
import { renderService } from "../../../controller/page/service-page.ts";
import { listRows, type Sight } from "../../../controller/page/service-rows.ts";
import { renderServices } from "../../../controller/page/services-page.ts";
import { sampleSight, sampleTarget, serviceOf, targetOf } from "./sample-sight.ts";

const ended = "2026-11-22T10:00:02.000Z";
const resync = 300_000;
const minutesLater = (minutes: number) => new Date(Date.parse(ended) + minutes * 60_000);
const none = new URLSearchParams();
const guards = { deletePolicy: "sync", allow: undefined } as const;

describe("a target is not heard of", () => {
  const target = targetOf("us-east-1", [serviceOf("web")]);
  const pass = { startedAt: "2026-11-22T10:00:00.000Z", endedAt: ended, result: "success" } as const;

  it.each([
    ["while passes may still be on time", 15, resync, pass, false],
    ["when more than three are missing", 16, resync, pass, true],
    ["of an hour between passes", 179, 3_600_000, pass, false],
    ["three hours later", 181, 3_600_000, pass, true],
    [
      "while a pass as long as the last may go on",
      40,
      resync,
      { ...pass, startedAt: "2026-11-22T09:30:00.000Z" },
      false,
    ],
    ["when not even that explains it", 46, resync, { ...pass, startedAt: "2026-11-22T09:30:00.000Z" }, true],
  ])("%s", (_, minutes, every, given, isUnheard) => {
    const found = findUnheard([{ ...target, pass: given }], minutesLater(minutes), every);
    expect([...found]).toEqual(isUnheard ? [[target.target, ended]] : []);
  });
});

describe("what an old status shows is marked as old", () => {
  const sight: Sight = { ...sampleSight, unheard: new Map([[sampleTarget.target, ended]]) };
  const rows = listRows(sight);

  it("as the state of its services, and of no others", () => {
    expect(rows.filter(({ target }) => target === sampleTarget.target).map(({ state }) => state)).toEqual(
      Array.from({ length: 6 }, () => "unheard"),
    );
    expect(rows.find(({ service }) => service === "ready")?.former).toEqual({ since: ended, state: "ready" });
    expect(rows.find(({ service }) => service === "web")?.state).toBe("ready");
    // It is judged anew when it is heard of again.
    expect(listRows(sampleSight).some(({ state }) => state === "unheard")).toBe(false);
  });

  it("on every page", () => {
    const { head, parts } = renderServices(sight, readServicesQuery(none), undefined);
    expect(`${head}`).toMatch(/<b>6<\/b><span><i aria-hidden="true">\?<\/i> Not heard of/);
    expect(`${parts}`).toContain("then it was <b>Ready</b>");
    expect(`${renderNotices(sight)}`).toContain(
      "The last full pass over ecsmon-123456789012-us-east-1 ended",
    );
    const only: Sight = { ...sight, targets: [sampleTarget] };
    const [row] = rows;
    if (row === undefined) throw new Error("there is no row");
    const details = { alarms: { code: "NotAsked", message: "" }, history: undefined };
    for (const page of [
      renderController(only, new Map(), guards),
      renderPolicies(only, readPolicyQuery(none)),
      renderService(row, sampleTarget, details),
    ]) {
      expect(`${page.parts}`).toContain("Ready then");
      expect(`${page.parts}`).not.toMatch(/ (?:Ready|Current)<\/span>/);
    }
  });
});

it("tells how old the oldest of it is", () => {
  const head = `${renderServices(sampleSight, readServicesQuery(none), undefined).head}`;
  expect(head).toContain(`Last full pass, the oldest of all targets: <time datetime="${ended}">`);
  const [audit] = sampleSight.audits.values();
  expect(head).toContain(`Scores from: <time datetime="${audit?.metadata.asOf}">`);
  const unjudged = { ...sampleSight, audits: new Map() };
  expect(`${renderServices(unjudged, readServicesQuery(none), undefined).head}`).not.toContain("Scores from");
});

it("names targets that cannot be read, and never says that nothing is there", () => {
  const unread = [{ target: "ecsmon-1-us-east-1", code: "AccessDenied", message: "s3:GetObject was denied" }];
  const sight: Sight = { ...sampleSight, targets: [], unread };
  const services = renderServices(sight, readServicesQuery(none), undefined);
  expect(`${services.head}`).toMatch(/<b>1<\/b><span><i aria-hidden="true">\?<\/i> Target not read/);
  const pages = [
    services,
    renderPolicies(sight, readPolicyQuery(none)),
    renderController(sight, new Map(), guards),
  ];
  for (const { parts } of pages)
    expect(`${parts}`).not.toMatch(/No policy selects|has told anything yet|knows of a policy yet/);
  expect(`${pages[2]?.parts}`).toMatch(
    /ecsmon-1-us-east-1.*Unknown.*<b>AccessDenied<\/b> s3:GetObject was denied/s,
  );
  expect(`${renderNotices(sight)}`).toContain("<b>AccessDenied</b> s3:GetObject was denied");
});

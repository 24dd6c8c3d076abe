// Pages say what is so: what rolls and what waits for its turn, why nothing waits, drift that was put right, and a target
// that nobody looks after.
import { expect, it } from "vitest";
import type { ServiceStatus } from "../../../controller/model/status.ts";
import { renderController } from "../../../controller/page/controller-page.ts";
import { renderNotices } from "../../../controller/page/hearing.ts";
import { readServicesQuery } from "../../../controller/page/query.ts";
import { renderService } from "../../../controller/page/service-page.ts";
import { listRows, type Sight } from "../../../controller/page/service-rows.ts";
import { renderServices } from "../../../controller/page/services-page.ts";
import { sampleSight, sampleTarget, serviceOf, targetOf } from "./sample-sight.ts";

const guards = { deletePolicy: "sync", allow: undefined } as const;
const show = (sight: Sight, query = "") =>
  renderServices(sight, readServicesQuery(new URLSearchParams(query)), undefined);

function sightOf(...services: readonly ServiceStatus[]): Sight {
  return { ...sampleSight, targets: [targetOf("us-east-1", services)], audits: new Map() };
}

it("rolls only what has begun", () => {
  const waiting = { kind: "TaskDefinition", name: "b", action: "update", enforcement: "Enforce" } as const;
  const sight = sightOf(
    serviceOf("a", { rolling: true }),
    serviceOf("b", { queued: true, pending: [{ ...waiting, cluster: "prod", service: "b" }] }),
  );
  expect(listRows(sight).map(({ service, state }) => [service, state])).toEqual([
    ["a", "rolling"],
    ["b", "waiting"],
  ]);
  expect(`${show(sight).parts}`).toContain(
    "<b>RolloutQueued</b> 1 service waits for its turn to roll: prod/b",
  );
  const [, under = ""] = `${renderController(sight, new Map(), guards).parts}`.split("Rollouts under way");
  expect(under).toMatch(
    /^<\/h2>\s*<ul class="plain"><li><a [^>]*>prod\/a<\/a><\/li><\/ul>\s*<h3>Waiting for their turn<\/h3><ul class="plain"><li><a [^>]*>prod\/b</,
  );
});

it("has how much drift was found and put right, and the last first", () => {
  const drift = (lastAt: string, found: number) => ({ drift: { found, repaired: 1, lastAt } });
  const sight = sightOf(
    serviceOf("a"),
    serviceOf("b", drift("2026-11-22T09:00:00.000Z", 1)),
    serviceOf("c", drift("2026-11-22T09:30:00.000Z", 2)),
  );
  const text = `${show(sight, "sort=drift").parts}`;
  expect([...text.matchAll(/data-of="Drift">(.*?)<\/td>/g)].map(([, cell]) => cell)).toEqual([
    '2 found<small>1 put right, last <time datetime="2026-11-22T09:30:00.000Z">2026-11-22 09:30:00 UTC</time></small>',
    '1 found<small>1 put right, last <time datetime="2026-11-22T09:00:00.000Z">2026-11-22 09:00:00 UTC</time></small>',
    '<span class="soft">–</span>',
  ]);
});

it.each<[string, Partial<ServiceStatus>, RegExp]>([
  ["all stands", {}, /<p class="empty">Nothing: what stands is what the policies say/],
  [
    "nobody wants anything",
    { policies: [] },
    /<p class="empty">Nothing: no policy says what should stand here/,
  ],
  [
    "somebody deploys",
    {
      blocked: [
        { kind: "TaskDefinition", name: "a", code: "DeploymentInProgress", message: "0 of 2 tasks run" },
      ],
    },
    /<ul class="troubles"><li><b>DeploymentInProgress<\/b> TaskDefinition <code>a<\/code>: 0 of 2 tasks run/,
  ],
  [
    "a person must act",
    { blocked: [{ kind: "TaskDefinition", name: "a", code: "NoRoom", message: "no room" }] },
    /<p class="empty">Nothing that can be written now: what holds it back stands below/,
  ],
  ["it rolls", { rolling: true }, /<p class="empty">Nothing that is known of: how it stands is said above/],
])("says of what waits where %s", (_, over, expected) => {
  const sight = sightOf(serviceOf("a", over));
  const [row] = listRows(sight);
  if (row === undefined) throw new Error("there is no row");
  const details = { alarms: { code: "NotAsked", message: "" }, history: undefined };
  const text = `${renderService(row, sampleTarget, details).parts}`;
  const [, waits = ""] = text.split("What waits</h2>");
  expect(waits.trimStart()).toMatch(new RegExp(`^${expected.source}`));
  expect(text.includes("<h2>Held back</h2>")).toBe(over.blocked?.[0]?.code === "NoRoom");
});

it("names a target that it could not begin to look after", () => {
  const target = "us-east-1 as arn:aws:iam::222222222222:role/ecsmon";
  const unread = [
    { target, code: "AccessDenied", message: "sts:AssumeRole was denied", unreached: true },
  ] as const;
  const sight: Sight = { ...sampleSight, unread };
  expect(`${show(sight).head}`).toMatch(
    /<b>1<\/b><span><i aria-hidden="true">\?<\/i> Target not looked after/,
  );
  expect(`${show({ ...sight, targets: [], audits: new Map() }).parts}`).toContain(
    "1 target could not be read, or not be looked after",
  );
  expect(`${renderNotices(sight)}`).toContain(
    `could not begin to look after ${target}: <b>AccessDenied</b> sts:AssumeRole was denied`,
  );
  expect(`${renderController(sight, new Map(), guards).parts}`).toMatch(
    new RegExp(`<h3>${target}</h3>.*this controller could not begin to look after it`, "s"),
  );
});

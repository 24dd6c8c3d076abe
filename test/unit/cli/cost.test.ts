// A plan's cost in every format: one line that is always seen, the table below it, and what is not counted.
import { expect, test } from "vitest";
import { renderCost as renderHtmlCost } from "../../../controller/cli/render/cost-html.ts";
import { costSection } from "../../../controller/cli/render/cost-markdown.ts";
import { renderCost } from "../../../controller/cli/render/cost-text.ts";
import { planToJson } from "../../../controller/cli/render/json.ts";
import { renderMarkdown } from "../../../controller/cli/render/markdown.ts";
import { createPaint } from "../../../controller/cli/render/paint.ts";
import { renderPlan } from "../../../controller/cli/render/text.ts";
import { costOf } from "../../../controller/core/cost.ts";
import type { GivenPrices, Scale } from "../../../controller/model/cost.ts";
import type { Plan } from "../../../controller/model/plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const golden = (name: string) => `../../golden/${name}`;
const scale: Scale = {
  services: new Map([["prod/web", { tasks: 4, onFargate: true }]]),
  insights: [
    {
      cluster: "prod",
      before: { mode: "disabled", metrics: 0 },
      after: { mode: "enhanced", metrics: 1234 },
      isPartial: true,
    },
  ],
};
const given: GivenPrices = { prices: { alarmMetric: 0.125 }, regions: {} };

function priced(plan: Plan, file?: GivenPrices): Plan {
  const scaled = { ...plan, scale };
  return { ...scaled, cost: costOf(scaled, file) };
}

const plain = (plan: Plan) => renderCost(plan, 100, createPaint(false));

test("as text", async () => {
  await expect(plain(priced(samplePlan, given))).toMatchFileSnapshot(golden("cost.txt"));
});

test("as markdown", async () => {
  const { open, entries, close } = costSection(priced(samplePlan, given));
  await expect([open, ...entries, close, ""].join("\n")).toMatchFileSnapshot(golden("cost.md"));
});

test("as html", async () => {
  await expect(`${renderHtmlCost(priced(samplePlan, given))}\n`).toMatchFileSnapshot(golden("cost.html"));
});

test("as JSON", async () => {
  const { cost } = planToJson(priced(samplePlan, given)) as { readonly cost: object };
  await expect(`${JSON.stringify(cost, null, 2)}\n`).toMatchFileSnapshot(golden("cost.json"));
});

test("a plan that writes nothing, or whose cost nobody asked for, says nothing of it", () => {
  expect(plain(priced(emptyPlan))).toBe("");
  expect(costSection(priced(emptyPlan)).entries).toEqual([]);
  expect(renderHtmlCost(priced(emptyPlan))).toBe("");
  expect(renderPlan(samplePlan, { colour: false })).not.toContain("Cost");
  expect(planToJson(samplePlan)).not.toHaveProperty("cost");
  expect(planToJson(priced(emptyPlan))).toMatchObject({ cost: { monthly: 0, lines: [] } });
});

test("what is deleted makes the bill smaller, and what balances out is told so", () => {
  const [alarm] = samplePlan.changes.filter(
    ({ kind, action }) => kind === "MetricAlarm" && action === "create",
  );
  if (alarm === undefined) throw new Error("the sample has an alarm");
  const gone = { ...alarm, action: "delete" as const, before: alarm.after, after: null };
  const head = (changes: Plan["changes"]) => plain(priced({ ...samplePlan, changes })).split("\n")[0];
  expect(head([gone])).toBe("Cost: about $0.10 less a month (list prices of us-east-1, 2026-11-22)");
  expect(head([gone, alarm])).toBe("Cost: nothing more a month");
  const filter = samplePlan.changes.find(({ kind }) => kind === "MetricFilter");
  if (filter === undefined) throw new Error("the sample has a filter");
  expect(head([gone, gone, gone, filter])).toBe(
    "Cost: nothing more a month, all in all (list prices of us-east-1, 2026-11-22)",
  );
});

test("names of others stay inert", () => {
  const cluster = "</details><script>`$(x)`|\u001b[2J";
  const [insights] = scale.insights;
  if (insights === undefined) throw new Error("there is one");
  const changes = samplePlan.changes.map((change) => ({ ...change, cluster }));
  const hostile = { ...samplePlan, changes, scale: { ...scale, insights: [{ ...insights, cluster }] } };
  const plan = { ...hostile, cost: costOf(hostile) };
  expect(plan.cost.notes.join()).toContain("<script>");
  expect(renderHtmlCost(plan)).not.toContain("<script>");
  expect(renderHtmlCost(plan)).not.toContain("\u001b");
  expect(plain(plan)).not.toContain("\u001b");
  const [entry = ""] = costSection(plan).entries;
  expect(entry).toMatch(/^- ``.*<\/details><script>`\$\(x\)`.* ``$|^- ``.*<script>.*``$/m);
  expect(renderMarkdown({ plans: [plan], failed: [] })).not.toContain("\u001b");
});

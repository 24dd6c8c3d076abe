import { expect, test } from "vitest";
import { formatJson, outcomeToJson, planToJson } from "../../../controller/cli/render/json.ts";
import { renderOutcome, renderOutcomes, renderPlan } from "../../../controller/cli/render/text.ts";
import type { Change, Outcome, Plan } from "../../../controller/model/plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const golden = (name: string) => `../../golden/${name}`;

test("a plan as text", async () => {
  await expect(renderPlan(samplePlan, { colour: false })).toMatchFileSnapshot(golden("plan.txt"));
});

test("a plan as text with colours, escapes spelt out", async () => {
  const text = renderPlan(samplePlan, { colour: true }).replaceAll("\u001b", "\\e");
  await expect(text).toMatchFileSnapshot(golden("plan-coloured.txt"));
});

test("a plan as JSON", async () => {
  await expect(formatJson(planToJson(samplePlan))).toMatchFileSnapshot(golden("plan.json"));
});

test("colours change nothing else", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
  const bare = renderPlan(samplePlan, { colour: true }).replaceAll(/\u001b\[[0-9;]*m/g, "");
  expect(bare).toBe(renderPlan(samplePlan, { colour: false }));
});

test.each(["text", "coloured", "json"])("no secret and no control character in %s", (format) => {
  const text =
    format === "json"
      ? formatJson(planToJson(samplePlan))
      : renderPlan(samplePlan, { colour: format === "coloured" });
  expect(text).not.toMatch(/hunter|secret-group|"original"/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
  expect(text.replaceAll(/\u001b\[[0-9;]*m/g, "")).not.toMatch(/(?!\n)\p{C}/u);
});

test("lines stay within the width", () => {
  const lines = renderPlan(samplePlan, { colour: false, width: 100 }).split("\n");
  const changes = lines.slice(1, lines.indexOf("Blocked"));
  expect(Math.max(...changes.map((line) => line.length))).toBeLessThanOrEqual(100);
});

test("JSON escapes keep the value", () => {
  const parsed = JSON.parse(formatJson(planToJson(samplePlan)));
  expect(parsed.changes.at(-1).name).toBe("/shared\u001b[2K\u202elog");
});

test("the order of keys that AWS gives does not show", () => {
  const turned = {
    ...samplePlan,
    changes: samplePlan.changes.map((change) => ({ ...change, after: turn(change.after) })),
  };
  expect(formatJson(planToJson(turned as Plan))).toBe(formatJson(planToJson(samplePlan)));
});

function turn(after: Change["after"]): Change["after"] {
  return after && Object.fromEntries(Object.entries(after).reverse());
}

const blockedOne = samplePlan.blocked.slice(0, 1);
const audited = samplePlan.changes.filter((change) => change.enforcement === "Audit");

test.each<[string, Plan, string]>([
  ["nothing to do", emptyPlan, "Nothing to do: 120 items stand as the policies say."],
  ["one item", { ...emptyPlan, unchanged: 1 }, "Nothing to do: 1 item stands as the policies say."],
  ["no item", { ...emptyPlan, unchanged: 0 }, "Nothing to do: no item stands under these policies."],
  [
    "something blocked",
    { ...emptyPlan, blocked: blockedOne },
    "Nothing to do: 120 items stand as the policies say; 1 blocked (1 not applicable), 0 unknown.",
  ],
  [
    "something unknown",
    { ...emptyPlan, unknown: samplePlan.unknown },
    "Nothing to do in what could be read: 120 items stand as the policies say; 0 blocked, 3 unknown.",
  ],
  [
    "audit only",
    { ...emptyPlan, changes: audited },
    "Plan: 0 to create, 0 to change, 0 to delete; 1 in audit, not written; 0 blocked, 0 unknown, 120 unchanged",
  ],
])("last line: %s", (_, plan, line) => {
  expect(renderPlan(plan, { colour: false }).trimEnd().split("\n").at(-1)).toBe(line);
});

test("an account in the dark is told once", () => {
  const failure = { code: "Unreachable", message: "the endpoint could not be reached" };
  const unknown = [
    { kind: "LogGroup" as const, ...failure },
    { kind: "Workload" as const, ...failure },
  ];
  const metadata = { ...emptyPlan.metadata, account: "" };
  const text = renderPlan({ ...emptyPlan, metadata, unchanged: 0, unknown }, { colour: false });
  expect(text.split("\n").slice(2)).toEqual([
    "Unknown",
    "  ? the account could not be read: Unreachable: the endpoint could not be reached",
    "    To go on: check the network, and AWS_ENDPOINT_URL if it is set.",
    "    Until it can be read, nothing of the account is changed or deleted.",
    "    Nor could LogGroup be read.",
    "",
    "Nothing to do in what could be read; 0 blocked, 2 unknown.",
    "",
  ]);
});

const outcomes: Outcome[] = [
  { kind: "LogGroup", id: "a", name: "/a", action: "create", result: "applied" },
  {
    kind: "MetricAlarm",
    id: "b",
    name: "b",
    action: "update",
    result: "failed",
    error: { code: "LimitExceeded", message: "no\nroom" },
  },
  { kind: "MetricAlarm", id: "c", name: "c", action: "delete", result: "skipped" },
];

test("outcomes as text", () => {
  expect(renderOutcomes(outcomes, { colour: false })).toBe(
    [
      "  failed to change MetricAlarm b: LimitExceeded: no\\u000aroom",
      "Applied: 1 created, 0 changed, 0 deleted; 1 failed, 1 skipped",
      "",
    ].join("\n"),
  );
});

test("a deployment that was begun and not waited for is not told as done", () => {
  const begun: Outcome = {
    kind: "TaskDefinition",
    name: "web",
    id: "arn",
    action: "update",
    result: "applied",
    note: "begun, not waited for",
  };
  expect(renderOutcome(begun, { colour: false })).toBe(
    "  changed TaskDefinition web: begun, not waited for\n",
  );
  expect(renderOutcomes([begun], { colour: false })).toBe(
    "Applied: 0 created, 1 changed, 0 deleted (1 begun, not waited for); 0 failed, 0 skipped\n",
  );
  expect(outcomeToJson(begun)).toMatchObject({ result: "applied", note: "begun, not waited for" });
});

test("outcomes as JSON", () => {
  expect(outcomes.map(outcomeToJson)).toEqual([
    { kind: "LogGroup", name: "/a", action: "create", result: "applied" },
    {
      kind: "MetricAlarm",
      name: "b",
      action: "update",
      result: "failed",
      error: { code: "LimitExceeded", message: "no\nroom" },
    },
    { kind: "MetricAlarm", name: "c", action: "delete", result: "skipped" },
  ]);
});

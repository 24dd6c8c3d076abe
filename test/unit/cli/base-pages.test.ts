// A plan beside its base in every format: this change first and open, what drifts anyway after it, folded where there is
// little room.
import { describe, expect, test } from "vitest";
import { renderHtml } from "../../../controller/cli/render/html.ts";
import { formatJson, planToJson } from "../../../controller/cli/render/json.ts";
import { maxComment, renderMarkdown } from "../../../controller/cli/render/markdown.ts";
import { renderPlan } from "../../../controller/cli/render/text.ts";
import type { Change, Plan } from "../../../controller/model/plan.ts";
import { besideBase } from "./compared-plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const golden = (name: string) => `../../golden/${name}`;
const [dropped] = samplePlan.changes.filter(
  ({ kind, action }) => kind === "MetricAlarm" && action === "create",
);
const [settled] = samplePlan.blocked;
const plan = besideBase(samplePlan, {
  ...emptyPlan,
  changes: dropped === undefined ? [] : [{ ...dropped, id: "x", name: "ecsmon/prod/web/no-longer" }],
  blocked: settled === undefined ? [] : [settled],
});
const markdown = (shown: Plan) => renderMarkdown({ plans: [shown], failed: [] });
const html = (shown: Plan) => renderHtml({ plans: [shown], failed: [] });

test("as text", async () => {
  await expect(renderPlan(plan, { colour: false })).toMatchFileSnapshot(golden("base.txt"));
});

test("as a comment", async () => {
  await expect(markdown(plan)).toMatchFileSnapshot(golden("base.md"));
});

test("as a page", async () => {
  await expect(html(plan)).toMatchFileSnapshot(golden("base.html"));
});

test("as JSON: the plan's own members hold what they always hold", async () => {
  const json = planToJson(plan) as Record<string, unknown>;
  await expect(formatJson({ changes: json["changes"], base: json["base"] })).toMatchFileSnapshot(
    golden("base.json"),
  );
  const bare = JSON.stringify({ ...json, base: undefined }).replaceAll(/,"origin":"(change|drift)"/g, "");
  expect(bare).toBe(JSON.stringify(planToJson(samplePlan)));
});

describe("where this change changes nothing", () => {
  const { changes, blocked, unknown, diagnostics } = samplePlan;
  const none = { changes: [], blocked: [], unknown: [], diagnostics: [] };
  const drifting: Plan = {
    ...samplePlan,
    base: {
      sourceRevision: "sha256:0",
      change: none,
      drift: { changes, blocked, unknown, diagnostics },
      dropped: none,
      counted: { changes },
    },
  };

  test("the headline says so, and the drift is still told", () => {
    expect(markdown(drifting)).toContain("## ecsmon plan: nothing by this change\n");
    expect(markdown(drifting)).toMatch(/^Drifting anyway: \d+ changes to \d+ services?, /m);
    expect(html(drifting)).toContain("<h1>ecsmon plan: nothing by this change</h1>");
    expect(html(drifting)).toMatch(/<h3 id="plan-1-change">With this change<\/h3>\n<p>Nothing\.<\/p>/);
    expect(renderPlan(drifting, { colour: false })).toContain("== With this change ==\n\nNothing.\n");
  });

  test("nor is there drift", () => {
    const still = {
      ...emptyPlan,
      base: {
        sourceRevision: "sha256:0",
        change: none,
        drift: none,
        dropped: none,
        counted: { changes: [] },
      },
    };
    expect(markdown(still)).toContain("Drifting anyway: nothing\n");
    expect(renderPlan(still, { colour: false })).toMatch(
      /Nothing to do: .*\n {2}with this change: nothing\n {2}drifting anyway: nothing\n$/,
    );
  });
});

describe("an item that this change touches, and of which some drifts anyway", () => {
  const item: Change = {
    kind: "MetricAlarm",
    id: "ecsmon/prod/web/cpu",
    name: "ecsmon/prod/web/cpu",
    cluster: "prod",
    service: "web",
    action: "update",
    policies: ["web"],
    enforcement: "Enforce",
    impact: "none",
    deletes: 0,
    needs: [],
    before: {},
    after: {},
    differences: [
      { path: "Period", before: 60, after: 120 },
      { path: "Threshold", before: 50, after: 80 },
    ],
  };
  const none = { changes: [], blocked: [], unknown: [], diagnostics: [] };
  const mixed = (drifting: readonly string[]): Plan => ({
    ...emptyPlan,
    changes: [item],
    base: {
      sourceRevision: "sha256:0",
      change: {
        ...none,
        changes: [
          {
            ...item,
            differences: item.differences.map((one) =>
              drifting.includes(one.path) ? { ...one, drifts: true } : one,
            ),
          },
        ],
      },
      drift: none,
      dropped: none,
      counted: { changes: [item] },
    },
  });

  test("shows which is which", () => {
    const shown = mixed(["Threshold"]);
    const text = renderPlan(shown, { colour: false });
    expect(text).toMatch(/\n +Period: 60 → 120\n +drifting anyway:\n +Threshold: 50 → 80\n/);
    expect(text).toContain("drifting anyway: fields of 1 item that this change touches too\n");
    const lines = "- Period: 60\n+ Period: 120\n  drifting anyway:\n- Threshold: 50\n+ Threshold: 80\n";
    expect(markdown(shown)).toContain(`@@\n${lines}`);
    expect(markdown(shown)).toContain("\nDrifting anyway: fields of 1 item that this change touches too\n");
    expect(
      html(shown).replaceAll(/<\/?(ins|del|span)>/g, (tag) => (tag.startsWith("</") ? "\n" : "")),
    ).toContain(lines);
    expect(planToJson(shown)).toMatchObject({
      changes: [
        {
          origin: "change",
          differences: [
            { path: "Period", before: 60, after: 120 },
            { path: "Threshold", before: 50, after: 80, origin: "drift" },
          ],
        },
      ],
    });
    expect(JSON.stringify(planToJson(shown)).match(/"origin":"drift"/g)).toHaveLength(1);
  });

  test("says so where what this change does of it is not shown", () => {
    const shown = mixed(["Threshold", "Period"]);
    expect(markdown(shown)).toContain(
      "@@\n  only ecsmon's own record in it\n  drifting anyway:\n- Period: 60\n",
    );
    expect(renderPlan(shown, { colour: false })).toMatch(
      /only ecsmon's own record in it\n +drifting anyway:\n +Period: 60 → 120\n/,
    );
  });
});

describe("a comment", () => {
  test("does not change with the revision of the base", () => {
    const { base } = plan;
    if (base === undefined) throw new Error("the sample has no base");
    expect(markdown({ ...plan, base: { ...base, sourceRevision: "sha256:ffff" } })).toBe(markdown(plan));
  });

  test("is found by the same marker with a base and without", () => {
    expect(markdown(plan).split("\n", 1)).toEqual(markdown(samplePlan).split("\n", 1));
  });

  test("has no secret in it, in no part", () => {
    for (const text of [markdown(plan), html(plan), renderPlan(plan, { colour: false })])
      expect(text).not.toMatch(/hunter|secret-group|"original"/);
  });

  test("of 500 services that change and 500 that drift fits, and cuts more of what drifts", () => {
    const own = samplePlan.changes.filter(({ service }) => service === "web");
    const many = (prefix: string) =>
      Array.from({ length: 500 }, (_, index) =>
        own.map(
          (change): Change => ({ ...change, id: `${change.id}-${index}`, service: `${prefix}-${index}` }),
        ),
      ).flat();
    const none = { changes: [], blocked: [], unknown: [], diagnostics: [] };
    const [change, drift] = [many("web"), many("old")];
    const text = markdown({
      ...samplePlan,
      changes: [...change, ...drift],
      base: {
        sourceRevision: "sha256:0",
        change: { ...none, changes: change, blocked: samplePlan.blocked },
        drift: { ...none, changes: drift },
        dropped: { ...none, changes: many("gone") },
        counted: { changes: [] },
      },
    });
    expect(text.length).toBeLessThanOrEqual(maxComment);
    expect(text.length).toBeGreaterThan(maxComment * 0.8);
    for (const index of [0, 99, 250, 499]) expect(text).toContain(`\`prod/web-${index}\``);
    const [open = "", folded = ""] = text.split("### Drifting anyway");
    expect(open).toContain("#### Details");
    expect(folded).toContain("<summary>Redeploys (");
    // What drifts is told in detail only where there is room for all else.
    expect(folded).not.toContain("<summary>Details (");
    expect(text.split("<details>").length).toBe(text.split("</details>").length);
  });
});

test("a base with errors is told of in every format, with the first of them", () => {
  const errors = Array.from({ length: 8 }, (_, index) => ({
    severity: "error" as const,
    code: "UnknownField",
    message: `unknown field f${index}`,
    file: "base/web.yaml",
    line: index + 1,
    column: 1,
  }));
  const alone: Plan = { ...samplePlan, base: { sourceRevision: "sha256:0", errors } };
  expect(markdown(alone)).toMatch(
    /\n> The policies of the base have 8 errors, [^\n]*\.\n>\n> - `base\/web.yaml:1`: `unknown field f0`\n(> - [^\n]*\n){4}> - … and 3 more\n/,
  );
  expect(markdown(alone).replace(/\n> The policies of the base[\s\S]*?3 more\n/, "")).toBe(
    markdown(samplePlan),
  );
  expect(html(alone)).toContain("unknown field f7");
  expect(renderPlan(alone, { colour: false })).toContain("the policies of the base have 8 errors");
  expect(planToJson(alone)).toMatchObject({ base: { errors } });
});

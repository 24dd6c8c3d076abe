// A plan as a comment: what stands in it, what is cut when it is too long, and that it stays the same.
import { expect, test } from "vitest";
import { maxComment, renderMarkdown } from "../../../controller/cli/render/markdown.ts";
import type { Change, Plan } from "../../../controller/model/plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const golden = (name: string) => `../../golden/${name}`;
const one = (plan: Plan) => renderMarkdown({ plans: [plan], failed: [] });
const other: Plan = { ...emptyPlan, metadata: { ...samplePlan.metadata, region: "us-east-1" } };

test("a plan as a comment", async () => {
  await expect(one(samplePlan)).toMatchFileSnapshot(golden("plan.md"));
});

test("several targets in one comment", async () => {
  const error = { code: "AccessDenied", message: "AssumeRole was denied" };
  const text = renderMarkdown({
    plans: [samplePlan, other],
    failed: [{ region: "eu-west-1", roleArn: "arn:aws:iam::210987654321:role/ecsmon", error }],
    config: "operators/prod--1.yaml",
    asOf: "2026-12-24T00:00:00.000Z",
  });
  await expect(text).toMatchFileSnapshot(golden("plans.md"));
});

test("nothing to do", () => {
  const text = one(emptyPlan);
  expect(text).toContain("## ecsmon plan: nothing to do\n\n**120 unchanged**");
  expect(text).not.toContain("####");
});

test("neither the time nor the revision of the policies changes it", () => {
  const { metadata } = samplePlan;
  const later = { ...metadata, createdAt: "2026-11-23T09:00:00.000Z", asOf: "2026-11-23T09:00:00.000Z" };
  expect(one({ ...samplePlan, metadata: { ...later, sourceRevision: "sha256:ffff" } })).toBe(one(samplePlan));
});

test("the order of keys that AWS gives does not show", () => {
  const turned = samplePlan.changes.map((change) => ({
    ...change,
    after: change.after && Object.fromEntries(Object.entries(change.after).reverse()),
  }));
  expect(one({ ...samplePlan, changes: turned })).toBe(one(samplePlan));
});

test("no secret and no control character", () => {
  const text = one(samplePlan);
  expect(text).not.toMatch(/hunter|secret-group|"original"/);
  expect(text).not.toMatch(/(?!\n)\p{C}/u);
  expect(text).toContain("! containerDefinitions[app].environment[DB_PASSWORD].value: changed");
});

test("the marker names whose plan of what it is, in a comment that nothing can end", () => {
  const metadata = { ...samplePlan.metadata, owner: "a--b" };
  const text = renderMarkdown({ plans: [{ ...emptyPlan, metadata }], failed: [], config: "--> <b>-" });
  expect(text.split("\n", 1)).toEqual([
    "<!-- ecsmon-plan owner=a%2D%2Db account=123456789012 region=eu-central-1 config=%2D%2D%3E%20%3Cb%3E%2D -->",
  ]);
});

/** The sample's changes, for each of many services. */
function manyServices(count: number): Plan {
  const own = samplePlan.changes.filter(({ service }) => service === "web");
  const changes = Array.from({ length: count }, (_, index) =>
    own.map((change): Change => ({ ...change, id: `${change.id}-${index}`, service: `web-${index}` })),
  ).flat();
  return { ...samplePlan, changes };
}

test("a change of 500 services fits, with tables of all that matters, and says what was cut", () => {
  const text = one(manyServices(500));
  expect(text.length).toBeLessThanOrEqual(maxComment);
  expect(text.length).toBeGreaterThan(maxComment * 0.8);
  expect(text).toContain("## ecsmon plan: 3000 changes to 500 services");
  expect(text).toContain("500 services redeploy");
  expect(text).toMatch(/> Shortened to fit into one comment: .*left out: .*\d+ services in detail/);
  for (const part of [
    "#### Redeploys",
    "#### Without a deployment",
    "#### Blocked",
    "#### Could not be read",
  ])
    expect(text).toContain(part);
  expect(text.split("<details>").length).toBeGreaterThan(10);
  expect(text.split("<details>").length).toBe(text.split("</details>").length);
});

test("each of 500 services is named, whatever else is cut", () => {
  const text = one(manyServices(500));
  for (const index of [0, 7, 99, 250, 499]) expect(text).toContain(`\`prod/web-${index}\``);
});

test("services for which there is room in short keep their details", () => {
  const plan = manyServices(28);
  const text = one(plan);
  expect(text).toContain("is told in one line. `ecsmon plan --format html` shows all of it.");
  expect(text.match(/<summary>/g)).toHaveLength(29);
});

test("nothing is cut from a plan that fits", () => {
  const text = one(manyServices(5));
  expect(text).not.toContain("Shortened");
  expect(text).toContain("+ EvaluationPeriods: 5");
});

test.each([2, 40, 200])("%i targets share one comment", (count) => {
  const plans = Array.from({ length: count }, (_, index) => ({
    ...manyServices(20),
    metadata: { ...samplePlan.metadata, account: String(100_000_000_000 + index) },
  }));
  const text = renderMarkdown({ plans, failed: [], config: "operator.yaml" });
  expect(text.length).toBeLessThanOrEqual(maxComment);
  expect(text).toContain(`${count} targets`);
  expect(text).toContain(`## ecsmon plan: ${count * 120} changes to ${count * 20} services`);
});

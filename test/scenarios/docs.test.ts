// What readers paste from the docs works: each example is planned and applied on a small estate, and then there is
// nothing left to do.
import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { listPages, policyBlocks, readBlocks, wrapPolicy } from "../unit/doc-pages.ts";
import { account, createBalancer, createService } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();

/** Inside the rollout window that an example has, and before the exception of another one expires. */
const asOf = new Date("2026-12-01T02:00:00Z");

beforeEach(() => {
  Object.assign(process.env, {
    MACKEREL_APIKEY: "write-key",
    MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel`,
  });
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const task = { taskRoleArn: `arn:aws:iam::${account}:role/task` };
  createService(
    world,
    "prod-a",
    "checkout",
    { tier: "web", team: "shop", kind: "alb", mackerel: "shop" },
    [createBalancer(world, "front", "application")("checkout")],
    { task, app: logged("checkout") },
  );
  createService(
    world,
    "prod-a",
    "gateway",
    { tier: "web", team: "search", logs: "firelens" },
    [createBalancer(world, "edge", "network")("gateway")],
    { task },
  );
  createService(world, "prod-a", "worker", { tier: "batch", kind: "worker" }, [], { task });
  createService(world, "prod-a", "batch-nightly", { tier: "batch" }, [], { task });
  world.sandbox.control.clearCalls();
});

/** A container that logs to CloudWatch already, as many do. */
function logged(service: string): Any {
  const group = `/ecs/prod-a/${service}`;
  world.call("logs", "CreateLogGroup", { logGroupName: group });
  const options = { "awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" };
  return { logConfiguration: { logDriver: "awslogs", options } };
}

/** What policies hold back is left to do for ever, and no fault of theirs: Audit, exceptions. */
const isExpected = ({ code }: Any): boolean => code === "NotApplicable" || code === "Suspended";
const toWrite = (json: Any): Any[] => json.changes.filter(({ enforcement }: Any) => enforcement !== "Audit");

/** What an item is, whichever service it is for. */
const sortOf = ({ kind, name }: Any): string =>
  `${kind} ${/^ecsmon\/prod-a\/[^/]+\/(.*)/.exec(name)?.[1] ?? ""}`;

const blocks = listPages()
  // The Japanese page has the English one's policies (test/unit/docs.test.ts).
  .filter((page) => page !== "docs/from-vms.ja.md")
  .flatMap(policyBlocks);
const files = readdirSync("crds/examples")
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => ({ place: `crds/examples/${file}`, text: readFileSync(`crds/examples/${file}`, "utf8") }));
const baseline = files.find(({ place }) => place.endsWith("/web-baseline.yaml"))?.text ?? "";
const examples = [
  ...readBlocks("README.md").filter(({ language }) => language === "yaml"),
  ...blocks,
  // One of them says only what differs from another.
  ...files.map(({ place, text }) => ({
    place,
    text: place.endsWith("/checkout-strict.yaml") ? `${baseline}---\n${text}` : text,
  })),
];

test.each(examples.map((block) => [block.place, block] as const))("%s", async (_, block) => {
  const policies = wrapPolicy(block);
  const { json: plan } = await world.plan(policies, { asOf });
  expect(plan.diagnostics.filter(({ severity }: Any) => severity === "error")).toEqual([]);
  expect(plan.unknown).toEqual([]);
  expect(plan.blocked.filter((one: Any) => !isExpected(one))).toEqual([]);
  expect(toWrite(plan)).not.toEqual([]);
  // What an example shows applies to some service at least.
  const planned = plan.changes.map(sortOf);
  expect(plan.blocked.map(sortOf).filter((sort: string) => !planned.includes(sort))).toEqual([]);

  const applied = await world.apply(policies, { asOf });
  expect(tally(applied.json.outcomes, ({ result }) => result)).toEqual({ applied: toWrite(plan).length });
  expect(applied.code).toBe(0);

  const again = await world.plan(policies, { asOf });
  expect(toWrite(again.json)).toEqual([]);
  expect(again.code).toBe(0);
});

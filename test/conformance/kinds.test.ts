// Every kind of the registry keeps the same promises. A new kind is held to them by being in it.
import { beforeEach, describe, expect, test } from "vitest";
import { parsePolicies } from "../../controller/api/parse.ts";
import { type AwsClients, createAws } from "../../controller/aws/clients.ts";
import { inventoryReads, readInventory } from "../../controller/aws/inventory.ts";
import type { Observed } from "../../controller/core/managed.ts";
import { selectWorkloads } from "../../controller/core/select.ts";
import { kinds } from "../../controller/kinds/index.ts";
import type { Kind } from "../../controller/kinds/kind.ts";
import { createMackerel, type MackerelApi } from "../../controller/mackerel/client.ts";
import { jsonEqual } from "../../controller/model/json.ts";
import { type Change, kindNames, type Plan } from "../../controller/model/plan.ts";
import { makePlan } from "../../controller/runtime/reconcile.ts";
import { seedEstate } from "../scenarios/estate.ts";
import { useWorld } from "../scenarios/harness.ts";
import { commonScene } from "./scenes/common.ts";
import { sceneOf } from "./scenes/index.ts";

const world = useWorld();
let aws: AwsClients;
let mackerel: MackerelApi | undefined;

beforeEach(() => {
  seedEstate(world);
  // One group that is there already, and not ours.
  world.call("logs", "CreateLogGroup", { logGroupName: "/ecs/prod-a/web-000" });
  aws = createAws();
  mackerel = createMackerel({
    env: { MACKEREL_APIKEY: "key", MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel` },
    sleep: () => Promise.resolve(),
  });
});

test("the registry is in order", () => {
  expect(kinds.map(({ name }) => name).sort()).toEqual([...kindNames].sort());
  expect(new Set(kinds.map(({ phase }) => phase)).size).toBe(kinds.length);
  for (const kind of kinds) {
    expect(kind.doc, kind.name).toMatch(/^[A-Z].*\.$/);
    expect(kind.removeBatch, kind.name).toBeGreaterThan(0);
  }
});

describe.each(kinds.map((kind) => [kind.name, kind] as const))("%s", (_name, kind) => {
  const { first, second, others: more = [], nobody, prepare } = sceneOf(kind.name);
  beforeEach(() => prepare?.(world));

  test("create, then observe: the plan is empty, and canonical twice is canonical once", async () => {
    await live(first);
    const plan = await planOf(first);
    expect(ofKind(plan, kind)).toEqual([]);
    const observation = await observe(kind, first);
    expect(observation.size).toBeGreaterThan(0);
    for (const { spec } of observation.values()) {
      const once = kind.canonical(spec);
      expect(jsonEqual(kind.canonical(once), once)).toBe(true);
    }
  });

  test("what the server fills in, reorders or adds changes nothing", async () => {
    await live(first);
    for (const mutate of ["reorder", "extra-fields", "absent-for-empty"] as const) {
      world.sandbox.control.clearFaults();
      world.sandbox.control.addFault({ action: { mutate } });
      expect(ofKind(await planOf(first), kind)).toEqual([]);
    }
  });

  test("one bad item fails alone", async () => {
    const changes = ofKind(await planOf(first), kind);
    for (const other of kinds.filter(({ phase }) => phase < kind.phase))
      await execute(other, ofKind(await planOf(first), other));
    const [bad, ...good] = changes;
    world.sandbox.control.addFault({
      // What stands in the request: a monitor is written under its own title.
      match: String(kind.roll ? bad?.service : (bad?.after?.["name"] ?? bad?.name)),
      action: "denied",
    });
    const results = await Promise.allSettled(
      changes.map((change) => kind.put(change, { aws, mackerel, owner: "ecsmon", now: () => new Date() })),
    );
    expect(results[0]?.status).toBe("rejected");
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(good.length);
  });

  test("what it sends stands in its IAM lists, and nothing else does", async () => {
    const reads = new Set<string>();
    const writes = new Set<string>();
    for (const policies of [first, second, ...more, nobody]) {
      const plan = await planOf(policies);
      world.sandbox.control.clearCalls();
      await observe(kind, policies);
      collect(reads);
      for (const one of inOrder(plan)) {
        world.sandbox.control.clearCalls();
        await execute(one.kind, one.changes);
        if (one.kind === kind) collect(writes);
      }
    }
    if (kind.roll !== undefined) await failAndRecover(kind, writes);
    expect([...writes].sort()).toEqual([...kind.writes].sort());
    expect([...reads].sort()).toEqual([...kind.reads].sort());
  });
});

test("reading the inventory sends what its list says", async () => {
  const sent = new Set<string>();
  const { first } = commonScene;
  await live(first);
  world.sandbox.control.clearCalls();
  const scope = { clusters: [], services: [] };
  await readInventory(aws, scope, () => undefined);
  // A service without tags is asked for them by name; an account without clusters for its number.
  const { services } = world.call("ecs", "DescribeServices", { cluster: "prod-a", services: ["web-000"] });
  world.call("ecs", "UntagResource", { resourceArn: services[0].serviceArn, tagKeys: ["tier"] });
  await planOf(first);
  world.sandbox.control.addFault({
    operation: "ListClusters",
    action: { respond: { status: 200, body: '{"clusterArns":[]}' } },
  });
  await readInventory(aws, scope, () => undefined);
  collect(sent);
  const others = new Set(kinds.flatMap(({ reads }) => reads));
  // Some of it kinds send too.
  const own = new Set<string>(inventoryReads);
  const told = [...sent].filter((action) => own.has(action) || !others.has(action));
  expect(told.sort()).toEqual([...inventoryReads].sort());
});

/** A rollout that fails is looked into, put back and marked; the next one that succeeds takes the mark away. */
async function failAndRecover(kind: Kind, writes: Set<string>): Promise<void> {
  const { first, second } = commonScene;
  await live(first);
  const [change] = ofKind(await planOf(second), kind) as [Change];
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: change.service, deploymentConfiguration });
  world.sandbox.control.clearCalls();
  world.sandbox.control.failDeployments("prod-a", String(change.service), { mode: "tasks-die" });
  const rolling = await kind.roll?.(change, { aws, mackerel, owner: "ecsmon", now: () => new Date() });
  await rolling?.check();
  await rolling?.putBack();
  collect(writes);
  world.sandbox.control.failDeployments("prod-a", String(change.service), undefined);
  const [again] = ofKind(await planOf(second.replace("x:2", "x:3")), kind) as [Change];
  world.sandbox.control.clearCalls();
  await execute(kind, [again]);
  collect(writes);
}

async function planOf(policies: string): Promise<Plan> {
  const options = {
    owner: "ecsmon",
    clusters: [],
    services: [],
    maxDeletes: 500,
    maxRedeploys: 500,
    deletePolicy: "sync" as const,
    asOf: new Date(),
    force: false,
  };
  const now = (): Date => new Date();
  return makePlan(parsePolicies([{ file: "p.yaml", text: policies }]), "test", options, {
    aws,
    mackerel,
    now,
    progress: () => undefined,
  });
}

async function live(policies: string): Promise<void> {
  for (const { kind, changes } of inOrder(await planOf(policies))) await execute(kind, changes);
}

/** As apply goes: what is written by ascending phase, then what is deleted by descending. */
function inOrder(plan: Plan): { kind: Kind; changes: Change[] }[] {
  const ascending = [...kinds].sort((a, b) => a.phase - b.phase);
  const parts = (order: readonly Kind[], deletes: boolean) =>
    order.map((kind) => ({
      kind,
      changes: ofKind(plan, kind).filter(({ action }) => (action === "delete") === deletes),
    }));
  return [...parts(ascending, false), ...parts(ascending.toReversed(), true)];
}

async function execute(kind: Kind, changes: readonly Change[]): Promise<void> {
  for (const change of changes.filter(({ action }) => action !== "delete")) {
    const context = { aws, mackerel, owner: "ecsmon", now: () => new Date() };
    if (kind.roll === undefined) await kind.put(change, context);
    else expect(await (await kind.roll(change, context)).check()).toEqual({ state: "settled" });
  }
  const deletes = changes.filter(({ action }) => action === "delete");
  if (deletes.length > 0)
    expect(await kind.remove?.(deletes, { aws, mackerel, owner: "ecsmon", now: () => new Date() })).toEqual(
      deletes.map(() => undefined),
    );
}

function ofKind(plan: Plan, kind: Kind): Change[] {
  return plan.changes.filter((change) => change.kind === kind.name);
}

async function observe(kind: Kind, policies: string): Promise<ReadonlyMap<string, Observed>> {
  const inventory = await readInventory(aws, { clusters: [], services: [] }, () => undefined);
  world.sandbox.control.clearCalls();
  const { policies: parsed } = parsePolicies([{ file: "p.yaml", text: policies }]);
  const context = { owner: "ecsmon", inventory, force: false, asOf: new Date() };
  const wanted = kind.desired(selectWorkloads(parsed, inventory.workloads, "ecsmon"), context);
  const observation = await kind.observe({ aws, mackerel, owner: "ecsmon", inventory, wanted, needed: [] });
  if (!observation.known) throw new Error(observation.failure.message);
  return observation.value.items;
}

/** What IAM asks for beside the action of the call itself. */
const implied: Readonly<Record<string, string | readonly string[]>> = {
  "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
  "cloudwatch:PutCompositeAlarm": "cloudwatch:TagResource",
  "cloudwatch:PutLogAlarm": ["cloudwatch:TagResource", "iam:PassRole"],
  "cloudwatch:PutDashboard": "cloudwatch:TagResource",
  "ecs:RegisterTaskDefinition": "iam:PassRole",
  "events:PutRule": "events:TagResource",
};
const prefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch", tagging: "tag" };

function collect(into: Set<string>): void {
  for (const { service, operation, input } of world.sandbox.control.calls()) {
    // Mackerel has no IAM.
    if (service === "mackerel") continue;
    const action = `${prefixes[service] ?? service}:${operation}`;
    into.add(action);
    for (const more of [implied[action] ?? []].flat()) into.add(more);
    // Creating with tags needs TagResource of the same service.
    if (operation.startsWith("Register") && (input as { tags?: unknown }).tags !== undefined)
      into.add("ecs:TagResource");
  }
}

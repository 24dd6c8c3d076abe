// Accounts that people have had their hands in, each by a seed: whatever stands there, and whatever cannot be read of it,
// the plan from a snapshot is the live one.
import { expect, test } from "vitest";
import { drifts } from "../simulation/drift.ts";
import { type Call, firstServices, seedEstate } from "../simulation/estate.ts";
import { deleteService, deployImage, isThere } from "../simulation/owners.ts";
import { firstForm, type PolicyForm, writePolicies } from "../simulation/policies.ts";
import { between, createRandom, pick, type Random } from "../simulation/random.ts";
import { useWorld } from "./harness.ts";
import { flags, useMackerel } from "./reference-estate.ts";
import { expectSame } from "./snapshot-harness.ts";

const world = useWorld();
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
const hands = 8;

const refusals: readonly (readonly [service: string, operation: string])[] = [
  ["ecs", "DescribeServices"],
  ["ecs", "DescribeTaskDefinition"],
  ["elasticloadbalancing", "DescribeTags"],
  ["events", "ListTagsForResource"],
  ["logs", "ListTagsForResource"],
  ["monitoring", "DescribeAlarms"],
  ["monitoring", "GetDashboard"],
  ["tagging", "GetResources"],
];

const textOf = (form: PolicyForm): string => Object.values(writePolicies(form)).join("---\n");

function layHandOn(call: Call, random: Random): void {
  const key = pick(random, firstServices);
  const turn = random();
  if (turn < 0.15 && isThere(call, key)) deleteService(call, key);
  else if (turn < 0.35 && isThere(call, key)) deployImage(call, key, `acme/app:${turn}`, random() < 0.5);
  else drifts[pick(random, Object.keys(drifts))]?.(call, random);
}

test.each(seeds)("seed %i", async (seed) => {
  useMackerel(world);
  const random = createRandom(seed);
  const { call } = seedEstate(world.sandbox.control);
  const form = { ...firstForm, extra: random() < 0.5 };
  expect((await world.apply(textOf(form), flags)).code).toBe(0);
  for (let count = 0; count < hands; count += 1) layHandOn(call, random);
  const changed = {
    ...form,
    threshold: between(random, 50, 90),
    extra: random() < 0.5,
    sidecar: between(random, 1, 2),
  };
  const json = await expectSame(world, textOf(changed));
  expect(json.changes.length + json.blocked.length).toBeGreaterThan(0);
  const [service, operation] = pick(random, refusals);
  world.sandbox.control.addFault({ service, operation, action: "denied" });
  await expectSame(world, textOf(changed), {
    ...flags,
    deletePolicy: random() < 0.5 ? "sync" : "upsert-only",
  });
});

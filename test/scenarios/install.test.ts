// What docs/install.md promises: its first policy, taking everything back, and handing over to another owner.
import { beforeEach, expect, test } from "vitest";
import { readBlocks } from "../unit/doc-pages.ts";
import { currentTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();
beforeEach(() => seedEstate(world));

/** The policies of the page, by name. */
const policies = new Map(
  readBlocks("docs/install.md").flatMap(({ language, text }) => {
    const [, name] = /^metadata: \{ name: (\w+) \}$/m.exec(text) ?? [];
    return language === "yaml" && name !== undefined ? [[name, text] as const] : [];
  }),
);
const policy = (name: string): string => {
  const text = policies.get(name);
  if (text === undefined) throw new Error(`docs/install.md has no policy ${name}`);
  return text;
};

const webServices = Array.from({ length: 6 }, (_, index) => `web-00${index}`);
const unguarded = { maxDeletes: 100_000, maxRedeploys: 100_000 };
const alarms = (): string[] =>
  world
    .call("monitoring", "DescribeAlarms", {})
    ["MetricAlarms"].map(({ AlarmName }: Any) => AlarmName)
    .sort();
/** Their tags, and what the running revision says. */
const services = (): Any[] =>
  webServices.map((service) => ({
    tags: world.call("ecs", "DescribeServices", {
      cluster: "prod-a",
      services: [service],
      include: ["TAGS"],
    })["services"][0].tags,
    containers: currentTask(world, "prod-a", service).containerDefinitions,
  }));
const containers = (service: string): string[] =>
  currentTask(world, "prod-a", service).containerDefinitions.map(({ name }: Any) => name);
const codes = ({ blocked }: Any): Record<string, number> => tally(blocked, ({ code }) => code);

test("the first policy makes alarms and redeploys nothing", async () => {
  const { code, json } = await world.apply(policy("first"));
  expect(code).toBe(0);
  expect(tally(json.outcomes, ({ kind, result }) => `${kind} ${result}`)).toEqual({
    "MetricAlarm applied": 16,
  });
  expect(json.plan.changes.map(({ impact }: Any) => impact)).not.toContain("deployment");
});

test("a policy that selects nothing takes everything back, once it is let through", async () => {
  const look = () => ({ alarms: alarms(), services: services() });
  const before = look();
  expect((await world.apply(webPolicy())).code).toBe(0);
  expect(containers("web-000")).toHaveLength(3);

  const held = await world.plan(policy("nothing"));
  expect(Object.keys(codes(held.json))).toEqual(["DeleteGuard"]);
  expect(held.json.summary.delete).toBe(0);

  expect((await world.apply(policy("nothing"), unguarded)).code).toBe(0);
  expect(await world.plan(policy("nothing"))).toMatchObject({
    code: 0,
    json: { changes: [], blocked: [], unknown: [] },
  });
  expect(containers("web-000")).toEqual(["app"]);
  expect(look()).toEqual(before);
});

test("another owner stands beside, waits for what is laid over, and gets it when it is given back", async () => {
  const [old, fresh] = [{ owner: "team-a" }, { owner: "team-b" }];
  expect((await world.apply(webPolicy(), old)).code).toBe(0);

  const beside = await world.apply(webPolicy(), fresh);
  expect(Object.keys(codes(beside.json.plan))).toContain("NotOwned");
  expect(new Set(beside.json.outcomes.map(({ result }: Any) => result))).toEqual(new Set(["applied"]));
  const names = alarms();
  for (const owner of ["team-a", "team-b"]) expect(names).toContain(`${owner}/prod-a/web-000/cpu-high`);

  expect((await world.apply(policy("nothing"), { ...old, ...unguarded })).code).toBe(0);
  expect(containers("web-000")).toEqual(["app"]);

  const after = await world.apply(webPolicy(), fresh);
  expect(codes(after.json.plan)).not.toHaveProperty("NotOwned");
  expect(containers("web-000")).toHaveLength(3);
  expect(await world.plan(webPolicy(), fresh)).toMatchObject({ code: 0, json: { changes: [] } });
  expect(await world.plan(policy("nothing"), old)).toMatchObject({
    code: 0,
    json: { changes: [], blocked: [] },
  });
});

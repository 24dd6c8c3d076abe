// The lines that an audit gives for its findings, pasted one by one, and the policy that it suggests, beside what is there: what
// an owner has stated stays.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AuditFlags, runAudit } from "../../controller/cli/audit.ts";
import { runValidate } from "../../controller/cli/validate.ts";
import { ownerTag } from "../../controller/core/names.ts";
import { seedDemo } from "../../controller/sandbox/seed.ts";
import { readBlocks } from "../unit/doc-pages.ts";
import { type Parts, pager, region, seedAccount, seedServices, worker } from "./audit-estate.ts";
import { named, situations } from "./audit-situations.ts";
import { account } from "./estate.ts";
import { type Any, capture, type Ran, tally, useWorld } from "./harness.ts";

const world = useWorld();

async function audit(flags: Partial<AuditFlags> = {}): Promise<Ran & { readonly json: Any }> {
  const ran = await capture((io) => runAudit({ format: "json", suggestPolicy: false, ...flags }, io));
  return { ...ran, json: JSON.parse(ran.stdout) };
}

const suggest = (): ReturnType<typeof audit> => audit({ suggestPolicy: true, notify: pager });

async function seed(services: Readonly<Record<string, Parts>>): Promise<void> {
  await seedAccount(world.call);
  const entries = Object.entries(services).map(([name, parts]) => [name, named(name, parts)] as const);
  await seedServices(world.call, new Map(entries));
}

const codesOf = (json: Any, name: string): string[] =>
  json.services.find(({ service }: Any) => service === name).findings.map(({ code }: Any) => code);

/** Each finding's lines in a policy of their own, for its service alone. */
function pasteLines({ services }: Any): string[] {
  return services.flatMap(({ cluster, service, findings }: Any) =>
    findings
      .filter(({ policy }: Any) => policy !== undefined)
      .map(
        ({ code, policy }: Any) => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${`${service}-${code}`.toLowerCase()} }
spec:
  selector: { clusters: ["${cluster}"], services: ["${service}"] }
${policy.replaceAll(/^/gm, "  ")}
`,
      ),
  );
}

async function validate(policies: readonly string[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-lines-"));
  for (const [index, text] of policies.entries()) writeFileSync(join(folder, `${index}.yaml`), text);
  return capture((io) => runValidate([folder], {}, io));
}

describe("the lines of each finding, pasted into a policy of their own,", () => {
  const seedAll = (): Promise<void> =>
    seed(Object.fromEntries(situations.map(([name, parts]) => [name, parts])));

  test("are valid, and close it", async () => {
    await seedAll();
    const policies = pasteLines((await audit({ notify: pager })).json);
    expect(policies.length).toBeGreaterThan(30);
    expect(await validate(policies)).toMatchObject({ code: 0 });
    const ran = await world.apply(policies.join("---\n"), { maxRedeploys: 500 });
    expect(tally(ran.json.outcomes, ({ result }) => result)).toEqual({ applied: ran.json.outcomes.length });
    expect(ran.code).toBe(0);
    // They bring nothing else along, such as an alarm that tells nobody.
    expect(pasteLines((await audit({ notify: pager })).json)).toEqual([]);
  });

  test("are as valid where nobody was named, and say where to name somebody", async () => {
    await seedAll();
    const { json } = await audit();
    const policies = pasteLines(json);
    expect(await validate(policies)).toMatchObject({ code: 0 });
    const tell = policies.filter((text) => /^ {2}(alarms|events):/m.test(text));
    expect(tell.length).toBeGreaterThan(20);
    for (const text of tell) {
      expect(text).toContain(`- arn:aws:sns:${region}:${account}:REPLACE-ME # the SNS topic to tell\n`);
      expect(text).toContain("severity: audit-suggestion");
    }
    expect(policies.filter((text) => text.includes("REPLACE-ME"))).toEqual(tell);
  });
});

describe("a retention that stands", () => {
  const bare = (name: string, over: Any = {}): Any => ({
    name,
    image: "example.com/web:1",
    essential: false,
    ...over,
  });
  const logsTo = (group: string): Any => ({
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": group,
        "awslogs-region": region,
        "awslogs-stream-prefix": "ecs",
        mode: "blocking",
      },
    },
  });
  const keepFor = (logGroupName: string, retentionInDays?: number): void => {
    world.call("logs", "CreateLogGroup", { logGroupName });
    if (retentionInDays !== undefined)
      world.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
  };
  const retentions = (): Record<string, number | undefined> =>
    Object.fromEntries(
      world
        .call("logs", "DescribeLogGroups", {})
        .logGroups.map(({ logGroupName, retentionInDays }: Any) => [logGroupName, retentionInDays]),
    );
  const beside = (...others: Any[]): Parts => ({ ...worker, others: [...worker.others, ...others] });

  async function applied(): Promise<Any> {
    const { json } = await suggest();
    const ran = await world.apply(json.suggestedPolicy, { maxRedeploys: 50 });
    expect(ran.code).toBe(0);
    const after = (await audit()).json;
    expect(after.score).toBe(json.promised.score);
    expect((await world.plan(json.suggestedPolicy)).code).toBe(0);
    return after;
  }

  test.each([7, 30, 3653])(
    "of %i days is not written over by a driver for another container",
    async (days) => {
      await seed({ web: { ...beside(bare("init")), logGroup: { retention: days } } });
      const after = await applied();
      expect(codesOf(after, "web")).toEqual([]);
      expect(retentions()["/ecs/web"]).toBe(days);
    },
  );

  test("stays on a group that another service shares, and on the one that a driver would log to", async () => {
    keepFor("/shared", 14);
    keepFor("/ecs/prod/none", 30);
    await seed({
      a: { ...worker, app: logsTo("/shared"), filter: undefined },
      b: { ...beside(bare("init")), app: logsTo("/shared"), filter: undefined },
      none: { ...worker, app: { logConfiguration: undefined }, logGroup: undefined },
    });
    const after = await applied();
    for (const name of ["a", "b", "none"]) expect(codesOf(after, name)).not.toContain("NoLogDriver");
    expect(retentions()).toMatchObject({ "/shared": 14, "/ecs/prod/none": 30 });
  });

  test("stays beside a group without one, whichever is the first container's", async () => {
    keepFor("/second", undefined);
    keepFor("/stated", 30);
    await seed({
      first: { ...beside(bare("web", logsTo("/second"))), logGroup: { retention: 30 } },
      last: { ...beside(bare("web", logsTo("/stated"))), logGroup: { retention: undefined } },
    });
    const after = await applied();
    expect(codesOf(after, "first")).toEqual([]);
    expect(codesOf(after, "last")).toEqual([]);
    expect(retentions()).toMatchObject({
      "/ecs/first": 30,
      "/second": 365,
      "/ecs/last": 365,
      "/stated": 30,
    });
  });

  test("is not asked for a group that the policy's one `logging` is not for, and that is said", async () => {
    const blocking = { ...logsTo("/ecs/web") };
    const options = { ...blocking.logConfiguration.options, "max-buffer-size": "1m" };
    await seed({
      web: {
        ...beside(bare("init")),
        app: { logConfiguration: { ...blocking.logConfiguration, options } },
        logGroup: { retention: undefined },
      },
    });
    const { json } = await suggest();
    expect(json.suggestedPolicy).toMatch(
      /# NoRetention \(prod\/web\):\n# {3}.*for one container or for all, and here it is for init\n/,
    );
    expect(codesOf(await applied(), "web")).toEqual(["NoRetention"]);
  });

  test("is not guessed where log groups could not be read", async () => {
    await seed({ web: beside(bare("init")) });
    world.sandbox.control.addFault({ operation: "DescribeLogGroups", action: "denied" });
    const { json } = await audit();
    const [{ policy }] = json.services[0].findings;
    expect(policy).toContain("driver: awslogs");
    expect(policy).not.toContain("retention");
  });
});

test("a log group that only comes with the policy gets a retention", async () => {
  const options = {
    "awslogs-group": "/ecs/fresh",
    "awslogs-region": region,
    "awslogs-stream-prefix": "ecs",
    "awslogs-create-group": "true",
  };
  await seed({
    fresh: {
      ...worker,
      app: { logConfiguration: { logDriver: "awslogs", options } },
      logGroup: undefined,
      alarms: { ...worker.alarms, logErrors: undefined },
    },
  });
  const { json, stderr } = await suggest();
  expect(stderr).not.toContain("NoRetention");
  await world.apply(json.suggestedPolicy);
  expect((await audit()).json).toMatchObject({ score: json.promised.score });
  expect(codesOf((await audit()).json, "fresh")).toEqual([]);
  const { logGroups } = world.call("logs", "DescribeLogGroups", { logGroupNamePrefix: "/ecs/fresh" });
  expect(logGroups).toMatchObject([{ retentionInDays: 365 }]);
});

test("what comes with it is told by service, though another had it before", async () => {
  const mute = Object.fromEntries(
    Object.entries(worker.alarms).map(([key, alarm]) => [key, alarm && { ...alarm, AlarmActions: [] }]),
  );
  const { cpu: _, ...rest } = worker.alarms;
  await seed({ mute: { ...worker, alarms: mute }, web: { ...worker, alarms: rest } });
  const { stderr } = await audit({ suggestPolicy: true });
  expect(stderr).toContain("with it these are found, too: AlarmWithoutActions (prod/web)");
});

test("lines that are held back are left out, though their finding would be closed", async () => {
  const alarms = { ...worker.alarms, cpu: undefined };
  await seed({ web: { ...worker, app: { logConfiguration: undefined }, logGroup: undefined, alarms } });
  // The task definition may use it, and its retention is another owner's to set.
  world.call("logs", "CreateLogGroup", {
    logGroupName: "/ecs/prod/web",
    tags: { [ownerTag]: "another" },
  });
  const { json } = await suggest();
  expect(json.suggestedPolicy).toMatch(
    /# NoLogDriver \(prod\/web\):\n# {3}a policy's lines for it are held back: NotOwned/,
  );
  expect((await world.apply(json.suggestedPolicy)).code).toBe(0);
  expect((await audit()).json.score).toBe(json.promised.score);
});

test("services in a deployment are told: they wait, and the promise with them", async () => {
  await seed({
    still: { ...worker, others: [] },
    rolling: { ...worker, others: [] },
    watched: worker,
  });
  world.sandbox.control.failDeployments("prod", "rolling", { mode: "unhealthy" });
  world.sandbox.control.failDeployments("prod", "watched", { mode: "unhealthy" });
  for (const service of ["rolling", "watched"])
    world.call("ecs", "UpdateService", { cluster: "prod", service, forceNewDeployment: true });
  const { stderr, json } = await suggest();
  expect(stderr).toContain("one service is in a deployment now (prod/rolling): apply leaves");
  expect((await world.apply(json.suggestedPolicy, { maxRedeploys: 50 })).code).toBe(3);
});

test("beside the README's own policy nothing is in conflict", async () => {
  seedDemo((service, operation, input) => world.call(service, operation, input), { account, region });
  world.call("sns", "CreateTopic", { Name: "pager" });
  const { json } = await suggest();
  const [readme = ""] = readBlocks("README.md").flatMap(({ language, text }) =>
    language === "yaml" ? [text] : [],
  );
  expect(readme).toContain("name: web-baseline");
  const { json: plan } = await world.plan(`${readme}---\n${json.suggestedPolicy}`, { maxRedeploys: 50 });
  expect(plan.blocked.filter(({ code }: Any) => code === "Conflict")).toEqual([]);
  // What the README states is what comes.
  const grace = plan.changes.filter(
    ({ kind, policies }: Any) => kind === "Service" && policies.includes("web-baseline"),
  );
  expect(grace.length).toBeGreaterThan(0);
  for (const { after } of grace) expect(after.healthCheckGracePeriodSeconds).toBe(90);
});

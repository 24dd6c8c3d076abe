// What a plan hides is in no snapshot either; and yet a plan from it says the same as a live one, with the key, and
// without it says what it could not compare.
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runPlan } from "../../controller/cli/plan.ts";
import { createBalancer, createService, seedEstate } from "./estate.ts";
import { type Any, capture, type Flags, type Ran, useWorld } from "./harness.ts";
import { putAlarm } from "./reference-estate.ts";

const world = useWorld();
const key = "a key of sixteen characters or more";
const flags: Flags = { maxDeletes: 50, maxRedeploys: 50, asOf: new Date() };

/** Twenty secrets, with characters that each encoding writes otherwise. */
const canary = (number: number): string => `c4n/ry+${number}?&=ü"`;
const canaries = Array.from({ length: 20 }, (_, number) => canary(number));

beforeEach(() => {
  seedEstate(world);
  Object.assign(process.env, {
    MACKEREL_APIKEY: "write-key",
    MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel`,
    ECSMON_SNAPSHOT_KEY: key,
  });
});
afterEach(() => {
  delete process.env["ECSMON_SNAPSHOT_KEY"];
});

/** The owner's secrets: in variables, log options, labels and tags' neighbours. */
function seedSecrets(): void {
  const app = {
    environment: [0, 1, 2, 3].map((number) => ({ name: `VALUE_${number}`, value: canary(number) })),
    logConfiguration: {
      logDriver: "splunk",
      options: { "splunk-token": canary(4), "splunk-url": `https://${canary(5)}`, tag: canary(6) },
    },
    dockerLabels: { "com.example.api-key": canary(7) },
  };
  createService(world, "prod-a", "secret", {}, [], { app });
  const routed = {
    name: "app",
    image: "app:1",
    essential: true,
    environment: [{ name: "TOKEN", value: canary(8) }],
    logConfiguration: {
      logDriver: "awsfirelens",
      options: { Name: "datadog", dd_tags: canary(9), Host: canary(10), dd_source: "kept" },
    },
  };
  const router = { name: "router", image: "router:1", firelensConfiguration: { type: "fluentbit" } };
  createService(world, "prod-a", "routed", {}, [], { task: { containerDefinitions: [routed, router] } });
}

interface Asked {
  readonly apikey?: string;
  readonly match?: string;
  readonly header?: string;
  readonly token?: string;
}

function policy({
  apikey = canary(11),
  match = "kept",
  header = canary(12),
  token = canary(13),
}: Asked = {}): string {
  const json = JSON.stringify;
  return `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: secrets }
spec:
  selector: { clusters: [prod-a], services: [secret, routed] }
  logging: { container: app, driver: awsfirelens, replaceDriver: true, options: { Name: datadog, apikey: ${json(apikey)}, dd_source: ${json(match)} } }
  sidecars:
    - container:
        name: side
        image: side:1
        essential: false
        memory: 64
        environment: [{ name: API_TOKEN, value: ${json(token)} }, { name: MODE, value: plain-to-see }]
        dockerLabels: { api-key: ${json(canary(14))} }
  mackerel:
    monitors:
      - type: external
        name: health of \${service.name}
        url: ${json(`https://me:${encodeURIComponent(canary(15))}@e.jp/\${service.name}?token=${encodeURIComponent(canary(16))}`)}
        method: POST
        requestBody: ${json(canary(17))}
        headers: [{ name: Authorization, value: ${json(header)} }, { name: X-Key, value: ${json(canary(18))} }]
`;
}

/** The one service that keeps its log driver, since its options name no secret. */
function replaceable(text: string): string {
  return text.replace("services: [secret, routed]", "services: [routed]");
}

const without = (stdout: string): string => stdout.replace(/"createdAt": "[^"]*"/, '"createdAt": "then"');

async function expectSame(text: string): Promise<Any> {
  const live = await world.plan(text, flags);
  const { file, code, stderr } = await world.takeSnapshot();
  expect(stderr).not.toContain("failed");
  expect(code).toBe(0);
  const replayed = await world.plan(text, { ...flags, snapshot: file });
  expect(without(replayed.stdout)).toBe(without(live.stdout));
  return live.json;
}

function editMonitor(change: Any): void {
  const [monitor] = world.call("mackerel", "ListMonitors", {})["monitors"];
  world.call("mackerel", "UpdateMonitor", { monitorId: monitor.id, monitor: { ...monitor, ...change } });
}

describe("with the key, a plan from a snapshot says what a live one says", () => {
  beforeEach(seedSecrets);

  test("before anything stands, when all stands, and of each thing that changes", async () => {
    const text = replaceable(policy());
    expect((await expectSame(text)).changes.length).toBeGreaterThan(1);
    expect((await world.apply(text, flags)).code).toBe(0);
    expect((await expectSame(text)).changes).toEqual([]);
    for (const asked of [
      { apikey: "another" },
      { match: "another" },
      { header: "another" },
      { token: "another" },
    ])
      expect((await expectSame(replaceable(policy(asked)))).changes.length).toBeGreaterThan(0);
    expect((await expectSame(replaceable(policy()).replace(/ {2}logging:.*\n/, ""))).changes.length).toBe(1);
    const released = text.replace("services: [routed]", "services: [nobody]");
    expect((await expectSame(released)).changes.length).toBeGreaterThan(1);
  });

  test("and of what others have changed meanwhile", async () => {
    const text = replaceable(policy());
    expect((await world.apply(text, flags)).code).toBe(0);
    editMonitor({ requestBody: "edited" });
    expect((await expectSame(text)).changes).toHaveLength(1);
    editMonitor({ url: "https://me:edited@e.jp/routed?token=edited", headers: [] });
    expect((await expectSame(text)).changes).toHaveLength(1);
  });
});

describe("without the key", () => {
  beforeEach(seedSecrets);
  const codes = (json: Any): string[] => json.diagnostics.map(({ code }: Any) => code);

  async function planBlind(text: string, ofPlan: string | undefined, ofSnapshot?: string): Promise<Any> {
    const set = (value: string | undefined): void => {
      if (value === undefined) delete process.env["ECSMON_SNAPSHOT_KEY"];
      else process.env["ECSMON_SNAPSHOT_KEY"] = value;
    };
    set(ofSnapshot);
    const { file } = await world.takeSnapshot();
    set(ofPlan);
    const ran = await world.plan(text, { ...flags, snapshot: file });
    set(key);
    return ran.json;
  }

  test("what stands counts as unchanged, and that is told with how many values it is of", async () => {
    const text = replaceable(policy());
    expect((await world.apply(text, flags)).code).toBe(0);
    for (const [ofPlan, ofSnapshot, code] of [
      [undefined, key, "SnapshotKeyMissing"],
      [key, undefined, "SnapshotKeyMissing"],
      ["another key, sixteen characters long", key, "SnapshotKeyDiffers"],
    ] as const) {
      const blind = await planBlind(
        replaceable(policy({ apikey: "another", token: "too" })),
        ofPlan,
        ofSnapshot,
      );
      expect(blind.changes).toEqual([]);
      expect(codes(blind)).toContain(code);
      const { message } = blind.diagnostics.find((one: Any) => one.code === code);
      // apikey, dd_source, API_TOKEN, api-key; the URL, the body and two headers.
      expect(message).toMatch(/^8 hidden values could not be compared/);
    }
    // What is shown is compared.
    const shown = text.replace("plain-to-see", "another-one");
    expect((await planBlind(shown, undefined, key)).changes).toHaveLength(1);
  });

  test("who takes the snapshot is told, once hidden values of ours stand, and only then", async () => {
    const taken = async (value: string | undefined): Promise<string> => {
      if (value === undefined) delete process.env["ECSMON_SNAPSHOT_KEY"];
      else process.env["ECSMON_SNAPSHOT_KEY"] = value;
      const { code, stderr } = await world.takeSnapshot();
      expect(code, stderr).toBe(0);
      return stderr;
    };
    expect(await taken(undefined)).not.toContain("ECSMON_SNAPSHOT_KEY");
    const text = replaceable(policy());
    expect((await world.apply(text, flags)).code).toBe(0);
    expect(await taken(undefined)).toContain(
      "ECSMON_SNAPSHOT_KEY is not set, so hidden values of ours in 1 task definition and 1 monitor cannot be compared",
    );
    expect(await taken(key)).not.toContain("ECSMON_SNAPSHOT_KEY");
    const plain = text
      .replace(/ {2}(logging|mackerel):[\s\S]*?\n(?= {2}\w|$)/g, "")
      .replace(/ {8}(environment|dockerLabels):.*\n/g, "");
    expect((await world.apply(plain, flags)).code).toBe(0);
    expect(await taken(undefined)).not.toContain("ECSMON_SNAPSHOT_KEY");
  });

  test("a key that is too short is refused", async () => {
    process.env["ECSMON_SNAPSHOT_KEY"] = "short";
    await expect(world.takeSnapshot()).rejects.toThrow(/ECSMON_SNAPSHOT_KEY has 5 characters; give it 16/);
  });
});

describe("no secret", () => {
  const forms = (secret: string): string[] => {
    const bytes = Buffer.from(secret);
    const json = JSON.stringify(secret).slice(1, -1);
    return [
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      // Whatever stands before it: the parts of base64 that depend on nothing else.
      ...[0, 1, 2].map((shift) =>
        Buffer.concat([Buffer.alloc(shift), bytes])
          .toString("base64")
          .slice(4, -4),
      ),
      bytes.toString("hex"),
      encodeURIComponent(secret),
    ];
  };
  const leaks = (text: string): string[] =>
    canaries.filter((one) => forms(one).some((form) => text.includes(form)));

  test("stands in what others say of their things in tags and descriptions", async () => {
    const tag = (number: number): Any => ({ Key: "x-note", Value: canary(number) });
    createService(world, "prod-a", "grouped", {}, [createBalancer(world, "noted", "application")("noted")]);
    const [group] = world.call("elasticloadbalancing", "DescribeTargetGroups", { Names: ["noted"] })[
      "TargetGroups"
    ];
    const ResourceArns = [group.TargetGroupArn];
    world.call("elasticloadbalancing", "AddTags", { ResourceArns, Tags: [tag(0)] });
    world.call("logs", "CreateLogGroup", { logGroupName: "/noted", tags: { "x-note": canary(1) } });
    putAlarm(world, "noted", { AlarmDescription: canary(2) });
    putAlarm(world, "ecsmon/prod-a/web-000/by-hand", { AlarmDescription: "kept: it would be deleted" });
    const pattern = { source: ["aws.ecs"] };
    const rule = {
      Name: "noted",
      Description: canary(3),
      EventPattern: JSON.stringify(pattern),
      Tags: [tag(4)],
    };
    world.call("events", "PutRule", rule);
    const monitor = { type: "external", name: "by hand", url: "https://e.jp/", memo: canary(5) };
    world.call("mackerel", "CreateMonitor", { monitor: { ...monitor, containsString: canary(6) } });
    const health = "  targetGroup: { healthCheck: { path: /ready } }\n";
    const text = replaceable(policy())
      .replace("services: [routed]", "services: [grouped, web-000]")
      .replace(/ {2}logging:.*\n/, health);
    for (const _ of ["before it is applied", "after"]) {
      await expectSame(text);
      const content = readFileSync((await world.takeSnapshot()).file, "utf8");
      expect(leaks(content)).toEqual([]);
      expect(content).not.toContain("x-note");
      for (const stays of ['"noted"', "/noted", '"by hand"', "kept: it would be deleted"])
        expect(content).toContain(stays);
      expect((await world.apply(text, flags)).code).toBe(0);
      putAlarm(world, "ecsmon/prod-a/web-000/by-hand", { AlarmDescription: "kept: it would be deleted" });
    }
  });

  test("is in a snapshot, zipped or not, nor in any plan from it", async () => {
    seedSecrets();
    const text = replaceable(policy());
    expect(
      leaks(
        `${text}${JSON.stringify(world.call("ecs", "DescribeTaskDefinition", { taskDefinition: "prod-a-secret" }))}`,
      ).length,
    ).toBeGreaterThan(15);
    for (const given of [text, replaceable(policy({ token: canary(19), apikey: canary(0) })), policy()]) {
      const { file } = await world.takeSnapshot();
      const zipped = await world.takeSnapshot("account.snapshot.gz");
      const content = readFileSync(file, "utf8");
      expect(content).toContain("concealed:");
      expect(leaks(content)).toEqual([]);
      expect(leaks(gunzipSync(readFileSync(zipped.file)).toString("utf8"))).toEqual([]);
      const said: Ran[] = [
        await world.plan(given, { ...flags, snapshot: file }),
        await world.planText(given, { ...flags, snapshot: zipped.file }),
      ];
      for (const format of ["markdown", "html"]) {
        const policies = `${file}.yaml`;
        writeFileSync(policies, given);
        const options = { owner: "ecsmon", deletePolicy: "sync" as const, detailedExitcode: false };
        said.push(
          await capture((io) =>
            runPlan(
              { ...options, maxDeletes: 50, maxRedeploys: 50, policies: [policies], format, snapshot: file },
              io,
            ),
          ),
        );
      }
      for (const { stdout, stderr } of said) {
        expect(leaks(stdout + stderr)).toEqual([]);
        expect(stdout + stderr).not.toContain("concealed:");
      }
      expect(said.map(({ stdout }) => stdout).join("")).toContain("(hidden)");
      if (given === text) expect((await world.apply(given, flags)).code).toBe(0);
    }
  });
});

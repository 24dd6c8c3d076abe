// What somebody writes by hand into a service's task definition is shown nowhere, also inside sidecars of ours and within
// commands; and yet a plan from a snapshot says what a live one says.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { runPlan } from "../../controller/cli/plan.ts";
import { createService, currentTask } from "./estate.ts";
import { type Any, capture, type Flags, useWorld } from "./harness.ts";

const world = useWorld();
const flags: Flags = { maxDeletes: 50, maxRedeploys: 50, asOf: new Date() };
const canary = "c4narY-7f3a";

const check = (command: string): Any => ({ command: ["CMD-SHELL", command], interval: 30 });
const policy = (sidecars: string, more = ""): string => `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: hand }
spec:
  selector: { clusters: [prod-a], services: [web] }
  logging: { container: app, group: /ecs/web }
  ${sidecars}
${more}`;
const sidecars = `sidecars:
    - { preset: mackerel-container-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:eu-central-1:123456789012:parameter/mackerel" } } }
    - container:
        name: jmx
        image: jmx:1
        essential: false
        memory: 64
        command: [serve, --level, plain-to-see]
        environment: [{ name: JMX_LEVEL, value: plain-to-see }]
`;

beforeEach(() => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  process.env["ECSMON_SNAPSHOT_KEY"] = "a key of sixteen characters or more";
  return () => {
    delete process.env["ECSMON_SNAPSHOT_KEY"];
  };
});

/** Somebody registers what runs, with a change, and deploys it. */
function deploy(change: (containers: Record<string, Any>, definition: Any) => void): void {
  const {
    taskDefinitionArn: _,
    revision: __,
    status: ___,
    compatibilities: ____,
    ...definition
  } = currentTask(world, "prod-a", "web");
  change(Object.fromEntries(definition.containerDefinitions.map((one: Any) => [one.name, one])), definition);
  world.call("ecs", "RegisterTaskDefinition", definition);
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web", taskDefinition: "prod-a-web" });
}

const everyFormat = ["text", "json", "markdown", "html"];
const withoutTime = (text: string): string => text.replace(/"createdAt": ?"[^"]*"/g, "");

/** All that is said of it, JSON and others: live, saved and from a snapshot, which has to say the same. */
async function tell(
  text: string,
  formats: readonly string[] = ["json"],
): Promise<{ readonly said: string; readonly plan: Any }> {
  const { file, code, stderr } = await world.takeSnapshot();
  expect(code, stderr).toBe(0);
  const policies = `${file}.yaml`;
  const out = `${file}.plan`;
  writeFileSync(policies, text);
  const said = [readFileSync(file, "utf8"), stderr];
  const options = { owner: "ecsmon", deletePolicy: "sync" as const, detailedExitcode: false, ...flags };
  for (const format of formats) {
    const run = (more: Any): Promise<Any> =>
      capture((io) => runPlan({ ...options, policies: [policies], format, ...more }, io));
    const live = await run(format === "json" ? { saveTo: { file: out, version: "0.0.0" } } : {});
    const replayed = await run({ snapshot: file });
    expect(withoutTime(replayed.stdout)).toBe(withoutTime(live.stdout));
    said.push(live.stdout, live.stderr, replayed.stdout, replayed.stderr);
  }
  said.push(readFileSync(out, "utf8"));
  const { json } = await world.plan(text, flags);
  return { said: said.join("\n"), plan: json };
}

describe("a canary that somebody wrote", () => {
  const own: readonly (readonly [string, (containers: Record<string, Any>) => void])[] = [
    ["over a variable of a sidecar of ours", ({ jmx }) => (jmx.environment[0].value = canary)],
    ["as another variable of it", ({ jmx }) => jmx.environment.push({ name: "ADDED", value: canary })],
    [
      "over a log option of it",
      ({ "mackerel-container-agent": agent }) =>
        (agent.logConfiguration.options["awslogs-stream-prefix"] = canary),
    ],
    [
      "as another log option",
      ({ "mackerel-container-agent": agent }) =>
        (agent.logConfiguration.options["awslogs-datetime-format"] = canary),
    ],
    [
      "into its log driver",
      ({ "mackerel-container-agent": agent }) =>
        (agent.logConfiguration = {
          logDriver: "splunk",
          options: { "splunk-index": canary, "splunk-url": "https://h/" },
        }),
    ],
    ["into its command", ({ jmx }) => (jmx.command = ["serve", "--api-token", canary])],
    ["into a check of it", ({ jmx }) => (jmx.healthCheck = check(`curl -u me:${canary} http://h/`))],
  ];
  test.each(own)("%s: put right, dropped, renamed", async (_, change) => {
    createService(world, "prod-a", "web", {}, [], { app: { environment: [] } });
    const text = policy(sidecars);
    expect((await world.apply(text, flags)).code).toBe(0);
    deploy(change);
    expect(JSON.stringify(currentTask(world, "prod-a", "web"))).toContain(canary);
    for (const wanted of [
      text,
      policy(""),
      policy(sidecars.replaceAll("name: jmx", "name: jmy")),
      policy(sidecars, "  enforcement: Audit\n"),
    ]) {
      const { said, plan } = await tell(wanted, wanted === text ? everyFormat : undefined);
      expect(said).not.toContain(canary);
      expect(plan.changes.map(({ kind }: Any) => kind)).toContain("TaskDefinition");
    }
    const applied = await world.apply(text, flags);
    expect(applied.code).toBe(0);
    expect(applied.stdout + applied.stderr).not.toContain(canary);
    expect(applied.stdout).toContain("plain-to-see");
    expect((await tell(text)).plan.changes).toEqual([]);
  });

  const theirs: readonly (readonly [string, Any])[] = [
    ["a header of a check", { healthCheck: check(`curl -H 'Authorization: Bearer ${canary}' http://h/`) }],
    ["a user of a check", { healthCheck: check(`curl -u me:${canary} http://h/`) }],
    ["a URL of a command", { command: ["run", `--db=postgres://me:${canary}@h/db`] }],
    ["a flag of an entry point", { entryPoint: ["run", "--password", canary] }],
    ["a variable of a command", { command: ["sh", "-c", `API_TOKEN=${canary} run`] }],
    [
      "a URL's user in a log option",
      { logConfiguration: { logDriver: "splunk", options: { "splunk-url": `https://me:${canary}@h/` } } },
    ],
    [
      "a URL's query in a log option",
      { logConfiguration: { logDriver: "splunk", options: { "splunk-url": `https://h/?token=${canary}` } } },
    ],
    [
      "a log option of another name",
      {
        logConfiguration: { logDriver: "splunk", options: { "splunk-index": canary, mode: "non-blocking" } },
      },
    ],
  ];
  test.each(theirs)(
    "into the owner's container, as %s: it is in no output and in no record",
    async (place, app) => {
      createService(world, "prod-a", "web", {}, [], { app });
      const text = policy(`${sidecars}  healthCheck: { container: app, command: [CMD, "true"] }`).replace(
        "group: /ecs/web",
        "group: /ecs/web, replaceDriver: true",
      );
      const { said, plan } = await tell(text, everyFormat);
      expect(said).not.toContain(canary);
      const isKept = place !== "a log option of another name";
      const isReplaced = "healthCheck" in app || "logConfiguration" in app;
      const codes = plan.blocked.map(({ code }: Any) => code);
      expect(codes).toEqual(isReplaced && isKept ? ["SecretInOriginal"] : []);
      await world.apply(text, flags);
      expect((await tell(text)).said).not.toContain(canary);
      const labels = currentTask(world, "prod-a", "web").containerDefinitions.map(
        (one: Any) => one.dockerLabels,
      );
      if (isKept) expect(JSON.stringify(labels)).not.toContain(canary);
    },
  );

  test("as a tag of a definition or for a proxy is in no plan, nor in a snapshot", async () => {
    createService(world, "prod-a", "web", {}, [], { app: { environment: [] } });
    deploy((_, definition) => {
      definition.tags = [{ key: "team", value: canary }];
      definition.proxyConfiguration = {
        type: "APPMESH",
        containerName: "app",
        properties: [{ name: "AppPorts", value: canary }],
      };
    });
    expect((await tell(policy(sidecars))).said).not.toContain(canary);
  });
});

test("a sidecar from before its record had a hash stays as it is: nothing is redeployed, with the key or live", async () => {
  createService(world, "prod-a", "web", {}, [], { app: { environment: [] } });
  const text = policy(sidecars);
  expect((await world.apply(text, flags)).code).toBe(0);
  deploy((containers) => {
    for (const { dockerLabels } of Object.values(containers))
      for (const [name, record] of Object.entries<string>(dockerLabels ?? {}))
        dockerLabels[name] = record.replace(/("v":1),"written":"[0-9a-f]{16}"/, "$1");
  });
  expect(JSON.stringify(currentTask(world, "prod-a", "web"))).toMatch(/jmx\\",\\"sidecar\\":true,\\"v\\":1}/);
  expect((await tell(text)).plan.changes).toEqual([]);
  // Changed for another reason, it is shown as what it is: not known to be ours.
  const { said } = await tell(text.replace("--level, plain-to-see", "--level, high"));
  expect(said).toContain("high");
});

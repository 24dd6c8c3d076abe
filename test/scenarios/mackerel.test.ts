// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Mackerel's monitors: made, put right, released, and left alone where they are not ours or could not be read.
import { beforeEach, describe, expect, test } from "vitest";
import { account, createService, seedEstate } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();
/** As it stands in the policy, and in the mark. */
const filled = "${service.name}";
const secret = "Bearer hunter2";

beforeEach(() => {
  seedEstate(world);
  Object.assign(process.env, {
    MACKEREL_APIKEY: "write-key",
    MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel`,
  });
});

const external = `
      - type: external
        name: health of \${service.name}
        memo: |
          the runbook: https://e.jp/runbook
        url: https://\${service.name}.e.jp/health
        headers: [{ name: Authorization, value: "${secret}" }]`;
const host = `
      - type: host
        name: cpu of \${service.name}
        metric: container.cpu.app.usage
        operator: ">"
        critical: 80
        duration: 3
        scopes: ["web:\${service.name}"]`;

function policy(monitors = external + host, services = "[web-000, web-001]", more = ""): string {
  return `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: watch }
spec:
  selector: { clusters: [prod-a], services: ${services} }
${monitors === "" ? "  alarms: []" : `  mackerel:\n    monitors:${monitors}`}
${more}`;
}

function monitors(): Any[] {
  return world.call("mackerel", "ListMonitors", {})["monitors"];
}

function find(name: string): Any {
  return monitors().find((monitor) => monitor.name === name);
}

function update(name: string, change: Any): void {
  const monitor = find(name);
  world.call("mackerel", "UpdateMonitor", { monitorId: monitor.id, monitor: { ...monitor, ...change } });
}

function mark(service: string, name: string, owner = "ecsmon"): string {
  return `ecsmon: ${account}/us-east-1/${owner}/prod-a/${service}/${name}`;
}

/** Applies, and expects that nothing is left to do. */
async function settle(policies: string): Promise<void> {
  expect(await world.apply(policies)).toMatchObject({ code: 0 });
  expect(await world.plan(policies)).toMatchObject({ code: 0, json: { changes: [] } });
}

function mackerelCalls(): string[] {
  return world.sandbox.control.calls({ service: "mackerel" }).map(({ operation }) => operation);
}

describe("monitors", () => {
  test("are made once for each service, marked in the memo, and the next plan is empty", async () => {
    await settle(policy());
    expect(tally(monitors(), ({ name }) => name)).toEqual({
      "health of web-000": 1,
      "cpu of web-000": 1,
      "health of web-001": 1,
      "cpu of web-001": 1,
    });
    expect(find("health of web-000")).toMatchObject({
      memo: `the runbook: https://e.jp/runbook\n${mark("web-000", `health of ${filled}`)}`,
      headers: [{ name: "Authorization", value: secret }],
    });
    expect(find("cpu of web-001")).toMatchObject({ scopes: ["web: web-001"] });
  });

  test("that were edited are put right; a mute by hand stays", async () => {
    await settle(policy());
    update("cpu of web-000", { critical: 99, isMute: true, notificationInterval: 60 });
    const { json } = await world.plan(policy());
    expect(json.changes).toMatchObject([
      {
        action: "update",
        kind: "MackerelMonitor",
        name: "ecsmon/prod-a/web-000/cpu of web-000",
        differences: [
          { path: "critical", before: 99, after: 80 },
          { path: "notificationInterval", before: 60, after: null },
        ],
      },
    ]);
    await settle(policy());
    expect(find("cpu of web-000")).toMatchObject({ critical: 80, isMute: true });
    expect(find("cpu of web-000")).not.toHaveProperty("notificationInterval");
    await settle(policy(`${host}\n        isMute: false`));
    expect(find("cpu of web-000")).toMatchObject({ isMute: false });
  });

  test("keep a mute that came between plan and apply", async () => {
    await settle(policy());
    world.sandbox.control.addFault({
      service: "mackerel",
      operation: "GetMonitor",
      times: 1,
      action: "throttle",
    });
    const running = world.apply(policy(external + host.replace("80", "70"), "[web-000, web-001]"), {
      whileWaiting: () => update("cpu of web-000", { isMute: true }),
    });
    expect((await running).code).toBe(0);
    expect(find("cpu of web-000")).toMatchObject({ critical: 70, isMute: true });
  });

  test("keep fields that Mackerel has and we do not know", async () => {
    await settle(policy());
    update("cpu of web-000", { newerThanUs: { a: [1] } });
    expect((await world.plan(policy())).json.changes).toEqual([]);
    await settle(policy(external + host.replace("80", "70")));
    expect(find("cpu of web-000")).toMatchObject({ critical: 70, newerThanUs: { a: [1] } });
  });

  test("are deleted when no policy wants them, and nothing else is", async () => {
    const made = { type: "connectivity", name: "by hand", memo: "" };
    world.call("mackerel", "CreateMonitor", { monitor: made });
    for (const memo of [
      mark("web-000", "x", "other"),
      `ecsmon: ${account}/eu-west-1/ecsmon/prod-a/web-000/x`,
      "ecsmon: 999999999999/us-east-1/ecsmon/prod-a/web-000/x",
      "ecsmon: no mark",
    ])
      world.call("mackerel", "CreateMonitor", { monitor: { ...made, name: memo, memo } });
    await settle(policy());
    expect(monitors()).toHaveLength(9);
    await settle(policy(""));
    expect(monitors()).toHaveLength(5);
  });

  test("go with their service", async () => {
    await settle(policy(external, "[web-000, web-001]"));
    world.call("ecs", "DeleteService", { cluster: "prod-a", service: "web-000", force: true });
    await settle(policy(external, "[web-000, web-001]"));
    expect(monitors().map(({ name }) => name)).toEqual(["health of web-001"]);
  });

  const critical = (value: number): string =>
    host.replace("name: cpu of", "name: load of").replace("80", String(value));
  const another = policy(critical(90), "[web-000, web-001]").replace("name: watch", "name: other");
  const waiver = `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: waived }
spec:
  selector: { services: [web-000, web-001] }
  except: ["mackerel.load of ${filled}"]
  reason: a test
  expires: 2027-01-31
`;
  test.each([
    ["two policies differ", `${policy(critical(80))}---\n${another}`, 1],
    [
      "a tag that they name is gone",
      policy(critical(80).replace("app.usage", "${service.tags.gone}.usage")),
      1,
    ],
    ["an exception waives them", `${policy(critical(70))}${waiver}`, 0],
  ])("stay as they are, copies too, where %s", async (_why, policies, code) => {
    await settle(policy(critical(80)));
    world.call("mackerel", "CreateMonitor", {
      monitor: { ...find("load of web-000"), id: undefined, type: "connectivity" },
    });
    const before = monitors();
    expect((await world.apply(policies, { asOf: new Date("2026-11-23T02:00:00Z") })).code).toBe(code);
    expect(monitors()).toEqual(before);
  });

  test("in Audit are shown and not written", async () => {
    const { code, json } = await world.apply(policy(external, "[web-000]", "  enforcement: Audit"));
    expect([code, json.plan.changes[0].enforcement, monitors()]).toEqual([0, "Audit", []]);
  });

  test("show no secret in any output", async () => {
    const changed = policy(external.replace("hunter2", "hunter3") + host);
    const first = await world.plan(policy());
    await settle(policy());
    const second = await world.plan(changed);
    const others = [await world.planText(changed), await world.apply(changed)];
    for (const { stdout, stderr } of [first, second, ...others])
      expect(stdout + stderr).not.toMatch(/hunter|write-key/);
    expect(second.json.changes[0].differences).toEqual([
      { path: "headers[Authorization].value", before: "(hidden)", after: "(hidden)" },
    ]);
    expect(find("health of web-000").headers[0].value).toBe("Bearer hunter3");
  });
});

describe("another type", () => {
  const types = (): string[] =>
    monitors()
      .map(({ type }) => type)
      .sort();
  const query = `
      - { type: query, name: "cpu of \${service.name}", query: "cpu{service=\\"\${service.name}\\"}", legend: cpu, operator: ">", critical: 80 }`;
  const [before, after] = [policy(external + host, "[web-000]"), policy(external + query, "[web-000]")];

  test("is another monitor: the new one comes before the old one goes", async () => {
    await settle(before);
    update("cpu of web-000", { isMute: true });
    world.sandbox.control.clearCalls();
    await settle(after);
    expect(world.writes()).toEqual(["CreateMonitor", "DeleteMonitor"]);
    expect(types()).toEqual(["external", "query"]);
    expect(find("cpu of web-000").isMute).toBe(true);
  });

  test("is finished by the next run, if one was killed in between", async () => {
    await settle(before);
    world.sandbox.control.addFault({ operation: "DeleteMonitor", times: 1, action: "denied" });
    expect((await world.apply(after)).code).toBe(1);
    expect(types()).toEqual(["external", "host", "query"]);
    const { json } = await world.plan(after);
    expect(json.changes).toMatchObject([{ action: "delete", before: { type: "host" } }]);
    await settle(after);
    expect(types()).toEqual(["external", "query"]);
  });

  test("deletes nothing under upsert-only", async () => {
    await settle(before);
    expect((await world.plan(after, { deletePolicy: "upsert-only" })).json.changes).toEqual([]);
  });
});

describe("what is not ours", () => {
  const one = policy(external, "[web-000]");

  test("a monitor of the same name blocks ours, until it is handed over", async () => {
    const monitor = { type: "connectivity", name: "health of web-000", memo: "by hand" };
    const { id } = world.call("mackerel", "CreateMonitor", { monitor });
    const { code, json } = await world.apply(one);
    expect(code).toBe(1);
    expect(json.plan.blocked).toMatchObject([
      { code: "NotOwned", message: expect.stringContaining(`(id ${id})`) },
    ]);
    expect(monitors()).toEqual([expect.objectContaining(monitor)]);
    const line = /`(ecsmon: .*)`/.exec(json.plan.blocked[0].message)?.[1];
    update("health of web-000", { memo: `by hand\r\n${line}\r\n` });
    await settle(one);
    expect(monitors()).toMatchObject([{ type: "external", url: "https://web-000.e.jp/health" }]);
  });

  test("neither is another owner's of the same service; one of another Region is no matter", async () => {
    await settle(one);
    expect((await world.plan(one, { owner: "other" })).json.blocked).toMatchObject([
      { code: "NotOwned", message: expect.stringContaining("made by the owner ecsmon") },
    ]);
    update("health of web-000", { memo: mark("web-000", "x").replace("us-east-1", "eu-west-1") });
    expect((await world.plan(one)).json.changes).toMatchObject([{ action: "create" }]);
  });

  test("one that lost its mark since the plan is left as it is", async () => {
    await settle(one);
    world.sandbox.control.addFault({
      service: "mackerel",
      operation: "GetMonitor",
      times: 1,
      action: "throttle",
    });
    const whileWaiting = (): void => update("health of web-000", { memo: "mine now" });
    expect((await world.apply(policy(""), { whileWaiting })).json.outcomes).toMatchObject([
      { result: "failed", error: { code: "NotOwned" } },
    ]);
    expect(monitors()).toMatchObject([{ memo: "mine now" }]);
  });
});

describe("one monitor for many services", () => {
  const same = `
      - { type: external, name: the site, url: "https://e.jp/" }`;

  test("is held back, with a warning; for a single service it is made", async () => {
    const { code, json } = await world.apply(policy(same, '["web-*"]'));
    expect(code).toBe(1);
    expect(json.plan.diagnostics).toMatchObject([{ severity: "warning", code: "SameForEveryService" }]);
    expect(tally(json.plan.blocked, (blocked) => blocked.code)).toEqual({ Conflict: 6 });
    expect(monitors()).toEqual([]);
    await settle(policy(same, "[web-000]"));
    expect(monitors()).toHaveLength(1);
  });

  test("that stands stays when another service comes along", async () => {
    await settle(policy(same, '["web-000*"]'));
    createService(world, "prod-a", "web-0001", {});
    expect((await world.apply(policy(same, '["web-000*"]'))).code).toBe(1);
    expect(monitors()).toHaveLength(1);
  });
});

describe("a key", () => {
  test("is not needed where nobody wants monitors, and nothing is called", async () => {
    await settle(policy());
    delete process.env["MACKEREL_APIKEY"];
    world.sandbox.control.clearCalls();
    expect((await world.apply(policy(""))).code).toBe(0);
    expect([mackerelCalls(), monitors().length]).toEqual([[], 4]);
  });

  test("that is missing is told of by name", async () => {
    delete process.env["MACKEREL_APIKEY"];
    const { code, json } = await world.apply(policy());
    expect([code, json.plan.changes]).toEqual([1, []]);
    expect(json.plan.unknown).toMatchObject([
      { kind: "MackerelMonitor", code: "NoApiKey", message: expect.stringContaining("MACKEREL_APIKEY") },
    ]);
  });

  test("finds what is left over with a single call", async () => {
    await settle(policy());
    world.sandbox.control.clearCalls();
    expect((await world.plan(policy(""))).json.summary.delete).toBe(4);
    expect(mackerelCalls()).toEqual(["ListMonitors"]);
  });

  test("that may only read is enough for a plan", async () => {
    process.env["MACKEREL_APIKEY"] = "read-only-key";
    expect((await world.plan(policy())).json.summary.create).toBe(4);
    const { code, json } = await world.apply(policy());
    expect(code).toBe(1);
    expect(tally(json.outcomes, ({ error }) => error.code)).toEqual({ MackerelDenied: 4 });
  });
});

describe("a read that fails is not an empty list", () => {
  test.each([
    ["denied", "MackerelDenied"],
    ["throttle", "MackerelThrottled"],
    ["error500", "MackerelUnavailable"],
    [{ respond: { status: 200, body: "<html>maintenance</html>" } }, "MalformedAnswer"],
    [{ respond: { status: 200, body: "{}" } }, "MalformedAnswer"],
    [{ respond: { status: 200, body: '{"monitors":[{"type":"host"}]}' } }, "MalformedAnswer"],
    ["lost", "MackerelUnreachable"],
  ] as const)("%j", async (action, code) => {
    await settle(policy());
    world.sandbox.control.addFault({ service: "mackerel", operation: "ListMonitors", action });
    world.sandbox.control.clearCalls();
    for (const policies of [policy(""), policy(external)]) {
      const { code: exit, json } = await world.apply(policies);
      expect(exit).toBe(1);
      expect(json.plan.unknown).toMatchObject([{ kind: "MackerelMonitor", code }]);
    }
    expect(world.writes()).toEqual([]);
    expect(monitors()).toHaveLength(4);
  });

  test("a type that nobody knows yet hides nothing behind it", async () => {
    await settle(policy());
    const list = [{ id: "new", type: "tomorrow", name: "x" }, ...monitors()];
    world.sandbox.control.addFault({
      service: "mackerel",
      operation: "ListMonitors",
      action: { respond: { status: 200, body: JSON.stringify({ monitors: list }) } },
    });
    expect((await world.plan(policy())).json.changes).toEqual([]);
  });
});

describe("writes whose answers are lost", () => {
  test.each(["CreateMonitor", "UpdateMonitor", "DeleteMonitor"])("%s", async (operation) => {
    const steps = [
      policy(external, "[web-000]"),
      policy(external.replace("e.jp/health", "e.jp/up"), "[web-000]"),
      policy(""),
    ];
    for (const step of steps) {
      world.sandbox.control.addFault({ service: "mackerel", operation, times: 1, action: "lost" });
      await settle(step);
      world.sandbox.control.clearFaults();
      expect(monitors()).toHaveLength(step === steps[2] ? 0 : 1);
    }
  });

  test("a create that was not done is done again", async () => {
    world.sandbox.control.addFault({
      service: "mackerel",
      operation: "CreateMonitor",
      times: 1,
      action: "error500",
    });
    await settle(policy(external, "[web-000]"));
    expect(monitors()).toHaveLength(1);
  });
});

test("a service in the dark keeps its monitors", async () => {
  await settle(policy());
  world.sandbox.control.addFault({ operation: "DescribeServices", action: "denied" });
  expect((await world.apply(policy(""))).code).toBe(1);
  expect(monitors()).toHaveLength(4);
});

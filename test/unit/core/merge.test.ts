// What several policies say of one item: maps join, lists replace, null removes, priority wins, equals conflict.
import { describe, expect, it } from "vitest";
import { selectWorkloads } from "../../../controller/core/select.ts";
import { outcome, owner, policiesIn, select, workload } from "./builders.ts";

const cpu =
  "metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold";

describe("merging", () => {
  it("joins maps by key, over nested maps too", () => {
    const { logging } = select([
      `logging: { streamPrefix: ecs, options: { mode: non-blocking } }`,
      `logging: { retention: 30d, options: { max-buffer-size: 25m } }`,
    ]);
    expect(outcome(logging)).toEqual({
      streamPrefix: "ecs",
      retention: 2_592_000,
      options: { mode: "non-blocking", "max-buffer-size": "25m" },
    });
  });

  it("lets the higher priority win, field by field", () => {
    const { alarms } = select([
      `alarms: [{ name: cpu, ${cpu}, threshold: 80, evaluationPeriods: 5 }]`,
      `
      priority: 1
      alarms: [{ name: cpu, threshold: 70 }]
    `,
    ]);
    expect(outcome(alarms.get("cpu"))).toMatchObject({
      threshold: 70,
      evaluationPeriods: 5,
      comparison: "GreaterThanThreshold",
    });
  });

  it("replaces lists as a whole", () => {
    const { healthCheck, notifications } = select([
      `
      healthCheck: { command: [CMD, a, b], retries: 2 }
      notifications: { page: ["arn:aws:sns:r:1:a", "arn:aws:sns:r:1:b"], chat: ["arn:aws:sns:r:1:c"] }
      `,
      `
      priority: 5
      healthCheck: { command: [CMD, c] }
      notifications: { page: ["arn:aws:sns:r:1:d"] }
      `,
    ]);
    expect(outcome(healthCheck)).toEqual({ command: ["CMD", "c"], retries: 2 });
    expect(outcome(notifications.get("page"))).toEqual(["arn:aws:sns:r:1:d"]);
    expect(outcome(notifications.get("chat"))).toEqual(["arn:aws:sns:r:1:c"]);
  });

  it("replaces the source of an alarm as a whole: a metric never keeps an expression's metrics", () => {
    const { alarms } = select([
      `alarms: [{ name: x, expression: "a + b", metrics: { a: { namespace: N, metricName: A, statistic: Sum }, b: { namespace: N, metricName: B, statistic: Sum } }, comparison: GreaterThanThreshold, threshold: 1 }]`,
      `
      priority: 1
      alarms: [{ name: x, metric: { namespace: N, metricName: C, statistic: Sum } }]
      `,
    ]);
    expect(outcome(alarms.get("x"))).toMatchObject({
      source: { metric: { namespace: "N", metricName: "C", statistic: "Sum" } },
    });
    expect(JSON.stringify(outcome(alarms.get("x")))).not.toContain("expression");
  });

  it("joins the containers of sidecars: members by key, variables by name", () => {
    const { sidecars } = select([
      `sidecars: [{ container: { name: side, image: "a:1", essential: false, memory: 64, cpu: 8, command: [a, b], dockerLabels: { x: "1", y: "1" }, environment: [{ name: B, value: "1" }, { name: A, value: "1" }], secrets: [{ name: S, valueFrom: arn }] } }]`,
      `
      priority: 1
      sidecars: [{ container: { name: side, cpu: null, memory: 32, command: [c], dockerLabels: { x: "2" }, environment: [{ name: A, value: "2" }, { name: C, value: "3" }] } }]
      `,
    ]);
    expect(outcome(sidecars.get("side"))).toEqual({
      container: {
        name: "side",
        image: "a:1",
        essential: false,
        memory: 32,
        command: ["c"],
        dockerLabels: { x: "2", y: "1" },
        environment: [
          { name: "A", value: "2" },
          { name: "B", value: "1" },
          { name: "C", value: "3" },
        ],
        secrets: [{ name: "S", valueFrom: "arn" }],
      },
    });
  });

  it("joins a preset's settings, of which one source of the configuration stays", () => {
    const { sidecars } = select([
      `sidecars:
        - { preset: cloudwatch-agent, with: { config: { agent: {} }, memory: 64 } }
        - { preset: xray-daemon, with: { memory: 64 } }`,
      `
      priority: 1
      sidecars:
        - { preset: cloudwatch-agent, with: { configFrom: { valueFrom: arn } } }
        - { preset: xray-daemon, with: null }
      `,
    ]);
    expect(outcome(sidecars.get("cloudwatch-agent"))).toEqual({
      preset: "cloudwatch-agent",
      with: { configFrom: { valueFrom: "arn" }, memory: 64 },
    });
    expect(outcome(sidecars.get("xray-daemon"))).toEqual({ preset: "xray-daemon" });
  });

  it("replaces a log driver with its options, a sidecar of another form and a monitor of another type", () => {
    const { monitors, sidecars } = select([
      `
      sidecars:
        - { container: { name: side, image: "a:1", logConfiguration: { logDriver: gelf, options: { gelf-address: udp } } } }
        - { container: { name: xray-daemon, image: "a:1", memory: 64 } }
      mackerel: { monitors: [{ name: m, type: connectivity, scopes: [a], memo: low }] }
      `,
      `
      priority: 1
      sidecars:
        - { container: { name: side, logConfiguration: { logDriver: json-file } } }
        - { preset: xray-daemon }
      mackerel: { monitors: [{ name: m, type: external, url: "https://e.jp" }] }
      `,
      `
      priority: 2
      mackerel: { monitors: [{ name: m, memo: high }] }
      `,
    ]);
    expect(outcome(sidecars.get("side"))).toEqual({
      container: { name: "side", image: "a:1", logConfiguration: { logDriver: "json-file" } },
    });
    expect(outcome(sidecars.get("xray-daemon"))).toEqual({ preset: "xray-daemon" });
    expect(outcome(monitors.get("m"))).toEqual({
      name: "m",
      type: "external",
      url: "https://e.jp",
      memo: "high",
    });
  });

  it("takes the choice of a source away by null", () => {
    const { alarms, sidecars } = select([
      `
      alarms: [{ name: cpu, ${cpu}, threshold: 80 }]
      sidecars: [{ preset: cloudwatch-agent, with: { config: { agent: {} }, memory: 64 } }]
      `,
      `
      priority: 1
      alarms: [{ name: cpu, metric: null }]
      sidecars: [{ preset: cloudwatch-agent, with: { config: null } }]
      `,
    ]);
    expect(outcome(alarms.get("cpu"))).toEqual({ comparison: "GreaterThanThreshold", threshold: 80 });
    expect(outcome(sidecars.get("cloudwatch-agent"))).toEqual({
      preset: "cloudwatch-agent",
      with: { memory: 64 },
    });
  });

  it("takes a variable's name for what it is, whatever objects of the language have", () => {
    const { sidecars } = select([
      `sidecars: [{ container: { name: side, image: i, environment: [{ name: constructor, value: "1" }] } }]`,
      `sidecars: [{ container: { name: side, environment: [{ name: A, value: "1" }] } }]`,
    ]);
    expect(outcome(sidecars.get("side"))).toMatchObject({
      container: { environment: [{ name: "A" }, { name: "constructor", value: "1" }] },
    });
  });

  it("takes two forms of equal priority for a conflict", () => {
    const { monitors, sidecars } = select([
      `
      sidecars: [{ container: { name: xray-daemon, image: "a:1" } }]
      mackerel: { monitors: [{ name: m, type: connectivity }] }
      `,
      `
      sidecars: [{ preset: xray-daemon }]
      mackerel: { monitors: [{ name: m, type: external, url: "https://e.jp" }] }
      `,
    ]);
    expect(outcome(sidecars.get("xray-daemon"))).toMatch(/^Conflict: sidecars\.xray-daemon differs between/);
    expect(outcome(monitors.get("m"))).toMatch(/^Conflict: mackerel\.m differs between/);
  });

  it("wants of the policies that select a service what a sidecar and a monitor cannot be without", () => {
    const whole = `
      selector: { services: [api] }
      sidecars: [{ container: { name: side, image: "a:1" } }, { preset: datadog-agent, with: { apiKey: { valueFrom: arn } } }]
      mackerel: { monitors: [{ name: m, type: connectivity }] }`;
    const part = `
      sidecars: [{ container: { name: side, memory: 64 } }, { preset: datadog-agent }]
      mackerel: { monitors: [{ name: m, memo: x }] }`;
    const { monitors, sidecars } = select([whole, part]);
    const lack = (what: string, line: number): string =>
      `Incomplete: ${what} in any policy that selects this service (policy b, b.yaml:${line})`;
    expect(outcome(sidecars.get("side"))).toBe(lack('sidecar "side" has no image', 5));
    expect(outcome(sidecars.get("datadog-agent"))).toBe(
      lack('sidecar "datadog-agent" has no with.apiKey', 5),
    );
    expect(outcome(monitors.get("m"))).toBe(lack('monitor "m" has no type', 6));
    expect(outcome(select([whole, part], { service: "api" }).sidecars.get("side"))).toMatchObject({
      container: { image: "a:1", memory: 64 },
    });
  });

  it("removes by null: a field, an option, a whole section", () => {
    const { alarms, logging, healthCheck, notifications } = select([
      `
      alarms: [{ name: cpu, ${cpu}, threshold: 80, description: long }]
      logging: { options: { mode: blocking, max-buffer-size: 25m } }
      healthCheck: { command: [CMD, a] }
      notifications: { page: ["arn:aws:sns:r:1:a"] }
      `,
      `
      priority: 1
      alarms: [{ name: cpu, description: null }]
      logging: { options: { mode: null } }
      healthCheck: null
      notifications: { page: null }
      `,
    ]);
    expect(outcome(alarms.get("cpu"))).not.toHaveProperty("description");
    expect(outcome(logging)).toEqual({ options: { "max-buffer-size": "25m" } });
    expect(healthCheck).toBeUndefined();
    expect(notifications.get("page")).toBeUndefined();
  });

  describe.each([
    ["notifications", `{ x: ["arn:aws:sns:r:1:a"] }`],
    ["sidecars", "[{ preset: xray-daemon }]"],
    ["logMetrics", "[{ name: x, pattern: x }]"],
    ["queries", "[{ name: x, query: x }]"],
    ["alarms", `[{ name: x, ${cpu}, threshold: 80 }]`],
    ["events", `[{ preset: task-stopped, targets: ["arn:aws:sns:r:1:a"] }]`],
    ["mackerel", `{ monitors: [{ name: x, type: connectivity }] }`],
  ] as const)("null for the list %s", (section, given) => {
    const list = section === "mackerel" ? "monitors" : section;
    const words = `${section}: ${given}`;
    const none = `${section}: null`;

    it("takes every entry of a lower priority away, and none of a higher", () => {
      expect(select([words, none.replace(/^/, "priority: 1\n")])[list].size).toBe(0);
      expect(select([words.replace(/^/, "priority: 1\n"), none])[list].size).toBe(1);
      expect(select([words, none.replace(/^/, "priority: 1\n"), `priority: 2\n${words}`])[list].size).toBe(1);
    });

    it("takes them away where an override says so, and no others", () => {
      const over = (and: string) =>
        `${words}\noverrides:\n  - { selector: { services: [web] }, ${none} }\n${and}`;
      expect(select(over(""))[list].size).toBe(0);
      expect(select(over(""), { service: "api" })[list].size).toBe(1);
      expect(select(over(`  - { selector: { services: [web] }, ${words} }`))[list].size).toBe(1);
      expect(select([over(""), `priority: -1\n${words}`])[list].size).toBe(0);
    });

    it("conflicts with entries of the same priority, each by its name", () => {
      const [item] = select([words, none])[list].values();
      const label = `${section}\\.${section === "sidecars" ? "xray-daemon" : section === "events" ? "task-stopped" : "x"}`;
      expect(outcome(item)).toMatch(
        new RegExp(`^Conflict: ${label} differs between policy a .a.yaml:5. and policy b .b.yaml:5.`),
      );
    });
  });

  it("takes away by `mackerel.monitors: null` as by `mackerel: null`", () => {
    const { monitors } = select([
      "mackerel: { monitors: [{ name: x, type: connectivity }] }",
      `
      priority: 1
      mackerel: { monitors: null }
      `,
    ]);
    expect(monitors.size).toBe(0);
  });

  it("takes away by null what an override does not give again", () => {
    const { alarms } = select([
      `alarms: [{ name: cpu, ${cpu}, threshold: 80 }, { name: other, ${cpu}, threshold: 1 }]`,
      `
      priority: 1
      alarms: null
      overrides: [{ selector: { services: [web] }, alarms: [{ name: cpu, threshold: 70 }] }]
      `,
    ]);
    expect([...alarms.keys()]).toEqual(["cpu"]);
  });

  it("adds nothing from below a null, and something from above it", () => {
    const { logging } = select([
      `logging: { options: { env: low } }`,
      `
      priority: 1
      logging: { options: null }
      `,
      `
      priority: 2
      logging: { options: { tag: high } }
      `,
    ]);
    expect(outcome(logging)).toEqual({ options: { tag: "high" } });
  });

  it("blocks the whole item on equal priority with different values, naming both places", () => {
    const { alarms } = select([
      `alarms: [{ name: cpu, ${cpu}, threshold: 80 }, { name: other, ${cpu}, threshold: 1 }]`,
      `
      alarms:
        - name: cpu
          threshold: 90
      `,
    ]);
    expect(outcome(alarms.get("cpu"))).toBe(
      "Conflict: threshold is 80 in policy a (a.yaml:5) and 90 in policy b (b.yaml:7), both of priority 0; give one of them a higher priority, or make them agree",
    );
    expect(outcome(alarms.get("other"))).toMatchObject({ threshold: 1 });
  });

  it("agrees where both say the same, and lets a third of higher priority settle a quarrel", () => {
    const { logging, alarms } = select([
      `
      logging: { retention: 30d }
      alarms: [{ name: cpu, ${cpu}, threshold: 80 }]
      `,
      `
      logging: { retention: 2592000 }
      alarms: [{ name: cpu, threshold: 90 }]
      `,
      `
      priority: 1
      alarms: [{ name: cpu, threshold: 85 }]
      `,
    ]);
    expect(outcome(logging)).toEqual({ retention: 2_592_000 });
    expect(outcome(alarms.get("cpu"))).toMatchObject({ threshold: 85 });
  });

  it("takes null and a value of equal priority for a conflict", () => {
    const { logging } = select([`logging: { streamPrefix: ecs }`, `logging: { streamPrefix: null }`]);
    expect(outcome(logging)).toMatch(/^Conflict: streamPrefix is "ecs" in policy a .* and null in policy b/);
  });

  it("names the field of a nested conflict, whatever the order of files", () => {
    const files = [
      ["x/b.yaml", `logging: { options: { mode: blocking } }`],
      ["y/a.yaml", `logging: { options: { mode: non-blocking } }`],
    ] as const;
    const told = [files, [...files].reverse()].map((order) => {
      const [selected] = selectWorkloads(policiesIn(order), [workload()], owner);
      return outcome(selected?.logging);
    });
    expect(told[0]).toMatch(
      /^Conflict: options\.mode differs between policy a \(y\/a\.yaml:5\) and policy b \(x\/b\.yaml:5\), both of priority 0; /,
    );
    expect(told[1]).toBe(told[0]);
  });

  it.each([
    [
      "a log option",
      (x: string) => `logging: { driver: awsfirelens, options: { Name: datadog, apikey: ${x} } }`,
    ],
    [
      "a log option that one takes out",
      (x: string) =>
        `logging: { driver: awsfirelens, options: { Name: datadog, apikey: ${x === "SECRET-a" ? x : null} } }`,
    ],
    [
      "a container's variables",
      (x: string) =>
        `sidecars: [{ container: { name: s, image: i, environment: [{ name: API_TOKEN, value: ${x} }] } }]`,
    ],
    [
      "a preset's variables",
      (x: string) =>
        `sidecars: [{ preset: datadog-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:eu-central-1:123456789012:parameter/k" }, environment: { A: ${x} } } }]`,
    ],
    ["a command", (x: string) => `healthCheck: { command: [CMD, curl, ${x}] }`],
    ["a URL's path", (x: string) => `targetGroup: { healthCheck: { path: "/health?token=${x}" } }`],
    [
      "a monitor",
      (x: string) =>
        `mackerel: { monitors: [{ name: m, type: external, url: "https://u:${x}@e.jp", headers: [{ name: A, value: ${x} }] }] }`,
    ],
    ["a description", (x: string) => `alarms: [{ name: cpu, ${cpu}, threshold: 1, description: ${x} }]`],
  ])("tells of a quarrel over %s without the values", (_, body) => {
    const { alarms, healthCheck, logging, monitors, sidecars, targetGroup } = select([
      body("SECRET-a"),
      body("SECRET-b"),
    ]);
    const items = { alarms, healthCheck, logging, monitors, sidecars, targetGroup };
    const said = JSON.stringify(items, (_, value: unknown) => (value instanceof Map ? [...value] : value));
    const messages = [...said.matchAll(/"code":"Conflict","message":"([^"]*)"/g)].map(
      ([, message]) => message,
    );
    expect(messages).toEqual([
      expect.stringMatching(
        /^\S+ differs between policy a \(a\.yaml:5\) and policy b \(b\.yaml:5\), both of /,
      ),
    ]);
    expect(messages.join()).not.toContain("SECRET");
  });

  it("remembers everyone who has a say", () => {
    const { alarms } = select([
      `alarms: [{ name: cpu, ${cpu}, threshold: 80 }]`,
      `alarms: [{ name: cpu, severity: low }]`,
      `
      priority: 9
      alarms: [{ name: cpu, threshold: 70 }]
      notifications: { low: ["arn:aws:sns:r:1:a"] }
    `,
    ]);
    expect(alarms.get("cpu")?.contributors.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });
});

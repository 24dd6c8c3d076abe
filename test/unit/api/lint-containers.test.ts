// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Sidecars and log drivers that ECS would refuse, or that would not do what the policy says: one finding at its place.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

const header = (name: string) =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n  selector: { services: ["*"] }\n`;

/** `CODE path: message`, warnings marked. */
function lint(...bodies: readonly string[]): string[] {
  const files = bodies.map((body, i) => ({
    file: `${i}.yaml`,
    text: header(`p${i}`) + body.replaceAll(/^/gm, "  "),
  }));
  return parsePolicies(files).diagnostics.map(
    ({ severity, code, path, message }) =>
      `${severity === "warning" ? "warning " : ""}${code} ${path}: ${message}`,
  );
}

const native = (more: string) =>
  `sidecars: [{ container: { name: side, image: "x:1", essential: false, ${more} } }]`;
const preset = (name: string, settings: string) => `sidecars: [{ preset: ${name}, with: { ${settings} } }]`;
const at = "spec.sidecars[0].container";
const key = `apiKey: { valueFrom: "arn:aws:ssm:r:1:parameter/k" }`;

it.each(["mackerel-container-agent", "datadog-agent@1"])("the preset %s has a key in some policy", (name) => {
  const without = preset(name, "memory: 64");
  const lack = `sidecar "${name}" has no with.apiKey`;
  expect(lint(`sidecars: [{ preset: ${name} }]`)).toEqual([`Incomplete spec.sidecars[0]: ${lack}; give it`]);
  expect(lint(without, preset(name, "apiKey: null"))).toEqual([
    `Incomplete spec.sidecars[0]: ${lack} in any policy; give it`,
  ]);
  expect(lint(without, preset(name, key))).toEqual([]);
});

describe("a native sidecar", () => {
  it.each([
    ["memory: 64, memoryReservation: 32"],
    ["healthCheck: { command: [CMD, x], interval: 5, timeout: 60, retries: 10, startPeriod: 0 }"],
    [`logConfiguration: { logDriver: splunk, options: { splunk-url: "u" } }`],
    [`environment: [{ name: A, value: a }, { name: B, value: b }], secrets: [{ name: C, valueFrom: c }]`],
    ["firelensConfiguration: { type: fluentbit }"],
  ])("may have %s", (more) => {
    expect(lint(native(more))).toEqual([]);
  });

  it.each([
    [
      "memory: 64, memoryReservation: 64",
      `InvalidValue ${at}.memory: memory 64 is not greater than memoryReservation 64; raise it`,
    ],
    [
      `healthCheck: { command: [CMD, x], interval: 4 }`,
      `InvalidValue ${at}.healthCheck.interval: interval 4 is not 5 to 300 seconds`,
    ],
    [
      `healthCheck: { command: [CMD, x], timeout: 61 }`,
      `InvalidValue ${at}.healthCheck.timeout: timeout 61 is not 2 to 60 seconds`,
    ],
    [
      `healthCheck: { command: [CMD, x], retries: 11 }`,
      `InvalidValue ${at}.healthCheck.retries: retries 11 is not 1 to 10;`,
    ],
    [
      `healthCheck: { command: [CMD, x], startPeriod: "30s" }`,
      `InvalidValue ${at}.healthCheck.startPeriod: startPeriod "30s" is not 0 to 300 seconds; a native definition takes whole numbers`,
    ],
    [
      "healthCheck: { command: [curl, x] }",
      `InvalidValue ${at}.healthCheck.command: command ["curl","x"] cannot run; write "CMD-SHELL"`,
    ],
    ["healthCheck: { command: [CMD-SHELL, a, b] }", `InvalidValue ${at}.healthCheck.command: command`],
    ["healthCheck: {}", `InvalidValue ${at}.healthCheck: command null cannot run`],
    [
      "logConfiguration: { logDriver: cloudwatch }",
      `InvalidValue ${at}.logConfiguration.logDriver: logDriver "cloudwatch" is unknown; use one of awslogs,`,
    ],
    ["logConfiguration: { options: {} }", `InvalidValue ${at}.logConfiguration: logDriver null is unknown`],
    [
      `logConfiguration: { logDriver: awslogs, options: { awslogs-group: g } }`,
      `InvalidValue ${at}.logConfiguration: logDriver awslogs needs the option awslogs-region`,
    ],
    [
      "logConfiguration: { logDriver: gelf, options: { a: 5 } }",
      `InvalidValue ${at}.logConfiguration.options.a: option a is 5; ECS takes text, so quote it`,
    ],
    [
      `logConfiguration: { logDriver: gelf, options: { a: "5" }, secretOptions: [{ name: a, valueFrom: v }] }`,
      `DuplicateName ${at}.logConfiguration.secretOptions[0].name: option a is given twice`,
    ],
    [
      "environment: [{ name: A, value: a }, { name: A, value: b }]",
      `DuplicateName ${at}.environment[1].name: variable A is given twice; take one out`,
    ],
    [
      "environment: [{ name: A, value: a }], secrets: [{ name: A, valueFrom: v }]",
      `DuplicateName ${at}.secrets[0].name: variable A is given twice`,
    ],
  ])("may not have %s", (more, finding) => {
    expect(lint(native(more))).toEqual([expect.stringContaining(finding)]);
  });

  it("has an image in some policy, and what others give of it is not asked for again", () => {
    const part = "sidecars: [{ container: { name: side, memory: 64, healthCheck: { interval: 10 } } }]";
    const whole = native('healthCheck: { command: [CMD, "true"] }');
    expect(lint(part.replace(", healthCheck: { interval: 10 }", ""))).toEqual([
      'Incomplete spec.sidecars[0]: sidecar "side" has no image; give it',
    ]);
    expect(lint(part, part)).toContain(
      'Incomplete spec.sidecars[0]: sidecar "side" has no image in any policy; give it',
    );
    expect(lint(part, whole)).toEqual([]);
    const override = part.replace(/^/, 'overrides:\n  - selector: { services: ["a*"] }\n    ');
    expect(lint(`${whole}\n${override}`)).toEqual([]);
    expect(lint(native("memory: null, environment: null, healthCheck: null"))).toEqual([]);
  });

  it("that does not say whether it is essential is warned of, unless it is a router", () => {
    const bare = (more: string) => lint(`sidecars: [{ container: { name: side, image: "x:1"${more} } }]`);
    expect(bare("")).toEqual([expect.stringMatching(/^warning EssentialSidecar .*write essential: false/)]);
    expect(bare(", essential: true")).toEqual([]);
    expect(bare(", firelensConfiguration: { type: fluentbit }")).toEqual([]);
  });
});

describe("a preset", () => {
  const setting = "spec.sidecars[0].with";
  it.each([
    ["cloudwatch-agent", "config: { agent: { debug: true } }"],
    ["cloudwatch-agent@1", `configFrom: { valueFrom: "arn:aws:ssm:r:1:parameter/k" }`],
    ["adot-collector", "configFile: /etc/ecs/ecs-xray.yaml, memory: 512"],
    [
      "datadog-agent",
      `${key}, tags: ["env:prod", "team:\${service.tags.team:-none}"], environment: { DD_ENV: "\${service.tags.env}" }`,
    ],
    ["fluent-bit", "configFile: /fluent-bit/configs/parse-json.conf, healthCheck: uptime"],
    ["xray-daemon", "memory: 64"],
  ])("%s may have %s", (name, settings) => {
    expect(lint(preset(name, settings))).toEqual([]);
  });

  it.each(["cloudwatch-agent", "adot-collector", "fluent-bit", "xray-daemon"])(
    "%s needs no settings",
    (name) => {
      expect(lint(`sidecars: [{ preset: ${name} }]`)).toEqual([]);
    },
  );

  it.each([
    [
      "cloudwatch-agent",
      `config: {}, configFrom: { valueFrom: a }`,
      `InvalidValue ${setting}.configFrom: configFrom excludes config; keep one`,
    ],
    [
      "adot-collector",
      `config: "a: b", configFile: /x`,
      `InvalidValue ${setting}.configFile: configFile excludes config; keep one`,
    ],
    [
      "fluent-bit",
      "configFile: /fluent-bit/etc/fluent-bit.conf",
      `InvalidValue ${setting}.configFile: configFile /fluent-bit/etc/fluent-bit.conf is where FireLens writes its own`,
    ],
    [
      "fluent-bit",
      `configFile: "arn:aws:s3:::b/k"`,
      `InvalidValue ${setting}.configFile: configFile "arn:aws:s3:::b/k" is no path in the image`,
    ],
    ["datadog-agent", `${key}, tags: ["a b"]`, `InvalidValue ${setting}.tags[0]: tag "a b" is not key:value`],
    [
      "datadog-agent",
      `${key}, environment: { DD_API_KEY: x }`,
      `InvalidValue ${setting}.environment.DD_API_KEY: DD_API_KEY is set by apiKey`,
    ],
    ["fluent-bit", `image: "x:\${service.tags.v}"`, `UnsafeTemplate ${setting}.image: `],
    [
      "cloudwatch-agent",
      `configFrom: { valueFrom: "\${service.tags.v}" }`,
      `UnsafeTemplate ${setting}.configFrom.valueFrom: `,
    ],
    ["adot-collector", `config: "\${service.tags.v}"`, `UnsafeTemplate ${setting}.config: `],
  ])("%s may not have %s", (name, settings, finding) => {
    expect(lint(preset(name, settings))).toEqual([expect.stringContaining(finding)]);
  });

  it("is one router of a task, under one name", () => {
    const router = (name: string) =>
      `{ container: { name: ${name}, image: "x:1", firelensConfiguration: { type: fluentbit } } }`;
    expect(lint(`sidecars: [{ preset: fluent-bit }, ${router("mine")}]`)).toEqual([
      expect.stringMatching(
        /^InvalidValue spec.sidecars\[1\]: sidecar "mine" is a second FireLens router, the first is on line 6/,
      ),
    ]);
    expect(
      lint(
        `sidecars: [{ preset: fluent-bit }, { container: { name: log-router, image: "x:1", essential: false } }]`,
      ),
    ).toEqual([
      expect.stringMatching(
        /^DuplicateName spec.sidecars\[1\].container.name: two sidecars are named "log-router"/,
      ),
    ]);
  });
});

describe("a health check of CMD", () => {
  const check = (...words: readonly string[]): string[] =>
    lint(`healthCheck: { command: ${JSON.stringify(words)} }`);

  it.each([
    [
      ["CMD", "curl -f http://x || exit 1"],
      /"curl -f http:\/\/x \|\| exit 1" is taken as the name of one program/,
    ],
    [["CMD", "curl", "-f", "http://x", "||", "exit", "1"], /"\|\|" is taken as a word/],
  ])("%j is warned of", (words, message) => {
    expect(check(...words)).toEqual([expect.stringMatching(message)]);
    expect(check(...words)[0]).toMatch(/^warning InvalidValue spec\.healthCheck\.command: CMD runs no shell/);
  });

  it.each([
    [["CMD", "/healthcheck"]],
    [["CMD", "curl", "-f", "http://localhost/?a&b"]],
    [["CMD-SHELL", "curl -f http://x || exit 1"]],
  ])("%j is fine", (words) => {
    expect(check(...words)).toEqual([]);
  });
});

it("a native sidecar's health check of CMD is warned of as well", () => {
  expect(lint(native("healthCheck: { command: [CMD, curl -f http://x] }"))).toContainEqual(
    expect.stringMatching(/^warning InvalidValue .*container\.healthCheck\.command: CMD runs no shell/),
  );
});

describe("a group beside another output of FireLens", () => {
  it.each([
    [
      "Name: datadog",
      [
        "warning Unused spec.logging.group: group has no meaning for lines that FireLens sends to datadog; take it out, or the option Name",
      ],
    ],
    ["name: cloudwatch_logs", []],
    ["Retry_Limit: '2'", []],
  ])("%s", (options, expected) => {
    expect(lint(`logging: { driver: awsfirelens, group: /x, options: { ${options} } }`)).toEqual(expected);
  });
});

describe("logging", () => {
  const firelens = (more: string) => `logging: { driver: awsfirelens, ${more} }`;
  const secret = "secretOptions: [{ name: apikey, valueFrom: arn:aws:ssm:r:1:parameter/k }]";
  it.each([
    [
      firelens(
        `options: { Name: datadog, Host: h, dd_service: "\${service.tags.product}", TLS: 'on' }, ${secret}`,
      ),
    ],
    [
      firelens(
        "group: /g, streamPrefix: s, options: { log-driver-buffer-limit: '1000', mode: non-blocking }",
      ),
    ],
    ["logging: { options: { awslogs-datetime-format: '%Y', tag: x } }"],
    [`logging: { ${secret.replace("apikey", "awslogs-x")} }`],
  ])("may be %s", (body) => {
    expect(lint(body)).toEqual([]);
  });

  const options = "spec.logging.options";
  it.each([
    [
      firelens("options: { awslogs-region: r }"),
      `InvalidValue ${options}.awslogs-region: awslogs-region is an option of awslogs, not of a FireLens output`,
    ],
    [
      firelens("options: { log_group_name: g }"),
      `InvalidValue ${options}.log_group_name: log_group_name is set by logging.group`,
    ],
    [
      firelens("options: { LOG_STREAM_PREFIX: g }"),
      `InvalidValue ${options}.LOG_STREAM_PREFIX: LOG_STREAM_PREFIX is set by logging.streamPrefix`,
    ],
    [firelens("options: { Match: '*' }"), `InvalidValue ${options}.Match: Match is set by FireLens`],
    ["logging: { options: { Name: datadog } }", `InvalidValue ${options}.Name: Name is no option of awslogs`],
    [
      "logging: { options: { awslogs-group: g } }",
      `InvalidValue ${options}.awslogs-group: awslogs-group is set by logging.group`,
    ],
    [
      firelens(`options: { Name: http, HTTP_Passwd: x }`),
      `warning SecretInClear ${options}.HTTP_Passwd: option HTTP_Passwd looks like a secret`,
    ],
    [
      firelens(`options: { apiKey: "" }, ${secret}`),
      "DuplicateName spec.logging.secretOptions[0].name: option apikey is given in options too",
    ],
    [
      firelens(`secretOptions: [{ name: a, valueFrom: v }, { name: A, valueFrom: v }]`),
      "DuplicateName spec.logging.secretOptions[1].name: option A is given twice in secretOptions",
    ],
    [
      firelens(`secretOptions: [{ name: a, valueFrom: "no arn" }]`),
      `InvalidValue spec.logging.secretOptions[0].valueFrom: valueFrom is no ARN`,
    ],
    [
      firelens(`secretOptions: [{ name: a, valueFrom: "arn:\${service.tags.x}" }]`),
      "UnsafeTemplate spec.logging.secretOptions[0].valueFrom",
    ],
    [firelens(`options: { Name: http, Host: "\${service.tags.x}" }`), `UnsafeTemplate ${options}.Host`],
    [firelens(`options: { Name: "\${service.tags.x}" }`), `UnsafeTemplate ${options}.Name`],
  ])("may not be %s", (body, finding) => {
    expect(lint(body)).toEqual([expect.stringContaining(finding)]);
  });

  it("is judged by the driver that another policy chooses", () => {
    expect(lint("logging: { driver: awsfirelens }", "logging: { options: { Name: datadog } }")).toEqual([]);
    expect(lint("logging: { driver: awsfirelens }", "logging: { options: { awslogs-region: r } }")).toEqual([
      expect.stringContaining("awslogs-region is an option of awslogs"),
    ]);
    // Two drivers: which one comes to a service depends on the selectors.
    expect(
      lint(
        "logging: { driver: awsfirelens }",
        "logging: { driver: awslogs }",
        "logging: { options: { Name: x } }",
      ),
    ).toEqual([]);
  });
});

it("accepts the examples of docs/presets.md", () => {
  const text = readFileSync(new URL("../../../docs/presets.md", import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => (match[1] ?? "").trimEnd());
  expect(blocks.length).toBeGreaterThan(6);
  for (const block of blocks) expect(lint(block), block).toEqual([]);
});

it("tells the images of docs/presets.md as the presets pin them", () => {
  const text = readFileSync(new URL("../../../docs/presets.md", import.meta.url), "utf8");
  const folder = new URL("../../golden/core/presets/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const [standard] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    const { name, image, essential, memory, memoryReservation } = standard.container;
    const row =
      text.split("\n").find((line) => line.startsWith(`| \`${file.replace("@1.json", "")}\``)) ?? "";
    expect(row).toContain(`\`${image}\` | ${essential ? "**yes**" : "no"} | ${memoryReservation ?? memory}`);
    expect(row).toContain(file.startsWith(name) ? "| the same |" : `| \`${name}\` |`);
  }
});

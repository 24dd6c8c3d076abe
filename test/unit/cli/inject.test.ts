// `ecsmon inject` as users type it: files and standard input, flags that policies need, and one clear error each.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runInject } from "../../../controller/cli/inject.ts";
import { runProgram } from "../../../controller/cli/program.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-inject-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const golden = "test/golden/inject";

async function run(...args: string[]) {
  const io = createTestIo();
  const code = await runProgram(["inject", ...args], io, "1.2.3");
  return { code, ...io.written };
}

function save(name: string, text: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function policy(spec: string, name = "p"): string {
  const head = `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n`;
  const selector = spec.includes("selector:") ? "" : '  selector: { services: ["*"] }\n';
  return save(`${name}.yaml`, `${head}${selector}${spec.replaceAll(/^/gm, "  ")}\n`);
}

const check = 'healthCheck: { command: [CMD, "true"] }';
const plain = save(
  "plain.json",
  '{"family": "web", "executionRoleArn": "r", "containerDefinitions": [{"name": "app", "image": "app:1", "memory": 64}]}\n',
);

/** Runs with a policy of this body, on the plain definition unless another file is named. */
function inject(body: string, ...args: string[]) {
  const file = args.find((arg) => arg.startsWith(folder)) ?? plain;
  const flags = args.filter((arg) => arg !== file);
  return run("--policies", policy(body), "--cluster", "prod", "--service", "web", ...flags, file);
}

test.each(["task.js", "task.mjs", "task.cjs", "task.ts", "task.json"])(
  "%s that is a program is read as text, and never executed",
  async (name) => {
    const witness = join(folder, `ran-${name}`);
    const write = `require("node:fs").writeFileSync(${JSON.stringify(witness)}, "")`;
    const file = save(name, `${write};\nmodule.exports = { family: "web", containerDefinitions: [] };\n`);
    const { code, stdout, stderr } = await inject(check, file);
    expect([code, stdout, existsSync(witness)]).toEqual([1, "", false]);
    expect(stderr).toContain(name);
  },
);

const goldenFlags = ["--policies", `${golden}/policy.yaml`, "--cluster", "prod-a", "--service", "web"];
const facts = ["--service-tag", "tier=web", "--account", "123456789012", "--region", "us-east-1"];

describe.each([
  "register.json",
  "minified.json",
  "describe.json",
  "pascal.json",
  "template.yaml",
  "template.json",
])("%s", (name) => {
  const input = `${golden}/${name}`;
  const format = name.startsWith("template") ? ["--format", "cloudformation"] : [];

  test("is patched as the golden file shows, again without a change, and back to what it was", async () => {
    const { code, stdout, stderr } = await run(...goldenFlags, ...facts, ...format, input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await expect(stdout).toMatchFileSnapshot(`../../golden/inject/out/${name}`);

    const out = save(name, stdout);
    expect(await run(...goldenFlags, ...facts, ...format, out)).toEqual({ code: 0, stdout, stderr: "" });
    const back = await run("--eject", ...format, out);
    expect(back).toEqual({ code: 0, stdout: readFileSync(input, "utf8"), stderr: "" });
  });

  test("keeps a byte order mark and line breaks of Windows", async () => {
    const text = `\uFEFF${readFileSync(input, "utf8").replaceAll("\n", "\r\n")}`;
    const { stdout } = await run(...goldenFlags, ...facts, ...format, save(`crlf-${name}`, text));
    expect(stdout).not.toMatch(/[^\r]\n/);
    expect(stdout.startsWith("\uFEFF")).toBe(true);
    expect((await run("--eject", ...format, save(`crlf-out-${name}`, stdout))).stdout).toBe(text);
  });
});

test("nothing is there to eject: the bytes come out as they went in", async () => {
  const text = '\uFEFF{ "containerDefinitions" :[ {"name":"a" ,"n": 1.50 }]\n\n}';
  expect((await run("--eject", save("odd.json", text))).stdout).toBe(text);
});

test("- reads standard input, in whatever pieces it comes", async () => {
  const io = createTestIo();
  const text = readFileSync(plain);
  const pieces = (async function* () {
    for (const byte of text) yield Buffer.from([byte]);
  })();
  const flags = { owner: "ecsmon", format: "json", eject: true } as const;
  expect(await runInject("-", flags, io, pieces)).toBe(0);
  expect(io.written.stdout).toBe(text.toString());
});

describe("what a policy needs and is not given is named", () => {
  const sidecar = (env: string) =>
    `sidecars: [{ container: { name: s, image: "x:1", memory: 8, environment: [{ name: X, value: "${env}" }] } }]`;

  test.each([
    ["--account", sidecar(`\${account}`)],
    ["--region", sidecar(`\${region}`)],
    ["--region", sidecar(`\${partition}`)],
    ["--region", "logging: { driver: awslogs }"],
    ["--account", `selector: { accounts: ["1*"] }\n${check}`],
    ["--region", `selector: { regions: ["eu-*"] }\n${check}`],
    ["--launch-type", `selector: { launchTypes: [FARGATE] }\n${check}`],
    ["--service-tag product=…", sidecar(`\${service.tags.product}`)],
    ["--service-tag a.b=…", sidecar(`\${service.tags[\\"a.b\\"]}`)],
  ])("%s", async (flag, body) => {
    const { code, stdout, stderr } = await inject(body);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`give ${flag}`);
  });

  test("a family of its own", async () => {
    const file = save("nameless.json", '{"containerDefinitions": [{"name": "a", "memory": 8}]}');
    const { code, stderr } = await inject(sidecar(`\${taskDefinition.family}`), file);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("no family") });
  });

  test("not for a policy that selects another service, or has no say in task definitions", async () => {
    const other = `selector: { accounts: ["1*"], services: [other] }\n${check}`;
    expect((await inject(other)).stderr).toContain("no policy selects prod/web");
    const alarms =
      'selector: { regions: ["*"] }\nalarms: [{ name: x, metric: { namespace: N, metricName: M, dimensions: {A: b} }, statistic: Sum, threshold: 1, comparison: GreaterThanThreshold }]';
    expect(await inject(alarms)).toMatchObject({ code: 0 });
  });

  test("and taken where it is given", async () => {
    const body = sidecar(
      `\${account} \${region} \${partition} \${service.tags.product:-none} \${cluster.name}`,
    );
    const { stdout } = await inject(body, "--account", "123456789012", "--region", "cn-north-1");
    expect(stdout).toContain('"123456789012 cn-north-1 aws-cn none prod"');
  });

  test("a launch type follows from requiresCompatibilities", async () => {
    const body = `selector: { launchTypes: [EC2] }\n${check}`;
    const file = save(
      "ec2.json",
      '{"requiresCompatibilities": ["EC2"], "containerDefinitions": [{"name": "a", "memory": 8}]}',
    );
    expect((await inject(body, file)).stdout).toContain("healthCheck");
    expect((await inject(body, "--launch-type", "FARGATE")).stderr).toContain("no policy selects");
  });
});

describe("nothing is injected, and standard error says why", () => {
  const before = readFileSync(plain, "utf8");

  test.each([
    [`selector: { tags: { tier: web } }\n${check}`, "no policy selects prod/web"],
    [`enforcement: { TaskDefinition: Audit }\n${check}`, "is in Audit (p)"],
    [`suspend: true\n${check}`, "policy p is suspended"],
    ["cluster: { containerInsights: enabled }", "ask for nothing in its task definition"],
  ])("%s", async (body, why) => {
    const { code, stdout, stderr } = await inject(body);
    expect({ code, stdout }).toEqual({ code: 0, stdout: before });
    expect(stderr).toContain(why);
  });

  test("what no policy wants any more is taken out, as the operator does", async () => {
    const injected = save("injected.json", (await inject(check)).stdout);
    const { code, stdout, stderr } = await inject(`selector: { clusters: [other] }\n${check}`, injected);
    expect({ code, stdout }).toEqual({ code: 0, stdout: before });
    expect(stderr).toContain("taken out");
    expect((await inject(`suspend: true\n${check}`, injected)).stdout).toBe(readFileSync(injected, "utf8"));
  });
});

describe("a layer that is blocked is an error, and nothing is printed", () => {
  const file = (containers: string) =>
    save("blocked.json", `{"memory": "64", "containerDefinitions": [${containers}]}`);
  const app = '{"name": "app", "memory": 8}';

  test.each([
    ["NotOwned", 'sidecars: [{ container: { name: app, image: "x:1" } }]', app],
    ["NoRoom", 'sidecars: [{ container: { name: s, image: "x:1", memory: 64 } }]', app],
    ["AmbiguousContainer", check, `${app}, {"name": "b", "memory": 8}`],
    [
      "ForeignLogDriver",
      "logging: { driver: awslogs }",
      '{"name": "a", "logConfiguration": {"logDriver": "splunk"}}',
    ],
    [
      "InvalidContainer",
      'sidecars: [{ container: { name: s, image: "x:1", memory: 8, essential: false, mountPoints: [{ sourceVolume: v, containerPath: /v }] } }]',
      app,
    ],
    [
      "OriginalUnknown",
      check,
      '{"name": "app", "memory": 8, "dockerLabels": {"ecsmon.dev/layer.ecsmon": "mangled"}}',
    ],
  ])("%s", async (code, body, containers) => {
    const result = await inject(body, "--region", "us-east-1", file(containers));
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(new RegExp(`^ecsmon: prod/web: ${code}: .+\n$`));
  });
});

describe("a file that is no task definition is one error with a place", () => {
  test.each([
    ["", ":1:1: the file is empty"],
    ["{\n  family: 1\n}", ':2:3: not JSON: expected a key in quotes, got "f"'],
    ['{"a": 1,}', ":1:9: not JSON: expected a key in quotes"],
    ['{"a": [1, 2}', ':1:12: not JSON: expected "," or "]", got "}"'],
    ['{"a": 01}', ":1:7: not JSON: expected a value"],
    ['{"a": "x\ny"}', ":1:9: not JSON: a line break in a string"],
    ['{"a": 1} x', ":1:10: not JSON: expected the end of the file"],
    ['{"a": 1, "a": 2}', ':1:10: not JSON: the key "a" stands twice'],
    ["[".repeat(150), "nested deeper than 100 levels"],
    ["local x = 1;\n{ a: x }", "if this is Jsonnet, render it first"],
    ['{"cpu": {{ env `CPU` }}}', "templates must be rendered first"],
    ["Resources:\n  A: {}", "give --format cloudformation"],
    ['{"Resources": {}}', "give --format cloudformation"],
    ["[]", ":1:1: not a task definition: expected an object"],
    ['{\n  "family": "x"\n}', ":1:1: not a task definition: it has no containerDefinitions"],
    ['{"containerDefinitions": {}}', ":1:26: containerDefinitions must be a list"],
    ['{"containerDefinitions": [\n  7]}', ":2:3: containerDefinitions[0] must be a container"],
    ['{"containerDefinitions": [{}]}', "containerDefinitions[0] needs a name"],
    ['{"containerDefinitions": [{"name": "a"}, {"name": "a"}]}', "two containers are named a"],
  ])("%j", async (text, message) => {
    const { code, stdout, stderr } = await inject(check, save("bad.json", text));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^ecsmon: .*bad\.json:\d+:\d+: /);
  });

  test.each([
    ["missing.json", undefined, "there is no such file"],
    [".", undefined, "it is a folder"],
    ["big.json", Buffer.alloc(1024 * 1024 + 1, " "), "larger than 1048576 bytes"],
    ["latin.json", Buffer.from([0x7b, 0xe9, 0x7d]), "not text in UTF-8"],
  ])("%s", async (name, content, message) => {
    const file = content === undefined ? join(folder, name) : save(name, content);
    const { code, stdout, stderr } = await run("--eject", file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
  });
});

test.each([
  ["", "missing required argument 'file'"],
  ["x.json", "required option '--policies <src>' not specified"],
  ["--policies x --service s x.json", "required option '--cluster <name>' not specified"],
  ["--policies x --cluster c x.json", "required option '--service <name>' not specified"],
  ["--eject --account 12 x.json", "12 digits"],
  ["--eject --service-tag =x x.json", "KEY=VALUE"],
  ["--eject --cluster prod-* x.json", "letters, digits"],
  ["--eject --logical-id Task x.json", "give --format cloudformation too"],
  ["--eject --format xml x.json", "json, cloudformation"],
])("`ecsmon inject %s` is refused", async (line, message) => {
  const { code, stdout, stderr } = await run(...line.split(" ").filter((word) => word !== ""));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(message);
});

test("policies with errors are shown, and nothing is printed", async () => {
  const { code, stdout, stderr } = await inject("helthCheck: {}");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("did you mean");
});

test("nothing that it imports, at any depth, is of the AWS SDK", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    // Types are gone when it runs.
    const imports = readFileSync(file, "utf8").matchAll(
      /^(?:import|\} from|export) (?!type )[^;]*?"([^"]+)";/gm,
    );
    for (const [, specifier = ""] of imports) {
      expect(specifier, file).not.toMatch(/^@aws-sdk|^@smithy/);
      if (specifier.startsWith(".")) visit(normalize(join(dirname(file), specifier)));
    }
  };
  visit("controller/cli/inject.ts");
  expect([...seen]).toContain(normalize("controller/core/layer.ts"));
});

test("the help says what happens where nothing is injected, and has examples", async () => {
  const { stdout } = await run("--help");
  expect(stdout).toContain("comes out as it went in");
  expect(stdout).toContain("Examples:");
});

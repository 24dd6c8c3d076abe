// Task definition files: what is read out of each shape, and that printing touches nothing but what changed.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { spellPascal } from "../../../controller/core/cloudformation.ts";
import { ejectTaskDefinition, injectTaskDefinition } from "../../../controller/core/inject.ts";
import { openTaskFile, setTags, type TaskFileFormat } from "../../../controller/core/task-file.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";
import { isObject, type Json, type JsonObject, stableStringify } from "../../../controller/model/json.ts";
import { at, containerNamed, policies } from "./builders.ts";

function open(text: string, format: TaskFileFormat = "json", logicalId?: string) {
  return openTaskFile({ file: "task", text, format, logicalId });
}

const facts = {
  owner: "ecsmon",
  cluster: "prod",
  service: "web",
  tags: {},
  account: "123456789012",
  region: "us-east-1",
  launchType: undefined,
};
const rules = policies(`
  sidecars:
    - container: { name: exporter, image: "x:1", memory: 16, portMappings: [{ containerPort: 9100 }] }
  healthCheck: { container: c0, command: [CMD-SHELL, "true"], startPeriod: 60s }
  logging: { driver: awslogs, group: /ours, replaceDriver: true, options: { mode: non-blocking } }
`);

function inject(text: string, format: TaskFileFormat = "json"): string {
  const file = open(text, format);
  const { definition } = injectTaskDefinition({ policies: rules, exceptions: [] }, file.definition, facts);
  return file.print(definition, file.tags);
}

function eject(text: string, format: TaskFileFormat = "json"): string {
  const file = open(text, format);
  return file.print(ejectTaskDefinition(file.definition, "ecsmon"), file.tags);
}

describe("whatever stands in a file", () => {
  const word = fc
    .string({ minLength: 1, maxLength: 12 })
    .map((text) => text.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, "?"));
  const extra = fc.dictionary(
    word.map((text) => `x${text}`),
    fc.oneof(
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(word, { maxLength: 3 }),
      fc.constant({}),
    ),
    { maxKeys: 3 },
  );
  // Keys in the API's order: a record does not keep the order of what it puts back.
  const healthCheck = fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean())
    .map(([words, timed, started]) => ({
      command: ["CMD", ...words],
      ...(timed ? { interval: 10, timeout: 5 } : {}),
      ...(started ? { startPeriod: 30 } : {}),
    }));
  const logConfiguration = fc.oneof(
    fc.constantFrom(
      { logDriver: "awslogs" },
      { logDriver: "json-file", options: { "max-size": "1m" } },
      { logDriver: "awslogs", options: {} },
      {
        logDriver: "awslogs",
        options: { "awslogs-group": "/own", "awslogs-stream-prefix": "p", mode: "blocking" },
      },
    ),
  );
  const container = fc.record(
    {
      image: word,
      memory: fc.constant(32),
      essential: fc.boolean(),
      environment: fc.array(fc.record({ name: word, value: fc.string() }), { maxLength: 3 }),
      healthCheck,
      logConfiguration,
      dockerLabels: fc.dictionary(word, word, { maxKeys: 2 }),
      command: fc.array(word, { maxLength: 3 }),
    },
    { requiredKeys: ["image", "memory"] },
  );
  const definition = fc
    .tuple(fc.array(container, { minLength: 1, maxLength: 4 }), extra)
    .map(([containers, more]) => ({
      ...more,
      family: "web",
      executionRoleArn: "r",
      containerDefinitions: containers.map((one, index) => ({
        ...one,
        name: `c${index}`,
        ...(index === 0 ? { essential: true } : {}),
      })),
      volumes: [],
    }));

  const layout = fc.record({
    unit: fc.constantFrom(undefined, " ", "  ", "    ", "\t"),
    eol: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\uFEFF"),
    end: fc.constantFrom("", "\n", "\n\n"),
  });

  test("JSON goes there and back byte for byte, and twice is once", () => {
    fc.assert(
      fc.property(definition, layout, fc.boolean(), (value, { unit, eol, mark, end }, isWrapped) => {
        const body = isWrapped ? { taskDefinition: value, tags: [] } : value;
        const text =
          mark + JSON.stringify(body, null, unit).replaceAll("\n", eol) + end.replaceAll("\n", eol);
        const injected = inject(text);
        expect(eject(injected)).toBe(text);
        expect(inject(injected)).toBe(injected);
        // And it says what it should.
        const wanted = injectTaskDefinition(
          { policies: rules, exceptions: [] },
          value as JsonObject,
          facts,
        ).definition;
        const printed = JSON.parse(injected.replace("\uFEFF", ""));
        expect(stableStringify(isWrapped ? printed.taskDefinition : printed)).toBe(stableStringify(wanted));
        if (unit !== undefined || eol === "\n")
          expect(injected).toBe(
            mark +
              JSON.stringify(JSON.parse(injected.replace("\uFEFF", "")), null, unit).replaceAll("\n", eol) +
              end.replaceAll("\n", eol),
          );
      }),
      { numRuns: 300 },
    );
  });

  test("a template goes there and back byte for byte, and twice is once", () => {
    fc.assert(
      fc.property(
        definition,
        fc.record({ indent: fc.constantFrom(2, 4), indentSeq: fc.boolean() }),
        fc.boolean(),
        (value, style, isJson) => {
          const template = {
            Resources: {
              Task: { Type: "AWS::ECS::TaskDefinition", Properties: toPascal(value as JsonObject) },
              Other: { Type: "X" },
            },
          };
          const text = isJson
            ? JSON.stringify(template, null, style.indent)
            : stringify(template, { ...style, lineWidth: 0, compat: "yaml-1.1" });
          const injected = inject(text, "cloudformation");
          expect(eject(injected, "cloudformation")).toBe(text);
          expect(inject(injected, "cloudformation")).toBe(injected);
          const { definition: before } = open(text, "cloudformation");
          const wanted = injectTaskDefinition({ policies: rules, exceptions: [] }, before, facts).definition;
          expect(stableStringify(open(injected, "cloudformation").definition)).toBe(stableStringify(wanted));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("whatever is thrown at it, an error is ours", () => {
  const files = ["register.json", "describe.json", "template.json", "template.yaml"].map((name) =>
    readFileSync(`test/golden/inject/${name}`, "utf8"),
  );
  const tries = (text: string): void => {
    for (const format of ["json", "cloudformation"] as const) {
      try {
        inject(text, format);
      } catch (error) {
        if (!(error instanceof EcsmonError)) throw error;
        expect(error.message).not.toContain("undefined");
      }
    }
  };

  test("cut, and with characters put in", () => {
    const bits = fc.constantFrom(
      "",
      '"',
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "-",
      "#",
      "!Ref",
      "&a",
      "*a",
      "|",
      "\n",
      "\t",
      "  ",
      "null",
      "1",
    );
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(40), bits, (text, where, gone, put) => {
        const at = where % text.length;
        tries(text.slice(0, at) + put + text.slice(at + gone));
      }),
      { numRuns: 1000 },
    );
  });

  test("any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), tries), { numRuns: 300 });
  });
});

function toPascal(value: Json, path: readonly string[] = []): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => toPascal(item, path));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      spellPascal(path, key),
      toPascal(inner as Json, [...path, key]),
    ]),
  );
}

describe("layout", () => {
  const change = (text: string, edit: (definition: JsonObject) => JsonObject): string => {
    const file = open(text);
    return file.print(edit(file.definition), file.tags);
  };
  const app = (text: string, edit: JsonObject): string =>
    change(text, (definition) => ({
      ...definition,
      containerDefinitions: [{ ...containerNamed(definition, "a"), ...edit }],
    }));

  test.each([
    ['{"containerDefinitions":[{"name":"a"}]}', '{"containerDefinitions":[{"name":"a","user":"u"}]}'],
    ['{"containerDefinitions": [{"name": "a"}]}', '{"containerDefinitions": [{"name": "a", "user": "u"}]}'],
    [
      '{ "containerDefinitions" : [ { "name" : "a" } ] }',
      '{ "containerDefinitions" : [ { "name" : "a", "user" : "u" } ] }',
    ],
    [
      '{\n "containerDefinitions": [\n  {"name": "a",\n   "image": "b"}]}',
      '{\n "containerDefinitions": [\n  {"name": "a",\n   "image": "b",\n   "user": "u"}]}',
    ],
  ])("%s", (text, after) => {
    expect(app(text, { user: "u" })).toBe(after);
    expect(app(after, { user: undefined })).toBe(text);
  });

  test("what is not touched keeps its spelling", () => {
    const text =
      '{"cpu": 1.50e1, "x": "\\u00e9\\/", "big": 12345678901234567890,\n\n "containerDefinitions": [{"name": "a"}] }';
    expect(app(text, { user: "u" })).toBe(text.replace('"a"', '"a", "user": "u"'));
  });

  test("members that others removed and added are told apart from those that stay", () => {
    const text = '{"containerDefinitions": [{"name": "a", "user": "u", "cpu": 1}, {"name": "b"}]}';
    const after = change(text, () => ({
      containerDefinitions: [{ name: "a", cpu: 2, image: "i" }, { name: "c" }],
    }));
    expect(after).toBe('{"containerDefinitions": [{"name": "a", "cpu": 2, "image": "i"}, {"name": "c"}]}');
  });
});

describe("shapes", () => {
  test("a definition in taskDefinition has its tags beside it or in it", () => {
    const beside = open(
      '{"taskDefinition": {"containerDefinitions": []}, "tags": [{"key": "a", "value": "b"}]}',
    );
    expect(beside.tags).toEqual([{ key: "a", value: "b" }]);
    const inside = open(
      '{"taskDefinition": {"containerDefinitions": [], "tags": [{"key": "a", "value": "b"}]}}',
    );
    expect(inside).toMatchObject({ tags: beside.tags, definition: { containerDefinitions: [] } });
    expect(inside.print(inside.definition, [])).toBe(
      '{"taskDefinition": {"containerDefinitions": [], "tags": []}}',
    );
    expect(beside.print(beside.definition, [])).toBe(
      '{"taskDefinition": {"containerDefinitions": []}, "tags": []}',
    );
  });

  test("the keys of labels and options are the user's, in either spelling", () => {
    const text =
      '{"ContainerDefinitions": [{"Name": "a", "DockerLabels": {"Some.Key": "v"}, "LogConfiguration": {"LogDriver": "x", "Options": {"Name": "y"}}}]}';
    expect(open(text).definition).toEqual({
      containerDefinitions: [
        {
          name: "a",
          dockerLabels: { "Some.Key": "v" },
          logConfiguration: { logDriver: "x", options: { Name: "y" } },
        },
      ],
    });
  });

  test("tags are changed by key, and a list that is not understood stays", () => {
    const add = (tags: ReadonlyMap<string, string>) => new Map(tags).set("b", "2");
    const own = { key: "a", value: "1", note: "kept" };
    expect(setTags([own], add)).toEqual([own, { key: "b", value: "2" }]);
    expect(setTags([own, { key: "b", value: "1" }], add)).toEqual([own, { key: "b", value: "2" }]);
    expect(setTags(["odd"], add)).toEqual(["odd"]);
    expect(setTags(undefined, add)).toBeUndefined();
  });
});

describe("CloudFormation", () => {
  const template = (container: string, more = "") =>
    `Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ExecutionRoleArn: r\n      Memory: 512\n${more}      ContainerDefinitions:\n        - Name: c0\n          Memory: 64\n${container.replaceAll(/^(?=.)/gm, "          ")}\n`;
  const patched = (text: string) => open(inject(text, "cloudformation"), "cloudformation").definition;

  test("text that ECS takes as a number or a boolean is one, and maps hold text", () => {
    const { definition } = open(
      template(`Essential: "false"\nCpu: '10'\nHealthCheck: {Interval: "30"}\nDockerLabels: {a: true, b: 1}`),
      "cloudformation",
    );
    expect(definition).toMatchObject({ memory: "512" });
    expect(containerNamed(definition, "c0")).toMatchObject({
      essential: false,
      cpu: 10,
      healthCheck: { interval: 30 },
      dockerLabels: { a: "true", b: "1" },
    });
  });

  test.each([
    ["a check", "HealthCheck: !If [Checked, {Command: [CMD, x]}, !Ref AWS::NoValue]", "healthCheck"],
    ["a part of a check", "HealthCheck:\n  Command: !Ref Words", "healthCheck.command"],
    [
      "a driver",
      "LogConfiguration:\n  Fn::If: [A, {LogDriver: awslogs}, {LogDriver: splunk}]",
      "logConfiguration",
    ],
    ["a group", "LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref G}}", "awslogs-group"],
    [
      "a secret",
      "LogConfiguration: {LogDriver: awslogs, Options: {mode: '{{resolve:secretsmanager:s}}'}}",
      "mode",
    ],
    ["labels", "DockerLabels: !Ref Labels", "dockerLabels"],
  ])("%s that only CloudFormation knows is not written over", (_, container, field) => {
    expect(() => inject(template(container), "cloudformation")).toThrow(field);
    expect(() => inject(template(container), "cloudformation")).toThrow(
      /^UnknownValue: .* only known to CloudFormation, .* or leave that field out of the policy$/,
    );
  });

  test("what is known only there and not touched stays as it is written", () => {
    const own = `Image: !Join ['', [a, !Ref B]] # built\nLogConfiguration:\n  LogDriver: awslogs\n  Options:\n    awslogs-region:\n      Ref: AWS::Region\n    awslogs-stream-prefix: !Sub "\${A}-b"`;
    const text = template(own, "      Cpu: !Ref Cpu\n");
    const after = inject(text, "cloudformation");
    for (const line of text.trimEnd().split("\n")) expect(after.split("\n")).toContain(line);
    expect(at(containerNamed(patched(text), "c0"), "logConfiguration", "options", "awslogs-group")).toBe(
      "/ours",
    );
  });

  test("one of several is chosen by its logical id", () => {
    const two = `Resources:\n${["A", "B"].map((id) => `  ${id}:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {ContainerDefinitions: [{Name: ${id}}]}\n`).join("")}`;
    expect(() => open(two, "cloudformation")).toThrow(
      "several task definitions (A, B); say which with --logical-id",
    );
    expect(() => open(two, "cloudformation", "C")).toThrow(
      "no task definition C in the template; it has A, B",
    );
    const file = open(two, "cloudformation", "B");
    expect(file.definition).toEqual({ containerDefinitions: [{ name: "B" }] });
    expect(file.print({ containerDefinitions: [{ name: "B", user: "u" }] }, undefined)).toBe(
      two.replace("Name: B", 'Name: B, "User": "u"'),
    );
  });

  test.each([
    ["Resources: {}", "task:1:1: no AWS::ECS::TaskDefinition"],
    ["Resources: [", "task:1:13: not a CloudFormation template"],
    ["a: 1\nb: *a", "anchors and aliases"],
    ["Resources: {A: &a {Type: T}}", "anchors and aliases"],
    ["Resources:\n  A: 1\n  A: 2", 'task:3:3: not a CloudFormation template: the key "A" stands twice'],
    ["---\na: 1\n---\nb: 1", "not a CloudFormation template"],
    [`a: ${"[".repeat(600)}`, "nested too deeply"],
    [`${"- ".repeat(5000)}a`, "nested too deeply"],
    ["Resources: {A: {Type: AWS::ECS::TaskDefinition}}", "A has no Properties"],
    [
      "Resources: {A: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: !Ref X}}}",
      "must be a list",
    ],
    [
      "Resources: {A: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [!If [A, {Name: x}, {Name: y}]]}}}",
      "ContainerDefinitions[0] must be a container, written out",
    ],
    [
      "Resources: {A: {Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: !Ref N}]}}}",
      "ContainerDefinitions[0] needs a name, written out",
    ],
  ])("%j is refused", (text, message) => {
    expect(() => open(text, "cloudformation")).toThrow(message);
  });
});

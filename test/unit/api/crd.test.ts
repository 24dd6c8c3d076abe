// The CustomResourceDefinitions: structural, as an API server demands it.
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { customResourceDefinitions, toStructural } from "../../../controller/api/crd.ts";
import { referencePolicy, soundPolicy } from "./policies.ts";

interface Node {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node;
  readonly items?: Node;
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: Node };
    }[];
  };
}

const definitions = [...customResourceDefinitions().values()] as Definition[];
const rootOf = (kind: string): Node => {
  const found = definitions.find(({ spec }) => spec.names.kind === kind);
  return found?.spec.versions[0]?.schema.openAPIV3Schema as Node;
};

/** What OpenAPI v3 has and a structural schema may say; Kubernetes documentation, "Specifying a structural schema". */
const allowed = new Set([
  ...["type", "description", "properties", "additionalProperties", "items", "required", "enum", "nullable"],
  ...[
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
  ],
  ...["minProperties", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"],
]);

function findFaults(node: Node, path: string): string[] {
  const isOpen =
    node["x-kubernetes-int-or-string"] === true || node["x-kubernetes-preserve-unknown-fields"] === true;
  return [
    ...Object.keys(node).flatMap((key) => (allowed.has(key) ? [] : [`${path}: ${key}`])),
    ...(typeof node.type === "string" || isOpen ? [] : [`${path}: no type`]),
    ...(node["x-kubernetes-int-or-string"] === true && node.type !== undefined
      ? [`${path}: type beside int-or-string`]
      : []),
    ...(node.properties !== undefined && node.additionalProperties !== undefined
      ? [`${path}: both properties`]
      : []),
    ...(node.type === "array" && node.items === undefined ? [`${path}: no items`] : []),
    ...Object.entries(node.properties ?? {}).flatMap(([name, one]) => findFaults(one, `${path}.${name}`)),
    ...(node.additionalProperties === undefined ? [] : findFaults(node.additionalProperties, `${path}.*`)),
    ...(node.items === undefined ? [] : findFaults(node.items, `${path}[]`)),
  ];
}

/** As an API server judges a value, as far as the keywords above go; what it would prune counts as a fault too. */
function judge(value: unknown, node: Node, path: string): string[] {
  if (value === null) return node["nullable"] === true ? [] : [`${path}: null`];
  const isOpen = node["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) {
    if (node.type !== "array") return isOpen ? [] : [`${path}: a list`];
    return value.flatMap((item, i) => judge(item, node.items ?? {}, `${path}[${i}]`));
  }
  if (typeof value === "object") {
    const fields = node.properties ?? {};
    if (node.type !== "object") return isOpen ? [] : [`${path}: an object`];
    const required = (node["required"] ?? []) as readonly string[];
    return [
      ...required
        .filter((name) => !Object.hasOwn(value as object, name))
        .map((name) => `${path}: no ${name}`),
      ...Object.entries(value as object).flatMap(([name, one]) => {
        const below = fields[name] ?? node.additionalProperties;
        if (below === undefined) return isOpen ? [] : [`${path}: ${name} would be pruned`];
        return judge(one, below, `${path}.${name}`);
      }),
    ];
  }
  const values = node["enum"];
  if (Array.isArray(values) && !values.includes(value)) return [`${path}: ${value} is not in the enum`];
  if (
    typeof value === "string" &&
    typeof node["pattern"] === "string" &&
    !new RegExp(node["pattern"]).test(value)
  )
    return [`${path}: ${value} does not match`];
  if (node["x-kubernetes-int-or-string"] === true) return [];
  const types =
    typeof value === "number" ? ["number", ...(Number.isInteger(value) ? ["integer"] : [])] : [typeof value];
  return node.type === undefined || types.includes(node.type) ? [] : [`${path}: ${typeof value}`];
}

describe("customResourceDefinitions", () => {
  it.each(["MonitoringPolicy", "MonitoringException"])("has a structural schema of %s", (kind) => {
    expect(findFaults(rootOf(kind), kind)).toEqual([]);
  });

  it("is named as Kubernetes wants it, with columns that lead somewhere", () => {
    expect(definitions.map(({ metadata }) => metadata.name)).toEqual([
      "monitoringpolicies.ecsmon.dev",
      "monitoringexceptions.ecsmon.dev",
    ]);
    for (const { spec } of definitions) {
      const [version] = spec.versions;
      const columns = version?.additionalPrinterColumns ?? [];
      expect(columns.map(({ name }) => name)).toContain("Age");
      for (const { jsonPath } of columns) {
        const [root = "", field = ""] = jsonPath.split(".").slice(1);
        if (root === "metadata") continue;
        expect(version?.schema.openAPIV3Schema.properties?.[root]?.properties, jsonPath).toHaveProperty(
          field,
        );
      }
    }
  });

  it("takes every policy that validate takes, and prunes nothing of it", () => {
    for (const text of [soundPolicy, referencePolicy]) {
      for (const document of parseAllDocuments(text)) {
        const data = (document as { toJS(): { readonly kind: string; readonly spec: unknown } }).toJS();
        const spec = rootOf(data.kind).properties?.["spec"] as Node;
        expect(judge(data.spec, spec, "spec")).toEqual([]);
      }
    }
  });

  it("takes null wherever a policy may say it", () => {
    const spec = rootOf("MonitoringPolicy").properties?.["spec"] as Node;
    const fields = {
      selector: { services: ["*"] },
      sidecars: [
        { preset: "cloudwatch-agent", with: null },
        { preset: "cloudwatch-agent", with: { config: null, image: null } },
        { container: { name: "side", image: null, essential: null, environment: null, healthCheck: null } },
      ],
      ...{ notifications: null, logMetrics: null, queries: null, alarms: null, events: null, mackerel: null },
    };
    expect(judge(fields, spec, "spec")).toEqual([]);
    expect(judge({ ...fields, sidecars: null, mackerel: { monitors: null } }, spec, "spec")).toEqual([]);
  });

  it("is small enough for kubectl apply, whose annotation holds 256 KiB", () => {
    for (const definition of definitions) expect(JSON.stringify(definition).length).toBeLessThan(256 * 1024);
  });
});

describe("toStructural", () => {
  it.each([
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, { type: "string", nullable: true }],
    [
      { type: ["boolean", "null"], description: "d" },
      { type: "boolean", nullable: true, description: "d" },
    ],
    [
      {
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "string", pattern: "s$" },
        ],
      },
      { "x-kubernetes-int-or-string": true, pattern: "s$" },
    ],
    [
      { type: "object", additionalProperties: {} },
      { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    ],
    [{ $ref: "#/$defs/x" }, { "x-kubernetes-preserve-unknown-fields": true }],
    [{ const: "a" }, { type: "string", enum: ["a"] }],
    [
      { type: "number", exclusiveMinimum: 0 },
      { type: "number", minimum: 0, exclusiveMinimum: true },
    ],
    [
      { anyOf: [{ type: "boolean" }, { type: "object", additionalProperties: {} }] },
      { "x-kubernetes-preserve-unknown-fields": true },
    ],
  ])("turns %j into %j", (schema, expected) => {
    expect(toStructural(schema)).toEqual(expected);
  });
});

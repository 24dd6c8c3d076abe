// The two kinds as Kubernetes would hold them: CustomResourceDefinitions with a structural schema, made from the same
// zod schemas. Source: Kubernetes documentation, "Specifying a structural schema". What a structural schema cannot say
// (one shape or another, no unknown fields) is left to `ecsmon validate`; it never refuses what that accepts.
import { isObject } from "../model/json.ts";
import { type JsonSchema, toJsonSchema } from "./json-schema.ts";

interface Names {
  readonly kind: "MonitoringPolicy" | "MonitoringException";
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly object[];
}

const age = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const column = (name: string, type: string, jsonPath: string, more: object = {}): object => ({
  name,
  type,
  jsonPath,
  ...more,
});

const kinds: readonly Names[] = [
  {
    kind: "MonitoringPolicy",
    plural: "monitoringpolicies",
    singular: "monitoringpolicy",
    shortNames: ["monpol"],
    columns: [
      column("Enforcement", "string", ".spec.enforcement"),
      column("Suspended", "boolean", ".spec.suspend"),
      column("Priority", "integer", ".spec.priority"),
      column("Deletion", "string", ".spec.deletionPolicy", { priority: 1 }),
      age,
    ],
  },
  {
    kind: "MonitoringException",
    plural: "monitoringexceptions",
    singular: "monitoringexception",
    shortNames: ["monex"],
    columns: [
      column("Expires", "string", ".spec.expires"),
      column("Reason", "string", ".spec.reason"),
      column("Except", "string", ".spec.except", { priority: 1 }),
      age,
    ],
  },
];

const group = "ecsmon.dev";
const version = "v1alpha1";

/** File name → CustomResourceDefinition. */
export function customResourceDefinitions(): ReadonlyMap<string, object> {
  return new Map(kinds.map((names) => [`${names.plural}.${group}.yaml`, define(names)]));
}

function define({ kind, plural, singular, shortNames, columns }: Names): object {
  const document = toJsonSchema().properties[kind] as JsonSchema;
  const { spec } = document["properties"] as Readonly<Record<string, JsonSchema>>;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ["ecsmon"] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: toStructural(spec ?? {}),
                status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              },
            },
          },
        },
      ],
    },
  };
}

const anything = { "x-kubernetes-preserve-unknown-fields": true };

/** JSON Schema (2020-12, as zod writes it) → the part of OpenAPI v3 that a structural schema may have. */
export function toStructural(schema: JsonSchema): JsonSchema {
  const description = typeof schema["description"] === "string" ? { description: schema["description"] } : {};
  const { options, isNullable } = splitOptions(schema);
  const combined = combine(options);
  if (!isNullable) return { ...description, ...combined };
  const values = combined["enum"];
  return {
    ...description,
    ...combined,
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
    nullable: true,
  };
}

/** The shapes that a value may have, and whether it may be null. */
function splitOptions(schema: JsonSchema): { options: readonly JsonSchema[]; isNullable: boolean } {
  const { anyOf, type, ...rest } = schema;
  if (Array.isArray(anyOf)) {
    const parts = (anyOf as readonly JsonSchema[]).map(splitOptions);
    return {
      options: parts.flatMap(({ options }) => options),
      isNullable: parts.some((one) => one.isNullable),
    };
  }
  if (type === "null") return { options: [], isNullable: true };
  if (!Array.isArray(type)) return { options: [schema], isNullable: false };
  const types = type.filter((one) => one !== "null");
  return { options: types.map((one) => ({ ...rest, type: one })), isNullable: types.length < type.length };
}

function combine(options: readonly JsonSchema[]): JsonSchema {
  const [only, ...others] = options;
  if (only === undefined) return anything;
  if (others.length === 0) return translate(only);
  const types = new Set(options.map(({ type }) => type));
  if (types.size === 1 && types.has("object") && options.every(({ properties }) => isObject(properties)))
    return mergeObjects(options);
  if (types.size === 2 && types.has("string") && types.has("integer")) return intOrString(options);
  if (types.size === 1 && types.has("string")) return { type: "string" };
  return anything;
}

function intOrString(options: readonly JsonSchema[]): JsonSchema {
  const [pattern] = options.flatMap((one) => (typeof one["pattern"] === "string" ? [one["pattern"]] : []));
  return { "x-kubernetes-int-or-string": true, ...(pattern === undefined ? {} : { pattern }) };
}

/** One object that takes what any of them takes. */
function mergeObjects(options: readonly JsonSchema[]): JsonSchema {
  const fields = new Map<string, JsonSchema[]>();
  for (const { properties } of options)
    for (const [name, field] of Object.entries(properties as Readonly<Record<string, JsonSchema>>))
      fields.set(name, [...(fields.get(name) ?? []), field]);
  const required = [...fields.keys()].filter((name) =>
    options.every((one) => Array.isArray(one["required"]) && one["required"].includes(name)),
  );
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries([...fields].map(([name, found]) => [name, mergeFields(found)])),
  };
}

function mergeFields(fields: readonly JsonSchema[]): JsonSchema {
  const texts = new Set(fields.map((field) => JSON.stringify(field)));
  const [first = {}] = fields;
  if (texts.size === 1) return toStructural(first);
  const description = fields.find((field) => typeof field["description"] === "string")?.["description"];
  const enums = fields.map((field) => field["enum"]);
  const told = description === undefined ? {} : { description };
  return enums.every(Array.isArray)
    ? { ...told, type: "string", enum: [...new Set(enums.flat())] }
    : toStructural({ ...told, anyOf: fields });
}

/** Of one shape. */
function translate(schema: JsonSchema): JsonSchema {
  const { type, enum: values, const: value } = schema;
  if (value !== undefined) return { type: typeof value, enum: [value] };
  switch (type) {
    case "object":
      return translateObject(schema);
    case "array":
      return {
        type,
        ...pick(schema, ["minItems", "maxItems"]),
        items: toStructural((schema["items"] ?? {}) as JsonSchema),
      };
    case "string":
      return {
        type,
        ...(values === undefined ? {} : { enum: values }),
        ...pick(schema, ["minLength", "maxLength", "pattern"]),
      };
    case "integer":
      return { type, format: "int64", ...limits(schema) };
    case "number":
      return { type, ...limits(schema) };
    case "boolean":
      return { type };
    default:
      // References (any JSON) and what zod leaves open.
      return anything;
  }
}

function translateObject(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties: others, required } = schema;
  const sizes = pick(schema, ["minProperties"]);
  if (!isObject(properties)) {
    const values = toStructural(isObject(others) ? (others as JsonSchema) : {});
    const isOpen = values["type"] === undefined && values["x-kubernetes-int-or-string"] === undefined;
    return { type: "object", ...sizes, ...(isOpen ? anything : { additionalProperties: values }) };
  }
  const fields = properties as Readonly<Record<string, JsonSchema>>;
  return {
    type: "object",
    ...sizes,
    ...(Array.isArray(required) && required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, toStructural(field)]),
    ),
    ...(isObject(others) ? anything : {}),
  };
}

/** Zod's bounds of a safe integer are none that anybody gave. */
function limits(schema: JsonSchema): JsonSchema {
  const { minimum, maximum, exclusiveMinimum } = schema;
  return {
    ...(typeof minimum === "number" && minimum !== Number.MIN_SAFE_INTEGER ? { minimum } : {}),
    ...(typeof exclusiveMinimum === "number" ? { minimum: exclusiveMinimum, exclusiveMinimum: true } : {}),
    ...(typeof maximum === "number" && maximum !== Number.MAX_SAFE_INTEGER ? { maximum } : {}),
  };
}

function pick(schema: JsonSchema, names: readonly string[]): JsonSchema {
  return Object.fromEntries(
    names.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]])),
  );
}

// What each field of a document is: its type and its docs, read off the zod schema, for `explain` and the reference.
import type * as z from "zod";
import { configDocument } from "./schema/operator-config.ts";
import { exceptionDocument, policyDocument, policyKinds } from "./schema.ts";
import { unwrap } from "./schema-walk.ts";

type Schema = z.core.$ZodType;
/** The kinds of documents that have docs. */
export const documentedKinds = [...policyKinds, "OperatorConfig"] as const;
type Kind = (typeof documentedKinds)[number];

export interface Field {
  readonly name: string;
  /** `number`, `list of string`, `map of string`: for people. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly doc: string;
  /** What may be written, where only some words may. */
  readonly values: readonly string[];
  /** What lies below it, through lists and maps; a map's key is not a field. */
  readonly fields: readonly Field[];
}

const documents: Readonly<Record<Kind, Schema>> = {
  MonitoringPolicy: policyDocument,
  MonitoringException: exceptionDocument,
  OperatorConfig: configDocument,
};

const titles: Readonly<Record<Kind, string>> = {
  MonitoringPolicy: "How the Amazon ECS services that it selects are monitored.",
  MonitoringException: "What of the policies does not hold for some services, until a day.",
  OperatorConfig:
    "The controller's configuration: where policies come from, where they hold, and what they may reach.",
};

export function documentField(kind: Kind): Field {
  return { ...toField(kind, [documents[kind]]), doc: titles[kind] };
}

/** Several schemas where the field stands in several of a union's options; `among`: how many those are. */
function toField(name: string, schemas: readonly Schema[], among = 1): Field {
  const leaves = schemas.flatMap(unwrap).flatMap(content);
  const own = new Map<string, Schema[]>();
  let objects = 0;
  for (const leaf of leaves) {
    const { def } = of(leaf);
    if (def.type !== "object") continue;
    objects++;
    for (const [key, field] of Object.entries(def.shape)) own.set(key, [...(own.get(key) ?? []), field]);
  }
  let fields: readonly Field[] | undefined;
  return {
    name,
    type: typeOf(schemas),
    isRequired: schemas.length >= among && schemas.every((schema) => !isOptional(schema)),
    doc: [...new Set(schemas.map(docOf).filter((doc) => doc !== ""))].join(" / "),
    values: [...new Set(leaves.flatMap(valuesOf))],
    get fields() {
      fields ??= [...own].map(([key, found]) => toField(key, found, objects));
      return fields;
    },
  };
}

/** What the items of a list, or the values of a map, are made of; anything else itself. */
function content(schema: Schema): Schema[] {
  const { def } = of(schema);
  if (def.type === "array") return unwrap(def.element).flatMap(content);
  if (def.type === "record") return unwrap(def.valueType).flatMap(content);
  return [schema];
}

function of(schema: Schema): z.core.$ZodTypes["_zod"] {
  return (schema as z.core.$ZodTypes)._zod;
}

function isOptional(schema: Schema): boolean {
  return of(schema).def.type === "optional";
}

/** The outermost docs: `severity.nullish()` has those of `severity`. */
function docOf(schema: Schema): string {
  const { description } = schema as Schema & { readonly description?: string };
  if (description !== undefined) return description;
  const { def } = of(schema);
  return def.type === "optional" || def.type === "nullable" ? docOf(def.innerType) : "";
}

function valuesOf(schema: Schema): string[] {
  const { def } = of(schema);
  if (def.type === "enum") return Object.values(def.entries).map(String);
  return def.type === "literal" ? def.values.map(String) : [];
}

function typeOf(schemas: readonly Schema[]): string {
  if (schemas.some(isDuration)) return "duration";
  return [...new Set(schemas.flatMap(unwrap).map(nameType))].join(" or ");
}

/** Whole seconds, or text that is turned into them. */
function isDuration(schema: Schema): boolean {
  const { def } = of(schema);
  if (def.type === "optional" || def.type === "nullable") return isDuration(def.innerType);
  return def.type === "union" && def.options.some((option) => of(option).def.type === "pipe");
}

function nameType(schema: Schema): string {
  const { def } = of(schema);
  switch (def.type) {
    case "string":
    case "boolean":
      return def.type;
    case "enum":
    case "literal":
      return "string";
    case "number":
      return "format" in def && def.format === "safeint" ? "integer" : "number";
    case "object":
      return "object";
    case "array":
      return `list of ${typeOf([def.element])}`;
    case "record":
      return `map of ${typeOf([def.valueType])}`;
    default:
      return "any";
  }
}

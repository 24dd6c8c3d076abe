// Finds the part of a zod schema that a path leads to: for "did you mean", and for `explain` and the like.
import type * as z from "zod";

type Schema = z.core.$ZodType;

/** The schemas that may judge the value at a path: several where a union is on the way. */
export function schemasAt(root: Schema, path: readonly (string | number)[]): Schema[] {
  let schemas = unwrap(root);
  for (const step of path) schemas = schemas.flatMap((schema) => enter(schema, step)).flatMap(unwrap);
  return schemas;
}

/** Those of them that a document can mean: the preset that it names leaves out what belongs to the others. */
export function schemasMeant(root: Schema, path: readonly (string | number)[], data: unknown): Schema[] {
  let schemas = unwrap(root);
  let value = data;
  for (const step of path) {
    const here = value;
    const meant = schemas.filter((schema) => !isContradicted(schema, here));
    schemas = (meant.length > 0 ? meant : schemas).flatMap((schema) => enter(schema, step)).flatMap(unwrap);
    value = memberOf(value, step);
  }
  return schemas;
}

/** Whether a mapping says one of a few words where the schema has others. */
function isContradicted(schema: Schema, value: unknown): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== "object") return false;
  return Object.entries(def.shape).some(([key, field]) => {
    const given = memberOf(value, key);
    const words = unwrap(field).map((one) => (one as z.core.$ZodTypes)._zod.def);
    return (
      given !== undefined &&
      words.every((word) => word.type === "enum" && !Object.values(word.entries).includes(given as string))
    );
  });
}

function memberOf(value: unknown, step: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined;
}

/** The fields of a mapping that it cannot do without. */
export function requiredOf(schema: Schema): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== "object") return [];
  return Object.keys(def.shape).filter((key) => def.shape[key]?._zod.optin !== "optional");
}

export function fieldsOf(schema: Schema): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "object") return Object.keys(def.shape);
  if (def.type !== "record") return [];
  const keys = (def.keyType as z.core.$ZodTypes)._zod.def;
  return keys.type === "enum" ? Object.values(keys.entries).map(String) : [];
}

function enter(schema: Schema, step: string | number): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "object") {
    const field = Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
    return field === undefined ? [] : [field];
  }
  if (def.type === "record") return [def.valueType];
  if (def.type === "array") return [def.element];
  return [];
}

/** Takes the wrappers off: optional, nullable, transforms; a union gives all of its options. */
export function unwrap(schema: Schema): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional" || def.type === "nullable") return unwrap(def.innerType);
  if (def.type === "pipe") return unwrap(def.in);
  if (def.type === "union") return def.options.flatMap(unwrap);
  return [schema];
}

// Finds the part of a zod schema that a path leads to: for "did you mean", and for `explain` and the like.
import type * as z from "zod";

type Schema = z.core.$ZodType;

/** The schemas that may judge the value at a path: several where a union is on the way. */
export function schemasAt(root: Schema, path: readonly (string | number)[]): Schema[] {
  let schemas = unwrap(root);
  for (const step of path) schemas = schemas.flatMap((schema) => enter(schema, step)).flatMap(unwrap);
  return schemas;
}

/** The field names that are known at a path. */
export function fieldsAt(root: Schema, path: readonly (string | number)[]): string[] {
  return [...new Set(schemasAt(root, path).flatMap(fieldsOf))];
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

// Every public field has its docs, wherever the schema has it.
import { expect, it } from "vitest";
import type * as z from "zod";
import { configDocument } from "../../../controller/api/schema/operator-config.ts";
import { exceptionDocument, policyDocument } from "../../../controller/api/schema.ts";
import { unwrap } from "../../../controller/api/schema-walk.ts";

type Schema = z.core.$ZodType;

/** Paths of fields without docs, each of a union's options by itself. */
function findBare(schema: Schema, path: string, seen: Set<Schema>): string[] {
  return unwrap(schema).flatMap((one) => {
    const { def } = (one as z.core.$ZodTypes)._zod;
    if (seen.has(one)) return [];
    seen.add(one);
    if (def.type === "array") return findBare(def.element, `${path}[]`, seen);
    if (def.type === "record") return findBare(def.valueType, `${path}.*`, seen);
    if (def.type !== "object") return [];
    return Object.entries(def.shape).flatMap(([name, field]) => [
      ...(hasDocs(field) ? [] : [`${path}.${name}`]),
      ...findBare(field, `${path}.${name}`, seen),
    ]);
  });
}

function hasDocs(schema: Schema): boolean {
  const { description } = schema as Schema & { readonly description?: string };
  if (description !== undefined) return description.trim() !== "";
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return (def.type === "optional" || def.type === "nullable") && hasDocs(def.innerType);
}

it.each([
  ["MonitoringPolicy", policyDocument],
  ["MonitoringException", exceptionDocument],
  ["OperatorConfig", configDocument],
])("documents every field of a %s", (kind, schema) => {
  expect(findBare(schema, kind, new Set())).toEqual([]);
});

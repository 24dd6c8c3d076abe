// The policy's JSON Schema, for editors: made from the same zod schema that judges policies.
import * as z from "zod";
import { policyDocument } from "./schema.ts";

export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(policyDocument, {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
  });
  return {
    $schema,
    $id: "https://ecsmon.dev/schemas/v1alpha1/monitoringpolicy.schema.json",
    title: "MonitoringPolicy",
    description: "How the Amazon ECS services that it selects are monitored.",
    ...schema,
  };
}

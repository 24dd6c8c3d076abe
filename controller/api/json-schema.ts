// The JSON Schemas of policy files and of the controller's configuration, for editors and other validators: made from the zod schemas that judge policies.
// One schema takes both kinds, since one `# yaml-language-server: $schema=…` holds for all documents of a file.
import * as z from "zod";
import { configDocument } from "./schema/operator-config.ts";
import { exceptionDocument, policyDocument, policyKinds } from "./schema.ts";

export type JsonSchema = { readonly [key: string]: unknown };

export function policyJsonSchema(): JsonSchema {
  const { $schema, $defs, properties } = toJsonSchema();
  const policy = properties["MonitoringPolicy"] as ObjectSchema;
  const exception = properties["MonitoringException"] as ObjectSchema;
  const { apiVersion, metadata } = policy.properties;
  return {
    $schema,
    $id: "https://ecsmon.dev/schemas/v1alpha1/monitoringpolicy.schema.json",
    title: "MonitoringPolicy",
    description:
      "How the Amazon ECS services that it selects are monitored; or, for a time, are not (MonitoringException).",
    type: "object",
    properties: {
      apiVersion,
      kind: {
        type: "string",
        enum: policyKinds,
        description: "MonitoringPolicy, or MonitoringException for a waiver.",
      },
      metadata,
      spec: { type: "object" },
    },
    required: policy.required,
    additionalProperties: false,
    // A name for what differs, and no `oneOf`: a mistake is then told where it stands, not as "matches none of two".
    if: { properties: { kind: { const: "MonitoringException" } }, required: ["kind"] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
    then: { properties: { spec: exception.properties["spec"] } },
    else: { properties: { spec: policy.properties["spec"] } },
    ...($defs === undefined ? {} : { $defs }),
  };
}

/** Of the controller's configuration, which stands in a file of its own. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configDocument, options);
  return {
    $schema,
    $id: "https://ecsmon.dev/schemas/v1alpha1/operatorconfig.schema.json",
    title: "OperatorConfig",
    description:
      "Where the policies come from, which accounts and Regions they hold for, and what they may reach.",
    ...schema,
  };
}

const options = { target: "draft-2020-12", io: "input", unrepresentable: "any" } as const;

interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/** Both kinds, by name. In one go, so that what they share is one definition. */
export function toJsonSchema(): ObjectSchema {
  const both = z.object({ MonitoringPolicy: policyDocument, MonitoringException: exceptionDocument });
  return z.toJSONSchema(both, options) as unknown as ObjectSchema;
}

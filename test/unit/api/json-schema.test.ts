import { describe, expect, it } from "vitest";
import { policyJsonSchema } from "../../../controller/api/json-schema.ts";

describe("policyJsonSchema", () => {
  const schema = policyJsonSchema() as Record<string, unknown>;

  it("names itself", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: expect.stringMatching(/^https:/),
      title: "MonitoringPolicy",
      required: ["apiVersion", "kind", "metadata", "spec"],
      additionalProperties: false,
    });
  });

  it("is the same every time", () => {
    expect(JSON.stringify(policyJsonSchema())).toBe(JSON.stringify(schema));
  });

  it("takes both forms of a duration", () => {
    const spec = (schema["properties"] as { spec: { properties: Record<string, unknown> } }).spec.properties;
    expect(JSON.stringify(spec["healthCheck"])).toContain('"integer"');
    expect(JSON.stringify(spec["healthCheck"])).toContain("[smhd]");
  });
});

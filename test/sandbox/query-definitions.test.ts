// Saved Logs Insights queries in the sandbox.
import { DescribeQueryDefinitionsCommand, PutQueryDefinitionCommand } from "@aws-sdk/client-cloudwatch-logs";
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createLogs } from "../../controller/sandbox/services/logs.ts";
import { start } from "./harness.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "us-east-1" };
let service = createLogs();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const fatals = { name: "web/fatals", queryString: "filter @message like /FATAL/" };
const put = (more: Input = {}): string =>
  String(call("PutQueryDefinition", { ...fatals, ...more }).queryDefinitionId);
const listed = (input: Input = {}) => call("DescribeQueryDefinitions", input).queryDefinitions as Input[];
const names = (input: Input = {}) => listed(input).map((each) => each.name);

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createLogs();
});

describe("a query definition", () => {
  it("gets an id, the same in each run and another for each definition", () => {
    const ids = [put(), put({ name: "other" })];
    expect(ids[0]).toMatch(UUID);
    expect(new Set(ids).size).toBe(2);
    service = createLogs();
    expect([put(), put({ name: "other" })]).toEqual(ids);
  });

  it("is read back with what AWS fills in", () => {
    const queryDefinitionId = put({ parameters: [{ name: "level", defaultValue: "FATAL" }] });
    expect(listed()).toEqual([
      {
        ...fatals,
        queryDefinitionId,
        queryLanguage: "CWLI",
        logGroupNames: [],
        parameters: [{ name: "level", defaultValue: "FATAL" }],
        lastModified: clock,
      },
    ]);
  });

  it("is replaced as a whole by its id: log groups left out are gone", () => {
    const queryDefinitionId = put({ logGroupNames: ["/ecs/web"], parameters: [{ name: "level" }] });
    clock += 1000;
    expect(put({ queryDefinitionId, name: "renamed" })).toBe(queryDefinitionId);
    expect(listed()).toEqual([
      {
        ...fatals,
        name: "renamed",
        queryDefinitionId,
        queryLanguage: "CWLI",
        logGroupNames: [],
        lastModified: clock,
      },
    ]);
  });

  it("without an id is a new one, even under a name that exists", () => {
    put();
    put();
    expect(names()).toEqual([fatals.name, fatals.name]);
  });

  it("sent again with its token is made once", () => {
    const clientToken = "0f8fad5b-d9cb-469f-a165-70867728950e";
    const id = put({ clientToken });
    expect(put({ clientToken })).toBe(id);
    expect(names()).toHaveLength(1);
    expect(put({ clientToken: clientToken.replace("0f", "1f") })).not.toBe(id);
  });

  it("that isn't there can be neither changed nor deleted", () => {
    const missing = expect.objectContaining({ code: "ResourceNotFoundException" });
    expect(() => put({ queryDefinitionId: "nope" })).toThrow(missing);
    const queryDefinitionId = put();
    expect(call("DeleteQueryDefinition", { queryDefinitionId })).toEqual({ success: true });
    expect(() => call("DeleteQueryDefinition", { queryDefinitionId })).toThrow(missing);
    expect(names()).toEqual([]);
  });

  it.each<[string, Input]>([
    ["no name", { name: undefined }],
    ["an empty name", { name: "" }],
    ["a long name", { name: "x".repeat(256) }],
    ["no query", { queryString: undefined }],
    ["a long query", { queryString: "x".repeat(10_001) }],
    ["an unknown language", { queryLanguage: "LOGQL" }],
    ["51 groups", { logGroupNames: Array(51).fill("/ecs/web") }],
    ["a group's ARN", { logGroupNames: ["arn:aws:logs:us-east-1:123456789012:log-group:x"] }],
    ["21 parameters", { parameters: Array.from({ length: 21 }, (_, i) => ({ name: `p${i}` })) }],
    ["a parameter that is no word", { parameters: [{ name: "1a" }] }],
    ["parameters of SQL", { queryLanguage: "SQL", parameters: [{ name: "a" }] }],
    ["a short token", { clientToken: "abc" }],
  ])("refuses %s", (_name, more) => {
    expect(() => put(more)).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
    expect(service.state()).toEqual(createLogs().state());
  });

  it("is found by prefix and language, and there are 1000 at most", () => {
    for (const name of ["web/b", "web/a", "api/a"]) put({ name });
    put({ name: "web/sql", queryLanguage: "SQL" });
    expect(names()).toEqual(["api/a", "web/a", "web/b", "web/sql"]);
    expect(names({ queryDefinitionNamePrefix: "web/", queryLanguage: "CWLI" })).toEqual(["web/a", "web/b"]);
    for (let index = 4; index < 1000; index += 1) put({ name: `more/${index}` });
    expect(() => put()).toThrow(expect.objectContaining({ code: "LimitExceededException" }));
    expect(() => listed({ maxResults: 1001 })).toThrow(
      expect.objectContaining({ code: "InvalidParameterException" }),
    );
  });
});

it("pages come through the SDK, whose own token makes a lost call safe to repeat", async () => {
  const { logs, control } = await start({ pageSizes: { DescribeQueryDefinitions: 2 } });
  for (const name of ["c", "a", "b"]) await logs.send(new PutQueryDefinitionCommand({ ...fatals, name }));
  const first = await logs.send(new DescribeQueryDefinitionsCommand({}));
  expect(first.queryDefinitions?.map((each) => each.name)).toEqual(["a", "b"]);
  const { nextToken } = first;
  const second = await logs.send(new DescribeQueryDefinitionsCommand({ ...(nextToken && { nextToken }) }));
  expect(second.queryDefinitions?.map((each) => each.name)).toEqual(["c"]);
  const tokens = control
    .calls({ operation: "PutQueryDefinition" })
    .map(({ input }) => (input as Input).clientToken);
  expect(new Set(tokens).size).toBe(3);
});

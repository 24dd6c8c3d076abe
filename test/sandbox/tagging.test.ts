// The tagging API over services made for the test: filters, types, pages, and what it remembers.
import { beforeEach, describe, expect, it } from "vitest";
import type {
  Input,
  OperationContext,
  Output,
  SandboxService,
  TaggedResource,
} from "../../controller/sandbox/service.ts";
import { createTagging } from "../../controller/sandbox/services/tagging.ts";

const context: OperationContext = { now: () => 0, account: "123456789012", region: "ap-northeast-1" };
let resources: TaggedResource[] = [];
const fake: SandboxService = { id: "ecs", operations: {}, taggedResources: () => resources };
let service = createTagging(() => [fake, { id: "sts", operations: {} }]);
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const arns = (output: Output) => (output.ResourceTagMappingList as Input[]).map((each) => each.ResourceARN);
const find = (input: Input = {}) => arns(call("GetResources", input));

beforeEach(() => {
  service = createTagging(() => [fake, { id: "sts", operations: {} }]);
  resources = [
    { arn: "d", type: "cloudwatch:alarm", tags: { owner: "ecsmon", env: "prod" } },
    { arn: "a", type: "ecs:service", tags: { env: "prod" } },
    { arn: "b", type: "ecs:cluster", tags: { env: "dev", empty: "" } },
    { arn: "c", type: "logs:log-group", tags: {} },
  ];
});

describe("GetResources", () => {
  const cases: [Input, string[]][] = [
    [{}, ["a", "b", "d"]],
    [{ TagFilters: [{ Key: "env" }] }, ["a", "b", "d"]],
    [{ TagFilters: [{ Key: "env", Values: ["prod", "stage"] }] }, ["a", "d"]],
    [
      {
        TagFilters: [
          { Key: "env", Values: ["prod"] },
          { Key: "owner", Values: [] },
        ],
      },
      ["d"],
    ],
    [{ TagFilters: [{ Key: "Env" }] }, []],
    [{ TagFilters: [{ Key: "empty", Values: [""] }] }, ["b"]],
    [{ TagFilters: [{ Key: "constructor" }] }, []],
    [{ ResourceTypeFilters: ["ecs:service"] }, ["a"]],
    [{ ResourceTypeFilters: ["ecs", "cloudwatch:alarm"] }, ["a", "b", "d"]],
    [{ ResourceTypeFilters: ["ecs:serv"] }, []],
    [{ ResourceARNList: ["d", "nope"] }, ["d"]],
  ];
  it.each(cases)("%j finds %j", (input, expected) => {
    expect(find(input)).toEqual(expected);
  });

  it("lists tags by key and says with an empty token that all is said", () => {
    expect(call("GetResources", { ResourceTypeFilters: ["cloudwatch"] })).toEqual({
      ResourceTagMappingList: [
        {
          ResourceARN: "d",
          Tags: [
            { Key: "env", Value: "prod" },
            { Key: "owner", Value: "ecsmon" },
          ],
        },
      ],
      PaginationToken: "",
    });
  });

  it("still shows, without tags, what once had some", () => {
    expect(find()).toEqual(["a", "b", "d"]);
    resources = resources.map((each) => (each.arn === "a" ? { ...each, tags: {} } : each));
    expect((call("GetResources").ResourceTagMappingList as Input[])[0]).toEqual({
      ResourceARN: "a",
      Tags: [],
    });
    expect(find({ TagFilters: [{ Key: "env" }] })).toEqual(["b", "d"]);
    resources = resources.filter((each) => each.arn !== "a");
    expect(find()).toEqual(["b", "d"]);
  });

  it("pages, with tokens of this question only", () => {
    const first = call("GetResources", { ResourcesPerPage: 2 });
    expect(arns(first)).toEqual(["a", "b"]);
    const PaginationToken = first.PaginationToken;
    expect(find({ ResourcesPerPage: 2, PaginationToken })).toEqual(["d"]);
    const code = "PaginationTokenExpiredException";
    expect(() => find({ PaginationToken, TagFilters: [{ Key: "env" }] })).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => find({ PaginationToken: "made up" })).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    { ResourcesPerPage: 101 },
    { ResourcesPerPage: 0 },
    { TagFilters: Array(51).fill({ Key: "a" }) },
    { TagFilters: [{ Key: "a", Values: Array(21).fill("x") }] },
    { TagFilters: [{ Values: ["x"] }] },
    { ResourceTypeFilters: ["AWS::ECS::Service"] },
    { ResourceARNList: ["a"], TagFilters: [{ Key: "a" }] },
  ])("refuses %j", (input) => {
    expect(() => find(input)).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
  });
});

it("GetTagKeys and GetTagValues list each once", () => {
  expect(call("GetTagKeys")).toEqual({ TagKeys: ["empty", "env", "owner"], PaginationToken: "" });
  expect(call("GetTagValues", { Key: "env" })).toEqual({ TagValues: ["dev", "prod"], PaginationToken: "" });
});

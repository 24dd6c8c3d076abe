// What failed fails again in the same words, so that whoever reads it concludes the same.
import { expect, test } from "vitest";
import { describeAwsError } from "../../../../controller/aws/errors.ts";
import { readAllPages } from "../../../../controller/aws/pages.ts";
import { readFact, toError, toFault } from "../../../../controller/aws/snapshot/facts.ts";
import { freeze, revive } from "../../../../controller/aws/snapshot/instants.ts";
import { EcsmonError } from "../../../../controller/model/errors.ts";

const named = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name }, more);

test.each<[string, Error]>([
  ["denied", named("AccessDeniedException", "User: x is not authorized")],
  ["throttled", named("ThrottlingException", "Rate exceeded")],
  ["credentials", named("ExpiredTokenException", "old")],
  ["lost", named("Error", "connect ECONNREFUSED 10.0.0.1:443", { code: "ECONNREFUSED" })],
  ["lost on two addresses", new AggregateError([new Error("one"), new Error("two")])],
  ["late", named("TimeoutError", "no answer in 20 s")],
  ["no answer of its protocol", named("SyntaxError", "Unexpected token <\n Deserialization error: see")],
  ["something else", named("ValidationError", "AlarmNames has 101 members")],
  ["ours", new EcsmonError("MalformedAnswer", "ecs:ListClusters gave an answer without its list")],
])("%s", async (_what, error) => {
  const again = toError(JSON.parse(JSON.stringify(toFault(error))));
  expect(describeAwsError(again, "ecs:ListClusters")).toEqual(describeAwsError(error, "ecs:ListClusters"));
  expect(again.name).toBe(error.name);
  const wrapped = await readFact(() => readAllPages("ecs:ListClusters", () => Promise.reject(error)));
  expect(wrapped).toEqual({ fault: toFault(error) });
});

test("instants come back as such, and what is undefined does not", () => {
  const value = { at: new Date(0), list: [{ at: new Date(5) }], gone: undefined, text: "x", none: null };
  const frozen = freeze(value);
  expect(JSON.parse(JSON.stringify(frozen))).toEqual(frozen);
  expect(revive(frozen)).toStrictEqual({
    at: new Date(0),
    list: [{ at: new Date(5) }],
    text: "x",
    none: null,
  });
});

// How attempts end, for the metric: by what the SDK or ecsmon itself throws.
import { expect, it } from "vitest";
import { outcomeOf } from "../../../controller/aws/request-outcome.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";

const named = (name: string, more: object = {}) => Object.assign(new Error("text"), { name, ...more });

it("is a success where nothing was thrown", () => {
  expect(outcomeOf()).toBe("success");
});

it.each([
  ["ThrottlingException", "throttled"],
  ["AccessDeniedException", "denied"],
  ["ExpiredTokenException", "denied"],
  ["TimeoutError", "unreachable"],
  ["ServiceNotFoundException", "error"],
])("%s is %s", (name, outcome) => {
  expect(outcomeOf(named(name))).toBe(outcome);
});

it("is unreachable where there was no connection", () => {
  expect(outcomeOf(named("Error", { code: "ECONNREFUSED" }))).toBe("unreachable");
});

it("is refused where ecsmon held it back, and AWS's where it made no sense of the answer", () => {
  expect(outcomeOf(new EcsmonError("LeaseLost", "gone", { fault: "operator" }))).toBe("refused");
  expect(outcomeOf(new EcsmonError("MalformedAnswer", "odd", { fault: "aws" }))).toBe("error");
});

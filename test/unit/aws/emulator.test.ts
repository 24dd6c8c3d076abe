// What may be taken for "there is no such operation here", and before whom.
import { describe, expect, it } from "vitest";
import { isEmulated, lacksOperation } from "../../../controller/aws/emulator.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";

const aws = {};
const emulator = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
const named = { AWS_ENDPOINT_URL_SCHEDULER: "http://127.0.0.1:1" };

/** As the SDK throws it: the answer was no JSON. */
function page(type = "text/html; charset=utf-8"): Error {
  const error = new SyntaxError("Unexpected token '<'");
  return Object.assign(error, { $response: { headers: { "content-type": type } } });
}

function coded(name: string): Error {
  return Object.assign(new Error("no"), { name });
}

/** As a list of pages throws it. */
function wrapped(cause: unknown): EcsmonError {
  return new EcsmonError("MalformedAnswer", "no", { cause });
}

describe("lacksOperation", () => {
  it.each([
    ["a page of text from an emulator", page(), emulator, true],
    ["the same through a list of pages", wrapped(page()), emulator, true],
    ["from the endpoint that is named for the service", page(), named, true],
    ["from AWS, where it is some proxy's", page(), aws, false],
    ["the same through a list of pages, from AWS", wrapped(page()), aws, false],
    ["an answer cut off", page("application/json"), emulator, false],
    ["an answer without anything", new SyntaxError("Unexpected end"), emulator, false],
    ["AWS's own code", coded("UnknownOperationException"), aws, true],
    ["a denial", coded("AccessDeniedException"), emulator, false],
    ["a text", "no", emulator, false],
    ["nothing", undefined, emulator, false],
  ])("%s", (_name, error, env, expected) => {
    expect(lacksOperation("SCHEDULER", error, env)).toBe(expected);
  });

  it("goes by the endpoint of the service that was asked", () => {
    expect(lacksOperation("CLOUDWATCH_LOGS", page(), named)).toBe(false);
  });
});

it("one endpoint for all is an emulator's, unless it is named for the service too", () => {
  expect(isEmulated("SCHEDULER", emulator)).toBe(true);
  expect(isEmulated("IAM", { ...emulator, ...named })).toBe(true);
  expect(isEmulated("SCHEDULER", { ...emulator, ...named })).toBe(false);
  expect(isEmulated("SCHEDULER", aws)).toBe(false);
});

// AWS's codes in our words: stable codes, and a message that names the call and fits one line.
import { expect, onTestFinished, test, vi } from "vitest";
import { describeAwsError, malformed } from "../../../controller/aws/errors.ts";

const error = (name: string, message = "some text"): Error => Object.assign(new Error(message), { name });

test.each([
  [error("AccessDeniedException"), "AccessDenied", "op was denied: some text"],
  [error("UnauthorizedOperation"), "AccessDenied", "op was denied: some text"],
  [
    error("ThrottlingException", "Rate exceeded"),
    "Throttled",
    "op was throttled again and again: Rate exceeded",
  ],
  [error("ExpiredTokenException"), "Credentials", "op: no valid AWS credentials: some text"],
  [
    error("SyntaxError", "Unexpected token '<'\n  Deserialization error: to see more"),
    "MalformedAnswer",
    "op gave an answer that is not of its protocol: Unexpected token '<'",
  ],
  [
    Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" }),
    "Unreachable",
    "op: the endpoint could not be reached: connect ECONNREFUSED 127.0.0.1:1",
  ],
  [error("ClusterNotFoundException", "a\nb"), "ClusterNotFoundException", "op failed: a b"],
  [
    malformed("x:List", "its list"),
    "MalformedAnswer",
    "x:List gave an answer without its list; nothing is concluded from it",
  ],
])("%s", (thrown, code, message) => {
  expect(describeAwsError(thrown, "op")).toEqual({ code, message });
});

test("credentials that are not there are told with the profile that was to have them", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  const tell = (name: string, message: string) => describeAwsError(error(name, message), "op").message;
  vi.stubEnv("AWS_PROFILE", "nope");
  expect(tell("CredentialsProviderError", "none")).toMatch(/: none \(AWS_PROFILE is "nope"\)$/);
  expect(tell("CredentialsProviderError", "no profile nope")).toMatch(/: no profile nope$/);
  expect(tell("ExpiredToken", "old")).toMatch(/: old$/);
  vi.stubEnv("AWS_PROFILE", "");
  expect(tell("CredentialsProviderError", "none")).toMatch(/: none$/);
});

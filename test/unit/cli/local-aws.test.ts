// A command that works on the sandbox keeps nothing of the user's AWS, and the SDK quiet.
import { afterEach, beforeEach, expect, test } from "vitest";
import { useSandbox } from "../../../controller/cli/local-aws.ts";

let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = { ...process.env };
});
afterEach(() => {
  process.env = before;
});

test("takes the user's configuration away, and leaves the switch of main.ts", () => {
  const quiet = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";
  Object.assign(process.env, { AWS_PROFILE: "prod", AWS_SESSION_TOKEN: "t", [quiet]: "true" });
  useSandbox("http://127.0.0.1:1");
  expect(process.env["AWS_PROFILE"]).toBeUndefined();
  expect(process.env["AWS_SESSION_TOKEN"]).toBeUndefined();
  expect(process.env["AWS_ENDPOINT_URL"]).toBe("http://127.0.0.1:1");
  expect(process.env[quiet]).toBe("true");
});

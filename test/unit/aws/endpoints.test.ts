// An endpoint that is none is told once, by its variable, and not by every call.
import { expect, test } from "vitest";
import { checkEndpoints } from "../../../controller/aws/endpoints.ts";

test.each([
  { AWS_ENDPOINT_URL: "foo" },
  { AWS_ENDPOINT_URL: "localhost:4566" },
  { AWS_ENDPOINT_URL: "http://" },
  { AWS_ENDPOINT_URL: "http://127.0.0.1:4566", AWS_ENDPOINT_URL_ECS: "127.0.0.1" },
])("%j is refused", (env) => {
  const [name, url] = Object.entries(env).at(-1) ?? [];
  expect(() => checkEndpoints(env)).toThrow(
    `${name} is ${JSON.stringify(url)}, which is no URL; write it as`,
  );
});

test.each([
  {},
  { AWS_ENDPOINT_URL: "" },
  { AWS_ENDPOINT_URL: "http://127.0.0.1:4566", AWS_ENDPOINT_URL_ECS: "https://ecs.example.com/base" },
  { AWS_ENDPOINT_URL: "foo", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
  { AWS_ENDPOINTS: "foo" },
])("%j is taken", (env) => {
  expect(() => checkEndpoints(env)).not.toThrow();
});

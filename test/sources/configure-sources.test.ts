// The sources of a configuration, as the controller keeps reading them.
import { join } from "node:path";
import { expect, test } from "vitest";
import { configureSources, openConfigured } from "../../controller/sources/configured.ts";

const spec = {
  sources: [
    { path: "./policies" },
    { path: "/etc/ecsmon/policies" },
    { s3: { bucket: "ops", prefix: "policies/" } },
    { git: { url: "https://git.example.com/ops.git", ref: "main", path: "p", tokenEnv: "TOKEN" } },
    { git: { url: "ssh://git@git.example.com/ops.git", allowRewind: true } },
  ],
};
const config = { name: "prod", spec, file: join("/srv", "ecsmon", "operator.yaml") };

test("folders are watched; a push by force is taken only where the configuration says so", () => {
  const sources = configureSources(config, { TOKEN: "t0ken" });
  expect(sources.map(({ source, ...rest }) => [source.name, rest])).toEqual([
    ["/srv/ecsmon/policies", { allowRewind: false, watch: "/srv/ecsmon/policies" }],
    ["/etc/ecsmon/policies", { allowRewind: false, watch: "/etc/ecsmon/policies" }],
    ["s3://ops/policies/", { allowRewind: false }],
    ["git+https://git.example.com/ops.git?path=p#main", { allowRewind: false }],
    ["git+ssh://git@git.example.com/ops.git", { allowRewind: true }],
  ]);
  expect(openConfigured(config, { TOKEN: "t0ken" }).map(({ name }) => name)).toEqual(
    sources.map(({ source }) => source.name),
  );
});

test("a token that is not set is told of before anything is read", () => {
  expect(() => configureSources(config, {})).toThrow("set TOKEN");
});

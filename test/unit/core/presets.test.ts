// What a version of a preset writes is frozen: a changed container redeploys everybody who uses it. Add cases to the
// golden files, never change one; another container is another version.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sidecar } from "../../../controller/api/schema/sidecars.ts";
import { sidecarName } from "../../../controller/api/sidecar-name.ts";
import { findLack } from "../../../controller/core/health-command.ts";
import { buildPreset, type PresetSidecar } from "../../../controller/core/presets/index.ts";
import { findProblems } from "../../../controller/core/task-rules.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { appContainer, definition } from "./builders.ts";

interface Frozen {
  readonly with?: JsonObject;
  readonly container: JsonObject;
}

const folder = new URL("../../golden/core/presets/", import.meta.url);
const files = readdirSync(folder);
const cases = files.flatMap((file) => {
  const preset = file.replace(/\.json$/, "");
  const list = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as readonly Frozen[];
  return list.map((frozen, index) => ({ preset, index, ...frozen }));
});

/** Through the schema, as policies come. */
function build(
  preset: string,
  given: JsonObject | undefined,
): { spec: PresetSidecar; container: JsonObject } {
  const spec = sidecar.parse({ preset, ...(given === undefined ? {} : { with: given }) }) as PresetSidecar;
  return { spec, container: JSON.parse(JSON.stringify(buildPreset(spec))) };
}

describe("presets", () => {
  it("are all frozen", () => {
    expect(files.sort()).toEqual([
      "adot-collector@1.json",
      "cloudwatch-agent@1.json",
      "datadog-agent@1.json",
      "fluent-bit@1.json",
      "mackerel-container-agent@1.json",
      "xray-daemon@1.json",
    ]);
  });

  it.each(cases)("$preset, case $index", ({ preset, with: given, container }) => {
    const built = build(preset, given);
    // Text, so that the order of members counts too: it is in the bytes of an injected file.
    expect(JSON.stringify(built.container, undefined, 2)).toBe(JSON.stringify(container, undefined, 2));
    expect(container["name"]).toBe(sidecarName(built.spec));
    // Without a version it is the first, for ever.
    expect(build(preset.replace("@1", ""), given).container).toEqual(container);
  });

  it.each(cases)("$preset, case $index, is what ECS takes", ({ container }) => {
    const { image } = container;
    // Pinned: no `latest`, no major version that moves.
    expect(image).toMatch(/:v?\d+\.\d+\.\d+(b\d+)?$|^mirror\/|@sha256:/);
    expect(findLack(container)).toBeUndefined();
    expect(findProblems(definition([appContainer(), container]))).toEqual([]);
  });
});

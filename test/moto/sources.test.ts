// Policies that cannot be read: not one request leaves the process.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { policyText, writePolicyText } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
beforeAll(() => scene.begin());
beforeEach(() => scene.proxy.reset());

const sources: Readonly<Record<string, () => Promise<string>>> = {
  "a file that does not parse": () => writePolicyText(`${policyText()}\n  broken: [\n`),
  "an unknown field": () => writePolicyText(policyText().replace("  healthCheck:", "  healthCheq:")),
  "a folder that is not there": async () => join(tmpdir(), "ecsmon-no-such-folder"),
  "an empty folder": () => mkdtemp(join(tmpdir(), "ecsmon-policy-")),
  "a good file beside a bad one": async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecsmon-policy-"));
    await writeFile(join(folder, "a.yaml"), policyText());
    await writeFile(
      join(folder, "b.yaml"),
      "apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nspec: 1\n",
    );
    return folder;
  },
};

test.each(Object.entries(sources))("%s stops both commands before the first request", async (_, make) => {
  const source = await make();
  for (const run of [await scene.plan(source), await scene.apply(source, "--max-deletes", "500")]) {
    expect(run.code).toBe(1);
    expect(run.stderr).not.toBe("");
    expect(run.stderr).not.toContain("unexpected error");
  }
  expect(scene.proxy.calls()).toEqual([]);
});

// `status.snapshot` of a configuration, through a controller that runs: with it a snapshot stands in the status store
// after a full pass, and with `false` nothing that only snapshots ask for is even asked.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../controller/api/config.ts";
import { runController } from "../../controller/runtime/controller/controller.ts";
import { createMetrics } from "../../controller/runtime/controller/metrics.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { account, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const resync = 300_000;

/** The tags of all log groups, whoever's they are: plans ask for those of one owner. */
function askedForAll(): number {
  return world.sandbox.control
    .calls({ operation: "GetResources" })
    .filter(({ input }: Any) => input.ResourceTypeFilters[0] === "logs" && input.TagFilters === undefined)
    .length;
}

test.each([
  ["by itself", "", true],
  ["where it is asked for", ", snapshot: true", true],
  ["not where it is refused", ", snapshot: false", false],
])("a controller keeps a snapshot %s", async (_, setting, isKept) => {
  seedEstate(world);
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-setting-"));
  const [state, policies] = [join(folder, "state"), join(folder, "policies.yaml")];
  mkdirSync(state);
  writeFileSync(policies, webPolicy());
  const { config } = parseConfig({
    file: join(folder, "operator.yaml"),
    text: `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: setting }
spec:
  sources: [{ path: ${policies} }]
  targets: [{ region: us-east-1 }]
  status: { path: ${state}${setting} }
`,
  });
  if (config === undefined) throw new Error("the configuration is not valid");
  const clock = createVirtualClock();
  const stopper = new AbortController();
  const metrics = createMetrics({ version: "test" });
  const said: string[] = [];
  const ended = runController(
    {
      config,
      targets: config.spec.targets ?? [],
      scope: { clusters: [], services: [] },
      env: process.env,
      clock,
      log: (level, event) => void said.push(`${level} ${event}`),
      metrics,
      version: "1.2.3",
      identity: { id: "replica-a" },
      random: () => 0.5,
      showChange: () => [],
    },
    stopper.signal,
  );
  onTestFinished(async () => {
    stopper.abort();
    await until(() => !isRunning);
    rmSync(folder, { recursive: true, force: true });
  });
  let isRunning = true;
  void ended.finally(() => {
    isRunning = false;
  });
  /** Time goes on while the disk and the network are waited for. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await clock.advance(1);
  }
  const passes = (): number => said.filter((line) => line.endsWith(" pass")).length;

  await until(() => passes() === 1);
  await clock.advance(resync);
  await until(() => passes() >= 2);
  const folders = (): string[] => readdirSync(state);
  const { text } = isKept ? { text: "" } : await metrics.render();
  if (isKept) {
    await until(() => folders().includes("snapshots"));
    await until(() => readdirSync(join(state, "snapshots")).includes(`ecsmon-${account}-us-east-1.jsonl.gz`));
    expect(askedForAll()).toBeGreaterThan(0);
  } else {
    expect([askedForAll(), folders().includes("snapshots")]).toEqual([0, false]);
    expect(text).not.toContain("ecsmon_snapshots_total{");
  }
});

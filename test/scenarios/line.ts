// A tripwire for the scenarios of a file: commands run on it, in this process or in one of their own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Any, Ran, World } from "./harness.ts";
import { startTripwire, type Tripwire, throughEndpoint } from "./tripwire.ts";

export interface Line extends Pick<Tripwire, "lay" | "isCut"> {
  /** A command in this process, on the line. */
  run(command: () => Promise<Ran & { readonly json: Any }>): Promise<Ran & { readonly json: Any }>;
  /** A process of its own, killed right after a write; what it ended by. */
  kill(policies: string, at: (call: { readonly operation: string }) => boolean): Promise<string | null>;
}

export function useTripwire(world: World): Line {
  let wire: Tripwire;
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-killed-"));
  beforeAll(async () => {
    wire = await startTripwire(() => world.sandbox.endpoint);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await wire.close();
  });
  return {
    lay: (before, onCut) => wire.lay(before, onCut),
    isCut: () => wire.isCut(),
    run: (command) => throughEndpoint(wire.endpoint, command),
    kill(policies, at) {
      const file = join(folder, "policies.yaml");
      writeFileSync(file, policies);
      const args = ["--import", "tsx", "controller/main.ts", "apply", "--yes", "--policies", file];
      const env = { ...process.env, AWS_ENDPOINT_URL: wire.endpoint };
      return new Promise((resolve, reject) => {
        wire.lay(
          (call) => (at(call) ? "cut" : "pass"),
          () => child.kill("SIGKILL"),
        );
        const child = spawn(process.execPath, args, { env, stdio: "ignore" });
        child.once("error", reject);
        child.once("close", (_, signal) => resolve(signal));
      });
    },
  };
}

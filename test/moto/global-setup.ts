// Once for the whole suite: a moto for each worker is started, and the command is bundled into a folder of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { TestProject } from "vitest/node";
import { findMotoServer, type MotoServer, startMoto, workers } from "./moto-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** One for each worker. */
    readonly motoEndpoints: readonly string[];
    readonly ecsmonPath: string;
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const command = findMotoServer();
  if (command === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-moto-"));
  await bundleCommand(folder);
  const motos: MotoServer[] = [];
  // One after the other: each takes a port that was free a moment before.
  for (let count = 0; count < workers; count++) motos.push(await startMoto(command));
  project.provide(
    "motoEndpoints",
    motos.map(({ endpoint }) => endpoint),
  );
  project.provide("ecsmonPath", join(folder, "main.mjs"));
  return async () => {
    await Promise.all(motos.map((moto) => moto.stop()));
    await rm(folder, { recursive: true, force: true });
  };
}

/** As `npm run build` does it, in one file; `dist/` may be in use. */
async function bundleCommand(folder: string): Promise<void> {
  await build({
    entryPoints: ["controller/main.ts"],
    outfile: join(folder, "main.mjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    mainFields: ["module", "main"],
    logLevel: "warning",
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
}

// Once for the whole suite: moto is started, and the command is bundled into a folder of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { TestProject } from "vitest/node";
import { findMotoServer, startMoto } from "./moto-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    readonly motoEndpoint: string;
    readonly ecsmonPath: string;
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const command = findMotoServer();
  if (command === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-moto-"));
  await bundleCommand(folder);
  const moto = await startMoto(command);
  project.provide("motoEndpoint", moto.endpoint);
  project.provide("ecsmonPath", join(folder, "main.mjs"));
  return async () => {
    await moto.stop();
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

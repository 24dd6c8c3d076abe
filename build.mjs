// One bundle, split by command: a command loads only what it needs, so that `validate` starts fast.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { main: "controller/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "warning",
  define: { "process.env.ECSMON_VERSION": JSON.stringify(version) },
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
chmodSync("dist/main.js", 0o755);

// npm links the commands of dependencies, not the package's own: so that `npx ecsmon` works in a clone.
if (existsSync("node_modules") && process.platform !== "win32") {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync("node_modules/.bin/ecsmon", { force: true });
  symlinkSync("../../dist/main.js", "node_modules/.bin/ecsmon");
}

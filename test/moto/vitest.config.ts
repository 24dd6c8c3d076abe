// The suite against moto (`npm run test:moto`): an AWS emulator that nobody here wrote. Where `moto_server` is not
// installed there is nothing to run, which is said and is no failure.
import { defineConfig } from "vitest/config";
import { findMotoServer, workers } from "./moto-server.ts";

const hasMoto = findMotoServer() !== undefined;
if (!hasMoto) {
  console.log(
    "moto_server is not on PATH: the tests against moto are not run (`pip install 'moto[server]'`).",
  );
}

export default defineConfig({
  test: {
    include: hasMoto ? ["test/moto/**/*.test.ts"] : [],
    passWithNoTests: true,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    setupFiles: ["test/support/own-env.ts", "test/support/seed.ts"],
    globalSetup: ["test/moto/global-setup.ts"],
    maxWorkers: workers,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
  },
});

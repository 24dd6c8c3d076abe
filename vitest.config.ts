import { defineConfig } from "vitest/config";

// To load all anew for each of these files takes longer than most of them.
const sharing = ["unit", "property", "conformance", "sandbox", "scenarios"].map((name) => `test/${name}/**`);
// What waits for leases to run out is measured by the clock: it runs after all else, several files side by side.
const replicas = "test/replicas/**";

export default defineConfig({
  test: {
    // No test is judged by how long it takes: what hangs is ended, and a machine that is very busy is no failure.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    setupFiles: ["test/support/own-env.ts", "test/support/seed.ts"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    expect: { poll: { timeout: 120_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: "sharing",
          include: sharing.map((folder) => `${folder}/*.test.ts`),
          isolate: false,
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          // The suite against moto has a configuration of its own (npm run test:moto).
          exclude: [...sharing, "test/moto/**", replicas, "node_modules/**"],
          // Most of them wait for a socket now and then.
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "replicas",
          include: [`${replicas}/*.test.ts`],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

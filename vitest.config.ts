import { defineConfig } from "vitest/config";

// To load all anew for each of these files takes longer than most of them.
const sharing = ["unit", "property", "conformance", "sandbox", "scenarios"].map((name) => `test/${name}/**`);
// What waits for leases to run out is measured by the clock: it runs after all else, several files side by side.
const replicas = "test/replicas/**";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sharing",
          include: sharing.map((folder) => `${folder}/*.test.ts`),
          isolate: false,
          setupFiles: ["test/support/restore-env.ts", "test/support/seed.ts"],
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
          setupFiles: ["test/support/seed.ts"],
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
          env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
        },
      },
    ],
  },
});

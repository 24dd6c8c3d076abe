// A controller in this process that looks after the sandbox's demo estate, with its page on a port of this machine.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../controller/api/config.ts";
import { diffLines } from "../../controller/cli/render/diff-lines.ts";
import { redactChange } from "../../controller/cli/render/redact.ts";
import { runController } from "../../controller/runtime/controller/controller.ts";
import { createMetrics } from "../../controller/runtime/controller/metrics.ts";
import { systemClock } from "../../controller/runtime/controller/system-clock.ts";
import { type Sandbox, startSandbox } from "../../controller/sandbox/server.ts";
import { createFolderStore } from "../../controller/state/folder.ts";
import type { ObjectStore } from "../../controller/state/object-store.ts";

export interface PageScene {
  readonly origin: string;
  readonly sandbox: Sandbox;
  readonly store: ObjectStore;
  /** Where the policies are. */
  readonly policies: string;
  readonly lines: readonly { readonly event: string; readonly fields: Record<string, unknown> }[];
  /** Resolves when the controller has said so often. */
  said(event: string, times?: number): Promise<void>;
  close(): Promise<void>;
}

export interface PageSceneOptions {
  readonly policies?: string;
  /** Of the configuration's `spec`, as YAML lines. */
  readonly spec?: string;
  readonly services?: number;
  /** That a deployment takes by the clock of the sandbox, those of the estate itself too. */
  readonly deploymentSeconds?: number;
  /** Before the controller begins. */
  readonly prepare?: (sandbox: Sandbox) => void;
}

export async function startPageScene(options: PageSceneOptions = {}): Promise<PageScene> {
  const { policies: given = "crds/examples/demo", spec = "  resync: 2s\n", services } = options;
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(AWS|MACKEREL)_/.test(name)) delete process.env[name];
  const { deploymentSeconds = 0, prepare } = options;
  const seed = services === undefined ? "demo" : "empty";
  const sandbox = await startSandbox({
    seed,
    deploymentSeconds,
    ...(services === undefined ? {} : { services }),
  });
  prepare?.(sandbox);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  });
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-page-"));
  const policies = join(folder, "policies");
  const state = join(folder, "state");
  mkdirSync(state);
  cpSync(given, policies, { recursive: true });
  const { config, diagnostics } = parseConfig({
    file: join(folder, "operator.yaml"),
    text: `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: pages }
spec:
  sources: [{ path: ./policies }]
  status: { path: ./state }
  pollInterval: 1s
  maxDeletes: 100
  maxRedeploys: 100
  http: { port: 0 }
${spec}`,
  });
  if (config === undefined) throw new Error(JSON.stringify(diagnostics));
  const lines: { event: string; fields: Record<string, unknown> }[] = [];
  let heard = () => undefined as undefined;
  const stopper = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  const port = await new Promise<number>((resolve, reject) => {
    ended = runController(
      {
        // Paths of a configuration begin at its folder.
        config: {
          ...config,
          spec: { ...config.spec, sources: [{ path: policies }], status: { path: state } },
        },
        targets: config.spec.targets ?? [{}],
        scope: { clusters: [], services: [] },
        env: process.env,
        clock: systemClock,
        log(_, event, fields = {}) {
          lines.push({ event, fields });
          heard();
        },
        metrics: createMetrics({ version: "test" }),
        version: "0.0.0",
        identity: { id: "replica-a" },
        random: () => 0.5,
        showChange: (change) => diffLines(redactChange(change)),
        onListening: resolve,
      },
      stopper.signal,
    );
    ended.catch(reject);
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    sandbox,
    store: createFolderStore(state),
    policies,
    lines,
    said: (event, times = 1) =>
      new Promise((resolve) => {
        const check = () => {
          if (lines.filter((line) => line.event === event).length >= times) resolve();
          return undefined;
        };
        heard = check;
        check();
      }),
    async close() {
      stopper.abort();
      await ended;
      await sandbox.close();
      process.env = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

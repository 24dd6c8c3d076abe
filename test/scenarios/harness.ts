// Scenarios run the real commands, in this process, over HTTP against the sandbox.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { runApply } from "../../controller/cli/apply.ts";
import type { Io } from "../../controller/cli/io.ts";
import { runPlan } from "../../controller/cli/plan.ts";
import { runSnapshot } from "../../controller/cli/snapshot.ts";
import type { PageSizes } from "../../controller/sandbox/page-sizes.ts";
import { type Sandbox, startSandbox } from "../../controller/sandbox/server.ts";
import type { Input, Output } from "../../controller/sandbox/service.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON that the contract describes
export type Any = any;

export interface Flags {
  readonly service?: string[];
  readonly cluster?: string[];
  readonly owner?: string;
  readonly maxDeletes?: number;
  readonly maxRedeploys?: number;
  readonly deletePolicy?: "sync" | "upsert-only";
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly asOf?: Date;
  readonly yes?: boolean;
  /** Seconds. */
  readonly backtest?: number;
  /** What {@link World.takeSnapshot} wrote, in place of the sandbox. */
  readonly snapshot?: string;
  readonly maxAge?: number;
  /** As Ctrl-C does. */
  readonly signal?: AbortSignal;
  /** Runs each time apply waits for a rollout. */
  readonly whileWaiting?: () => void;
}

export interface World {
  readonly sandbox: Sandbox;
  call(service: string, operation: string, input: Input): Output & Record<string, Any>;
  plan(policies: string, flags?: Flags): Promise<Ran & { readonly json: Any }>;
  apply(policies: string, flags?: Flags): Promise<Ran & { readonly json: Any }>;
  planText(policies: string, flags?: Flags): Promise<Ran>;
  /** Takes one into a file of the test's folder; `file` is its path. */
  takeSnapshot(name?: string): Promise<Ran & { readonly file: string }>;
  /** Calls that change something, as `Operation`. */
  writes(): string[];
}

/** A sandbox for the file, empty before each test; nothing of the machine's AWS or Mackerel configuration is seen. */
export function useWorld(
  options: { readonly deploymentSeconds?: number; readonly pageSizes?: PageSizes } = {},
): World {
  let sandbox: Sandbox;
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-scenario-"));
  const before = { ...process.env };
  beforeAll(async () => {
    // With a length, deployments go on as the test waits; without one, they are done at once.
    const clock = options.deploymentSeconds === undefined ? "real" : "manual";
    sandbox = await startSandbox({ seed: "empty", clock, ...options });
    for (const name of Object.keys(process.env))
      if (/^(AWS|MACKEREL|ECSMON)_/.test(name)) delete process.env[name];
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ENDPOINT_URL_SCHEDULER: sandbox.endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      // Retries sleep; scenarios that are about them say otherwise.
      AWS_MAX_ATTEMPTS: "1",
      ECSMON_RATE_LIMITS: "off",
    });
  });
  afterEach(() => {
    sandbox.control.clearFaults();
    sandbox.control.reset();
    sandbox.control.clearCalls();
  });
  afterAll(async () => {
    process.env = before;
    rmSync(folder, { recursive: true, force: true });
    await sandbox.close();
  });

  const write = (policies: string): string[] => {
    const file = join(folder, "policies.yaml");
    writeFileSync(file, policies);
    return [file];
  };
  const common = (policies: string, flags: Flags, format: string) => ({
    owner: "ecsmon",
    maxDeletes: 10,
    maxRedeploys: 10,
    deletePolicy: "sync" as const,
    ...flags,
    policies: write(policies),
    format,
  });
  return {
    get sandbox() {
      return sandbox;
    },
    call: (service, operation, input) =>
      sandbox.control.call(service, operation, input) as Output & Record<string, Any>,
    async plan(policies, flags = {}) {
      const ran = await capture((io) =>
        runPlan({ ...common(policies, flags, "json"), detailedExitcode: true }, io),
      );
      return { ...ran, json: parse(ran.stdout) };
    },
    async planText(policies, flags = {}) {
      return capture((io) => runPlan({ ...common(policies, flags, "text"), detailedExitcode: true }, io));
    },
    async apply(policies, flags = {}) {
      const { signal, whileWaiting, ...rest } = flags;
      const given = {
        ...common(policies, rest, "json"),
        yes: rest.yes ?? true,
        wait: rest.wait ?? true,
        force: rest.force ?? false,
      };
      const onSleep = (milliseconds: number): void => {
        if (options.deploymentSeconds !== undefined) sandbox.control.advance(milliseconds);
        whileWaiting?.();
      };
      const ran = await capture((io) => runApply(given, io), signal, onSleep);
      return { ...ran, json: parse(ran.stdout) };
    },
    async takeSnapshot(name = "account.snapshot") {
      const file = join(folder, name);
      return { ...(await capture((io) => runSnapshot({ out: file, version: "0.0.0" }, io))), file };
    },
    writes: () => sandbox.control.calls({ write: true }).map(({ operation }) => operation),
  };
}

export async function capture(
  run: (io: Io) => Promise<number>,
  signal = new AbortController().signal,
  onSleep: (milliseconds: number) => void = () => undefined,
): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  // Waiting costs no time: it moves the clocks.
  let waited = 0;
  const io: Io = {
    // What the machine has set is no business of theirs, but for what a test sets itself.
    env: { ECSMON_SNAPSHOT_KEY: process.env["ECSMON_SNAPSHOT_KEY"] },
    logLevel: "info",
    colour: { stdout: false, stderr: false },
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: { stdout: undefined, stderr: undefined },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    ask: () => Promise.resolve(false),
    signal,
    now: () => new Date(Date.now() + waited),
    sleep: async (milliseconds) => {
      waited += milliseconds;
      onSleep(milliseconds);
    },
    onInterrupt: () => () => undefined,
    flush: () => Promise.resolve(),
  };
  const code = await run(io);
  return { code, stdout, stderr };
}

function parse(text: string): Any {
  return text === "" ? undefined : JSON.parse(text);
}

/** Counts of something by key, for short expectations. */
export function tally(items: readonly Any[], key: (item: Any) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

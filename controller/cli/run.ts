// `ecsmon run`: the controller, until SIGTERM, SIGHUP or Ctrl-C. A second one ends it at once.
import type { OperatorConfig } from "../api/config.ts";
import { runController } from "../runtime/controller/controller.ts";
import { fetchJson, readIdentity } from "../runtime/controller/identity.ts";
import { createLog } from "../runtime/controller/log-json.ts";
import { createMetrics } from "../runtime/controller/metrics.ts";
import { systemClock } from "../runtime/controller/system-clock.ts";
import type { Io } from "./io.ts";
import { chooseTargets, toReconcileOptions } from "./options.ts";
import { readConfig } from "./read-config.ts";
import { diffLines } from "./render/diff-lines.ts";
import { redactChange } from "./render/redact.ts";
import { keepHeapSmall } from "./small-heap.ts";

export interface RunFlags {
  readonly config: string;
  readonly owner?: string;
  readonly region?: string;
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
}

export async function runRun(flags: RunFlags, version: string, io: Io): Promise<number> {
  keepHeapSmall();
  const stopper = new AbortController();
  const release = io.onInterrupt(() => stopper.abort());
  try {
    const config = await readConfig(flags.config, "text", io);
    if (config === undefined) return 1;
    const given = { ...flags, format: "text" };
    const { clusters, services } = toReconcileOptions(given, io.now(), config);
    const targets = chooseTargets(given, config);
    const clock = systemClock;
    const identity = await readIdentity(io.env, fetchJson, clock);
    const log = createLog({
      level: io.logLevel,
      fields: { replica: identity.id },
      clock,
      secrets: secretsOf(config.spec, io.env),
    });
    if (identity.failure !== undefined) log("warn", "identity-unknown", { ...identity.failure });
    const metrics = createMetrics({ version });
    await runController(
      {
        config,
        targets,
        scope: { clusters, services },
        env: io.env,
        clock,
        log,
        metrics,
        identity,
        version,
        showChange: (change) => diffLines(redactChange(change)),
        random: Math.random,
      },
      stopper.signal,
    );
    return 0;
  } finally {
    release();
  }
}

/** The tokens that the configuration names: a message of git or of a server might repeat them. */
function secretsOf({ sources, http }: OperatorConfig["spec"], env: Io["env"]): string[] {
  const names = [
    ...sources.flatMap((source) => ("git" in source ? (source.git.tokenEnv ?? []) : [])),
    ...(http?.webhook === undefined ? [] : [http.webhook.secretEnv]),
    ...(http?.auth?.tokenEnv === undefined ? [] : [http.auth.tokenEnv]),
    "MACKEREL_APIKEY",
    "ECSMON_SNAPSHOT_KEY",
  ];
  return names.flatMap((name) => {
    const secret = env[name]?.trim();
    return secret === undefined || secret === "" ? [] : [secret];
  });
}

// One run: rounds of happenings, each followed by quiet, after which everything must stand as the policies say.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicies } from "../../controller/api/parse.ts";
import { createAws } from "../../controller/aws/clients.ts";
import { usedSince } from "../../controller/core/budget.ts";
import { goneForLong } from "../../controller/core/gone.ts";
import { placeOfKey } from "../../controller/core/names.ts";
import { settleExceptions } from "../../controller/core/waivers.ts";
import type { Plan } from "../../controller/model/plan.ts";
import type { JournalEntry, TargetStatus } from "../../controller/model/status.ts";
import { makePlan } from "../../controller/runtime/reconcile.ts";
import type { FaultRule } from "../../controller/sandbox/faults.ts";
import { startSandbox } from "../../controller/sandbox/server.ts";
import { readHistory } from "../../controller/state/journal.ts";
import { openStore } from "../../controller/state/open-store.ts";
import { readBudget, readTarget } from "../../controller/state/status-store.ts";
import { bucket, firstServices, home, seedEstate, stateBucket } from "./estate.ts";
import { happenings, putPolicies, type Scene } from "./happenings.ts";
import { firstForm, type PolicyForm, writePolicies } from "./policies.ts";
import { between, createRandom, pick } from "./random.ts";
import { type Logged, type Replica, resync, startReplica } from "./replicas.ts";
import { createTime } from "./time.ts";
import { createWatch, type Watch } from "./watch.ts";

const target = `ecsmon-${home.account}-${home.region}`;
const second = 1_000;
const minute = 60 * second;

export interface Run {
  readonly violations: readonly string[];
  readonly story: readonly string[];
  readonly logged: readonly Logged[];
  readonly watch: Watch;
  readonly journal: readonly JournalEntry[];
  readonly redeploys: {
    readonly begun: Readonly<Record<string, number>>;
    readonly excused: Readonly<Record<string, number>>;
  };
  readonly limits: { readonly maxDeletes: number; readonly maxRedeploys: number };
  readonly hours: number;
  /** Of the replica that ran to the end, before it was told to stop. */
  readonly sleepers: number;
  readonly listeners: number;
  /** After all have ended. */
  readonly leftSleepers: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly hours: number;
  /** Status, journal and switch in a bucket, or in a folder of this machine. */
  readonly isStateInS3: boolean;
}

export async function runSimulation({ seed, hours, isStateInS3 }: RunOptions): Promise<Run> {
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-simulation-"));
  const sandbox = await startSandbox({ clock: "manual", deploymentSeconds: 60, trail: true });
  const { control, endpoint } = sandbox;
  for (const name of Object.keys(process.env)) if (/^(AWS|MACKEREL)_/.test(name)) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoint,
    AWS_REGION: home.region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    // The SDK's own attempts sleep on a clock of their own.
    AWS_MAX_ATTEMPTS: "1",
    // What waits for a rate waits on the machine's clock.
    ECSMON_RATE_LIMITS: "off",
  });
  const { call, createService, foreign } = seedEstate(control);
  const time = createTime(control);
  const limits = { maxDeletes: pick(random, [6, 30]), maxRedeploys: pick(random, [12, 60]) };
  const statePlace = isStateInS3 ? { s3: { bucket: stateBucket, prefix: "status/" } } : { path: folder };
  const store = openStore(statePlace, process.env);

  const violations: string[] = [];
  const story: string[] = [];
  const logged: Logged[] = [];
  const goneAt = new Map<string, number>();
  const excused: Record<string, number> = Object.fromEntries(firstServices.map((key) => [key, 1]));
  const world = {
    form: firstForm as PolicyForm,
    pausedAt: undefined as number | undefined,
    extraWantedAt: undefined as number | undefined,
  };
  const watch = createWatch(control, {
    get pausedAt() {
      return world.pausedAt;
    },
    get extraWantedAt() {
      return world.extraWantedAt;
    },
    goneAt,
  });
  const tell = (text: string): void => void story.push(`${clockText(time.elapsed)} ${text}`);

  let replicas = 0;
  const start = (): Replica =>
    startReplica(time, {
      id: `replica-${++replicas}`,
      endpoint,
      limits,
      state: isStateInS3 ? undefined : folder,
      seed: seed * 100 + replicas,
      skew: between(random, -20, 20) * second,
      onLog: (one) => void logged.push(one),
    });
  const leaving: { readonly replica: Replica; readonly done: () => boolean }[] = [];
  const leave = (replica: Replica): void => {
    leaving.push({ replica, done: replica.end().done });
  };

  const faults = new Map<string, readonly FaultRule[]>();
  putPolicies(call, world.form);
  let first = start();
  let other: Replica | undefined;
  const scene: Scene = {
    call,
    random,
    isStateInS3,
    form: () => world.form,
    setForm(form) {
      if (form.extra !== world.form.extra) world.extraWantedAt = form.extra ? control.now() : undefined;
      world.form = form;
      putPolicies(call, form);
    },
    createService,
    setFaults(name, rules) {
      if (rules === undefined) faults.delete(name);
      else faults.set(name, rules);
      control.clearFaults();
      for (const each of faults.values()) control.addFault(each);
    },
    failDeployments(key, isFailing) {
      const { cluster, service } = placeOfKey(key);
      control.failDeployments(cluster, service, isFailing ? { mode: "tasks-die" } : undefined);
    },
    pause(isPaused) {
      world.pausedAt = isPaused ? control.now() : undefined;
      const text = isPaused
        ? { reason: "test", by: "somebody", at: new Date(control.now()).toISOString() }
        : {};
      // By hand, whatever fails meanwhile.
      if (isStateInS3)
        call("s3", "PutObject", {
          Bucket: stateBucket,
          Key: "status/switch.json",
          Body: JSON.stringify(text),
        });
      else pauses.push(store.put("switch.json", JSON.stringify(text)));
    },
    excuseRedeploy(key, times = 1) {
      for (const one of key === "all" ? firstServices : [key]) excused[one] = (excused[one] ?? 0) + times;
    },
    noteGone(key, isGone) {
      if (isGone) goneAt.set(key, control.now());
      else goneAt.delete(key);
    },
    stopReplica: (isStopped) => (isStopped ? first.clock.stop() : first.clock.wake()),
    replaceReplica() {
      leave(first);
      first = start();
    },
    startSecond() {
      other ??= start();
    },
    endSecond() {
      if (other !== undefined) leave(other);
      other = undefined;
    },
  };
  const pauses: Promise<unknown>[] = [];

  /** In short steps: what is excused is asked as the world is then. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let rest = milliseconds; rest > 0; rest -= minute) {
      await time.advance(Math.min(rest, minute));
      watch.look();
    }
  };

  async function happen(): Promise<void> {
    const ends: { readonly at: number; readonly end: () => void; readonly what: string }[] = [];
    const until = time.elapsed + between(random, 4, 15) * minute;
    const settleEnds = async (isOver: boolean): Promise<void> => {
      for (const one of [...ends])
        if (isOver || one.at <= time.elapsed) {
          ends.splice(ends.indexOf(one), 1);
          tell(`over: ${one.what}`);
          one.end();
          await Promise.all(pauses.splice(0));
        }
    };
    while (time.elapsed < until) {
      const name = pick(random, Object.keys(happenings));
      const happened = happenings[name]?.(scene);
      await Promise.all(pauses.splice(0));
      if (happened !== undefined) {
        tell(`${name}: ${happened.what}`);
        if (happened.end !== undefined)
          ends.push({
            at: time.elapsed + between(random, 5, 400) * second,
            end: happened.end,
            what: happened.what,
          });
      }
      await pass(between(random, 1, 180) * second);
      await settleEnds(false);
    }
    await settleEnds(true);
    control.clearFaults();
    faults.clear();
  }

  const aws = createAws({ region: home.region });
  const plan = async (): Promise<{ plan: Plan; status: TargetStatus | undefined }> => {
    const files = Object.entries(writePolicies(world.form)).map(([name, text]) => ({
      file: `s3://${bucket}/policies/${name}`,
      text,
    }));
    const asOf = new Date(control.now());
    const status = await readTarget(store, target);
    const { ledger } = await readBudget(store, target);
    const made = await makePlan(
      settleExceptions(parsePolicies(files), asOf),
      "simulation",
      {
        owner: "ecsmon",
        clusters: [],
        services: [],
        ...limits,
        deletePolicy: "sync",
        used: usedSince(ledger, asOf),
        asOf,
        force: false,
        isGone: goneForLong(status?.gone ?? {}, asOf),
      },
      { aws, now: () => asOf, progress: () => undefined },
    );
    return { plan: made, status };
  };

  /** After quiet, nothing is left to do: rollouts, of which one goes at a time, may take longer. */
  async function checkQuiet(): Promise<void> {
    tell("quiet");
    await pass(resync + 90 * second);
    for (let waited = 0; ; waited++) {
      const { plan: made, status } = await plan();
      const rolls = made.changes.filter(({ impact }) => impact === "deployment");
      const isRolling =
        rolls.length > 0 ||
        (made.leftBehind ?? []).length > 0 ||
        made.blocked.some(({ code }) => code === "DeploymentInProgress");
      if (isRolling && waited < 40) {
        await pass(minute);
        continue;
      }
      for (const { action, kind, name, differences } of made.changes)
        violations.push(
          `${clockText(time.elapsed)} not done: ${action} ${kind} ${name} ${JSON.stringify(differences).slice(0, 300)}`,
        );
      for (const { kind, name, code, message } of made.unknown)
        violations.push(`${clockText(time.elapsed)} unknown: ${kind} ${name} ${code} ${message}`);
      if (status === undefined) violations.push(`${clockText(time.elapsed)} there is no status`);
      else checkStatus(status);
      checkDoubles();
      return;
    }
  }

  function checkStatus(status: TargetStatus): void {
    const say = (text: string): void => void violations.push(`${clockText(time.elapsed)} ${text}`);
    const age = control.now() - Date.parse(status.pass?.endedAt ?? "");
    if (!(age < resync + 60 * second)) say(`the last full pass is ${age / 1000} s old`);
    for (const { code, message } of status.sources) if (code !== undefined) say(`source ${code}: ${message}`);
    for (const { service, pending, failed, rolling } of status.services) {
      if (pending.length > 0) say(`${service} has pending ${JSON.stringify(pending)}`);
      if (failed.length > 0) say(`${service} has failed ${JSON.stringify(failed)}`);
      if (rolling) say(`${service} is told to roll`);
    }
  }

  /** Names that AWS lets be taken twice. */
  function checkDoubles(): void {
    const { queryDefinitions } = call("logs", "DescribeQueryDefinitions", { maxResults: 1000 });
    const { metricFilters } = call("logs", "DescribeMetricFilters", {});
    const names = [...queryDefinitions, ...metricFilters].map(
      ({ name, filterName }) => name ?? `filter ${filterName}`,
    );
    for (const name of names.filter((one, index) => names.indexOf(one) !== index))
      violations.push(`${clockText(time.elapsed)} there are two ${name}`);
  }

  const foreignBefore = JSON.stringify(foreign());
  try {
    await checkQuiet();
    while (time.elapsed < hours * 60 * minute) {
      await happen();
      await checkQuiet();
    }
    if (JSON.stringify(foreign()) !== foreignBefore) violations.push("what is of others was changed");
    const all = { targets: [target], now: new Date(control.now()), limit: 1e6, mostReads: 1e6 };
    const journal = (await readHistory(store, all)).entries;
    const before = { sleepers: first.clock.sleepers, listeners: first.listeners() };
    leave(first);
    scene.endSecond();
    await pass(30 * second);
    for (const { replica, done } of leaving) if (!done()) violations.push(`${replica.id} does not end`);
    return {
      violations: [...violations, ...watch.violations],
      story,
      logged,
      watch,
      journal,
      redeploys: { begun: countRedeploys(watch), excused },
      limits,
      hours: time.elapsed / 60 / minute,
      ...before,
      leftSleepers: leaving.reduce((sum, { replica }) => sum + replica.clock.sleepers, 0),
    };
  } finally {
    aws.destroy();
    time.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function countRedeploys({ writes }: Watch): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation, input, isDone } of writes) {
    if (operation !== "UpdateService" || input.taskDefinition === undefined || !isDone) continue;
    const cluster = String(input.cluster).split("/").at(-1);
    const key = `${cluster}/${String(input.service).split("/").at(-1)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function clockText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

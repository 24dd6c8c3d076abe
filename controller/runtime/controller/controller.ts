// The controller: sources, targets, events, the freeze switch and the HTTP interface, from the start to SIGTERM.
import type { OperatorConfig } from "../../api/config.ts";
import { createAws } from "../../aws/clients.ts";
import { putEvents } from "../../aws/notify.ts";
import { openQueue } from "../../aws/queue.ts";
import type { EventNews } from "../../core/event-meaning.ts";
import type { Clock } from "../../model/clock.ts";
import { EcsmonError, toFailure } from "../../model/errors.ts";
import { configureSources } from "../../sources/configured.ts";
import { readHistory } from "../../state/journal.ts";
import { isUneven } from "../../state/lease-rules.ts";
import { createMemoryStore } from "../../state/memory.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { listTargets, readSource, readTarget, writeSource } from "../../state/status-store.ts";
import { watchSwitch } from "../../state/switch.ts";
import { openLeases, openStatusStore } from "../state-places.ts";
import { createEventFeed } from "./events.ts";
import { createHeart } from "./heart.ts";
import { type HttpServer, startHttp } from "./http.ts";
import type { Identity } from "./identity.ts";
import { type KeptTarget, keepTarget } from "./kept-target.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createNotifier, type Notifier, silentNotifier } from "./notify.ts";
import { createSourceKeeper } from "./source-keeper.ts";
import type { StatusReader } from "./status-reader.ts";
import type { TargetSettings } from "./target.ts";
import { concernsRepository } from "./webhook.ts";

export interface ControllerOptions {
  readonly config: OperatorConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly identity: Identity;
  /** In [0, 1): jitter. */
  readonly random: () => number;
  /** Told of the port that the HTTP interface listens on. */
  readonly onListening?: (port: number) => void;
}

/** Milliseconds that the end may take: what runs is ended within it, or left. */
const grace = 25_000;

/** Until `signal` is aborted. @throws EcsmonError where it cannot even begin: a source or a port that cannot be had. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { config, env, clock, log, metrics, identity, random } = options;
  const { spec } = config;
  const statusStore = openStatusStore(config, env);
  const store = statusStore ?? createMemoryStore();
  const leases = openLeases(config, env);
  const sources = configureSources(config, env);
  const queue = spec.events === undefined ? undefined : openQueue(spec.events.queueUrl, { env });
  if (statusStore === undefined)
    log("warn", "no-status-store", {
      why: "without spec.status, the freeze switch does not work, and budgets and history end with the process",
    });
  if (leases === undefined)
    log("warn", "no-leases", { why: "without spec.lease, nothing keeps a second replica from writing too" });

  // The switch, status and HTTP go on until the targets have ended.
  const closing = new AbortController();
  const notifier = openNotifier(options);
  const pause = watchSwitch(store, {
    clock,
    log,
    signal: closing.signal,
    onChange(paused) {
      metrics.paused(paused !== undefined);
      notifier.tell(paused === undefined ? { what: "Resumed" } : { what: "Paused", ...paused });
      for (const { loop } of loops()) loop.lookAgain(paused === undefined ? "resumed" : "paused");
    },
  });
  const tellers = { log, metrics, notifier };
  const settings = readSettings(options);
  const ids = new Set<string>();
  const targets: readonly KeptTarget[] = (spec.targets ?? [{}]).map((target) =>
    keepTarget(target, {
      env,
      clock,
      random,
      tellers,
      settings,
      store,
      leases,
      pause,
      owner: spec.owner ?? "ecsmon",
      holder: identity.id,
      policies: () => keeper.current(),
      sources: () => keeper.statuses(),
      heldCount: () => targets.filter((one) => one.state().is === "held").length,
      wantsFrom: (other) =>
        isUneven(
          targets.flatMap((target) => target.record() ?? []),
          identity.id,
          other,
        ),
      claimId: (id) => !ids.has(id) && ids.add(id).has(id),
    }),
  );
  const loops = () => targets.flatMap((target) => target.loop() ?? []);
  const keeper = createSourceKeeper({
    sources,
    saved: {
      read: (name) => readSource(store, name, { timeout: 30_000 }),
      write: (stored) => writeSource(store, stored, { timeout: 30_000 }),
    },
    clock,
    log,
    pollInterval: (spec.pollInterval ?? 60) * 1000,
    random,
    onChange() {
      for (const { loop } of loops()) loop.replan();
    },
  });

  const route = (news: EventNews): "queued" | "elsewhere" | "ignored" => {
    if (news.is === "object") {
      const name = `s3://${news.bucket}/${news.key}`;
      const concerned = sources.filter(({ source }) => name.startsWith(source.name));
      if (concerned.length > 0) keeper.nudge((one) => concerned.some(({ source }) => source.name === one));
      return concerned.length > 0 ? "queued" : "ignored";
    }
    const found = loops().find(({ account, region }) => account === news.account && region === news.region);
    if (found !== undefined) return found.loop.takeEvent(news) ? "queued" : "elsewhere";
    // Of a target whose account nobody could tell yet, perhaps.
    return targets.some((target) => target.state().is === "unknown") ? "elsewhere" : "ignored";
  };
  const feed =
    queue === undefined
      ? undefined
      : createEventFeed({
          queue,
          clock,
          log,
          owner: spec.owner ?? "ecsmon",
          route,
          isWanted: () => targets.some((target) => target.state().is === "held"),
          onCount: metrics.events,
          random,
        });

  const heart = createHeart({
    clock,
    log,
    metrics,
    resync: settings.resync,
    targets,
    sources: () => keeper.statuses(),
    hasPolicies: () => keeper.current() !== undefined,
    paused: () => pause.paused(),
  });
  const http = await openHttp(options, {
    health: heart.health,
    ready: heart.ready,
    status: readerOf(store, log, () => pause.paused()),
    onPush: (push) => keeper.nudge((name) => isGit(name) && concernsRepository(push, urlOf(name))),
  });
  if (http !== undefined) {
    log("info", "listening", { host: spec.http?.host ?? "127.0.0.1", port: http.port });
    options.onListening?.(http.port);
  }
  log("info", "started", {
    holder: identity.id,
    owner: spec.owner ?? "ecsmon",
    sources: sources.map(({ source }) => source.name),
    targets: targets.map((target) => target.name()),
    resyncSeconds: settings.resync / 1000,
  });

  const running = Promise.all([
    keeper.run(signal),
    heart.run(signal),
    ...(feed === undefined ? [] : [feed.run(signal)]),
    // A look before the switch is read finds what to write, and may not.
    ...targets.map((target) => pause.looked.then(() => target.run(signal))),
  ]);
  try {
    // None of them rejects; should one ever, a new process does better than half of this one.
    await Promise.race([aborted(signal), running.then(() => aborted(signal))]);
    log("info", "stopping");
    const ended = new AbortController();
    let isInTime = false;
    const inTime = running.then(() => {
      isInTime = true;
      ended.abort();
    });
    await Promise.race([inTime, clock.sleep(grace, ended.signal)]);
    if (!isInTime) log("warn", "stopped-late", { why: `something still ran after ${grace / 1000} s` });
  } finally {
    await notifier.close(1_000);
    await http?.close();
    queue?.close();
    closing.abort();
  }
  log("info", "stopped");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function readSettings({ config: { spec }, identity }: ControllerOptions): TargetSettings {
  const { cluster, service, account, region } = identity;
  return {
    resync: (spec.resync ?? 300) * 1000,
    maxDeletes: spec.maxDeletes ?? 10,
    maxRedeploys: spec.maxRedeploys ?? 10,
    deletePolicy: spec.deletePolicy ?? "sync",
    allow: spec.allow,
    self: cluster === undefined || service === undefined ? undefined : { cluster, service, account, region },
  };
}

function openNotifier({ config: { spec }, clock, log, metrics, identity }: ControllerOptions): Notifier {
  if (spec.notify === undefined) return silentNotifier;
  const { eventBus } = spec.notify;
  const aws = createAws({ onAnswer: metrics.request });
  const send = (events: Parameters<typeof putEvents>[2]) => putEvents(aws, eventBus, events);
  return createNotifier({ send, replica: identity.id, clock, log, metrics });
}

async function openHttp(
  { config: { spec }, env, clock, log, metrics }: ControllerOptions,
  given: Pick<Parameters<typeof startHttp>[0], "health" | "ready" | "status"> & {
    readonly onPush: (push: { readonly repository?: string }) => void;
  },
): Promise<HttpServer | undefined> {
  if (spec.http === undefined) return undefined;
  const { host = "127.0.0.1", port = 8080, webhook } = spec.http;
  const { onPush, ...rest } = given;
  const secret = webhook === undefined ? undefined : env[webhook.secretEnv]?.trim();
  if (webhook !== undefined && (secret === undefined || secret === ""))
    throw new EcsmonError(
      "SecretMissing",
      `the environment variable ${webhook.secretEnv}, which http.webhook.secretEnv names, is not set`,
    );
  return startHttp({
    host,
    port,
    ...rest,
    metrics,
    log,
    clock,
    ...(secret === undefined ? {} : { webhook: { secret, onPush } }),
  });
}

function readerOf(store: ObjectStore, log: Log, pause: StatusReader["pause"]): StatusReader {
  return {
    pause,
    async targets() {
      const names = await listTargets(store);
      const read = await Promise.all(
        names.map((name) =>
          readTarget(store, name).catch((error: unknown) => {
            // One that cannot be read must not hide the others.
            log("warn", "status-unread", { target: name, ...toFailure(error) });
            return undefined;
          }),
        ),
      );
      return read.filter((status) => status !== undefined);
    },
    async history({ target, since, limit, ...query }) {
      const targets = target === undefined ? await listTargets(store) : [target];
      const { entries, unreadable } = await readHistory(store, {
        targets,
        limit,
        ...(since === undefined ? {} : { since: new Date(since) }),
        matches: (entry) =>
          (query.cluster === undefined || entry.cluster === query.cluster) &&
          (query.service === undefined || entry.service === query.service) &&
          (query.kind === undefined || entry.kind === query.kind) &&
          (query.policy === undefined || entry.policies.includes(query.policy)) &&
          (query.until === undefined || Date.parse(entry.at) <= Date.parse(query.until)),
      });
      for (const failure of unreadable) log("warn", "journal-unread", { ...failure });
      return entries;
    },
  };
}

function isGit(name: string): boolean {
  return name.startsWith("git+");
}

function urlOf(name: string): string {
  return name.replace(/^git\+/, "").replace(/[?#].*$/s, "");
}

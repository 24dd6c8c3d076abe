// The controller: sources, targets, events, the freeze switch and the HTTP interface, from the start to SIGTERM.
import { setMaxListeners } from "node:events";
import type { OperatorConfig } from "../../api/config.ts";
import type { ConfigTarget } from "../../api/schema/operator-config.ts";
import { openQueue } from "../../aws/queue.ts";
import type { EventNews } from "../../core/event-meaning.ts";
import type { Clock } from "../../model/clock.ts";
import type { Failure } from "../../model/errors.ts";
import type { Pause } from "../../model/status.ts";
import { configureSources } from "../../sources/configured.ts";
import { isUneven } from "../../state/lease-rules.ts";
import { createMemoryStore } from "../../state/memory.ts";
import type { ByteStore } from "../../state/object-store.ts";
import { readSource, writeSource } from "../../state/status-store.ts";
import { watchSwitch } from "../../state/switch.ts";
import { readConcealKey } from "../snapshot/conceal-key.ts";
import { openLeases, openStatusStore } from "../state-places.ts";
import { createAlarmReader } from "./alarm-reader.ts";
import { countCalls } from "./counted-store.ts";
import type { ShowChange } from "./diff-keeper.ts";
import { createEventFeed } from "./events.ts";
import { createHeart } from "./heart.ts";
import type { Identity } from "./identity.ts";
import { openHttp, openNotifier } from "./interfaces.ts";
import { type KeptTarget, keepTarget } from "./kept-target.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createPageSource } from "./page-source.ts";
import type { SnapshotSettings } from "./snapshot-keeper.ts";
import { createSourceKeeper } from "./source-keeper.ts";
import { readFromStore } from "./store-reader.ts";
import type { TargetSettings } from "./target.ts";
import { findUntold } from "./untold-targets.ts";
import { concernsRepository } from "./webhook.ts";

export interface ControllerOptions {
  readonly config: OperatorConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly identity: Identity;
  /** Those of the configuration, or some of them. */
  readonly targets: readonly ConfigTarget[];
  /** Globs that narrow what is looked after; empty means all. */
  readonly scope: { readonly clusters: readonly string[]; readonly services: readonly string[] };
  /** In [0, 1): jitter. */
  readonly random: () => number;
  /** A change as lines that hold no secret: for the page of a service. */
  readonly showChange: ShowChange;
  /** Of this ecsmon, as snapshots tell it. Left out: it keeps none. */
  readonly version?: string;
  /** Told of the port that the HTTP interface listens on. */
  readonly onListening?: (port: number) => void;
}

/** Milliseconds that the end may take: what runs is ended within it, or left. */
const grace = 25_000;

/** Until `signal` is aborted. @throws EcsmonError where it cannot even begin: a source or a port that cannot be had. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { config, env, clock, log, metrics, identity, random } = options;
  const { spec } = config;
  // Every target, source and wait listens to it.
  setMaxListeners(0, signal);
  const statusStore = openStatusStore(config, env);
  const store = statusStore === undefined ? createMemoryStore() : countCalls(statusStore, metrics);
  const leases = openLeases(config, env, (given) => countCalls(given, metrics));
  const sources = configureSources(config, env);
  const queue =
    spec.events === undefined
      ? undefined
      : openQueue(spec.events.queueUrl, { env, onAnswer: metrics.request });
  if (statusStore === undefined)
    log("warn", "no-status-store", {
      why: "without spec.status, the freeze switch does not work, and budgets and history end with the process",
    });
  if (leases === undefined)
    log("warn", "no-leases", { why: "without spec.lease, nothing keeps a second replica from writing too" });

  // The switch, status and HTTP go on until the targets have ended.
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const notifier = openNotifier(options);
  const pause = watchSwitch(store, {
    clock,
    log,
    signal: closing.signal,
    onChange(paused) {
      notifier.tell(paused === undefined ? { what: "Resumed" } : { what: "Paused", ...paused });
      for (const { loop } of loops()) loop.lookAgain(paused === undefined ? "resumed" : "paused");
    },
    onReadAgain() {
      for (const { loop } of loops()) loop.lookAgain("switch read again");
    },
  });
  let unreadSince: string | undefined;
  const unread = (): Failure | undefined => {
    const refused = pause.refuse();
    const isUnread = refused?.code === "SwitchUnread";
    unreadSince = isUnread ? (unreadSince ?? clock.now().toISOString()) : undefined;
    return isUnread ? refused : undefined;
  };
  /** A switch that cannot be read counts as on. */
  const paused = (): Pause | undefined => {
    const refused = unread();
    if (refused === undefined || unreadSince === undefined) return pause.paused();
    return { reason: refused.message, by: "ecsmon", at: unreadSince };
  };
  const tellers = { log, metrics, notifier };
  const snapshots =
    statusStore === undefined ? undefined : openSnapshots(options, countCalls(statusStore, metrics));
  const settings = readSettings(options);
  const ids = new Set<string>();
  const targets: readonly KeptTarget[] = options.targets.map((target) =>
    keepTarget(target, {
      env,
      clock,
      random,
      tellers,
      settings,
      store,
      leases,
      pause,
      snapshots,
      showChange: options.showChange,
      owner: spec.owner ?? "ecsmon",
      holder: identity.id,
      policies: () => keeper.current(),
      sources: () => keeper.statuses(),
      paused,
      refresh: (refreshing) => keeper.refresh(refreshing),
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
    onTrouble() {
      for (const { loop } of loops()) loop.retell();
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
    paused,
    unread,
    deaf: () => feed?.failing()?.failure,
  });
  const status = readFromStore(store, {
    log,
    clock,
    pause: paused,
    untold: (told) => findUntold(targets, told),
    signal: closing.signal,
  });
  const http = await openHttp(options, {
    metrics: {
      render() {
        metrics.paused(paused() !== undefined);
        return metrics.render();
      },
    },
    health: heart.health,
    ready: heart.ready,
    status,
    page: createPageSource({
      store,
      status,
      clock,
      log,
      limits: settings,
      readAlarms: createAlarmReader(clock),
      clientsOf: (id) => targets.find((target) => target.name() === id)?.reader(),
    }),
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
    pause.looked.then(() => heart.run(signal)),
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

/** @throws EcsmonError `InvalidKey` */
function openSnapshots(
  { config: { spec }, env, version }: ControllerOptions,
  store: ByteStore,
): SnapshotSettings | undefined {
  if (version === undefined || spec.status?.snapshot === false) return undefined;
  return { store, version, key: readConcealKey(env) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function readSettings({ config: { spec }, identity, scope }: ControllerOptions): TargetSettings {
  const { cluster, service, account, region } = identity;
  return {
    ...scope,
    resync: (spec.resync ?? 300) * 1000,
    maxDeletes: spec.maxDeletes ?? 10,
    maxRedeploys: spec.maxRedeploys ?? 10,
    deletePolicy: spec.deletePolicy ?? "sync",
    allow: spec.allow,
    self: cluster === undefined || service === undefined ? undefined : { cluster, service, account, region },
  };
}

function isGit(name: string): boolean {
  return name.startsWith("git+");
}

function urlOf(name: string): string {
  return name.replace(/^git\+/, "").replace(/[?#].*$/s, "");
}

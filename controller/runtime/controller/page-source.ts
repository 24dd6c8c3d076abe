// What pages show beside the status: budgets, the chart, details of one service. All of it is read when it is asked for,
// kept in mind for a moment, and left out where it cannot be read.

import type { AwsClients } from "../../aws/clients.ts";
import { usedSince } from "../../core/budget.ts";
import type { AuditReport } from "../../model/audit.ts";
import type { Clock } from "../../model/clock.ts";
import { toFailure } from "../../model/errors.ts";
import type { ServiceStatus, TargetStatus } from "../../model/status.ts";
import { type Activity, activityReach, countActivity } from "../../page/activity.ts";
import type { Budget, Budgets } from "../../page/controller-page.ts";
import type { Guards } from "../../page/guards.ts";
import { findUnheard, type Unheard } from "../../page/hearing.ts";
import type { History } from "../../page/journal-page.ts";
import { type JournalQuery, pageLength, serviceLink } from "../../page/query.ts";
import { alarmNames, type ServiceDetails } from "../../page/service-page.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { type AuditVersion, readAudit, readBudget, readDiffs } from "../../state/status-store.ts";
import type { AlarmReader } from "./alarm-reader.ts";
import type { Log } from "./log.ts";
import type { HistoryQuery, StatusReader } from "./status-reader.ts";
import type { TargetSettings } from "./target.ts";

export interface PageSource {
  /** Targets that nobody seems to look after any more. */
  unheard(targets: readonly TargetStatus[]): Unheard;
  activity(): Promise<Activity | undefined>;
  budgets(targets: readonly TargetStatus[]): Promise<Budgets>;
  readonly guards: Guards;
  audits(targets: readonly TargetStatus[]): Promise<ReadonlyMap<string, AuditReport>>;
  history(query: JournalQuery, signal: AbortSignal): Promise<History | undefined>;
  details(
    target: TargetStatus,
    place: Pick<ServiceStatus, "cluster" | "service">,
    signal: AbortSignal,
  ): Promise<ServiceDetails>;
}

export interface PageSourceDeps {
  readonly store: ObjectStore;
  readonly status: Pick<StatusReader, "history">;
  readonly clock: Clock;
  readonly log: Log;
  /** Those of this replica: others are taken to have the same. */
  readonly limits: Pick<TargetSettings, "maxDeletes" | "maxRedeploys" | "resync"> & Guards;
  readonly readAlarms: AlarmReader;
  /** Clients of a target, held here or not. */
  readonly clientsOf: (target: string) => Pick<AwsClients, "cloudwatch"> | undefined;
}

/** Requests to the store that one look at the journal takes, for a page. */
const mostReads = 300;
const mostActivity = 5_000;
/** Milliseconds that the chart, and a budget, is good for. */
const fresh = 10_000;
const serviceEntries = 30;

export function createPageSource(deps: PageSourceDeps): PageSource {
  const { store, status, clock, log } = deps;
  const { resync, maxDeletes, maxRedeploys } = deps.limits;
  const never = new AbortController().signal;
  const remember = rememberFor(fresh, clock);
  /** One that is as it was is not sent again. */
  const audits = new Map<string, AuditVersion>();

  async function ask(query: HistoryQuery, signal: AbortSignal): Promise<History | undefined> {
    try {
      const { entries, since, unreadUntil } = await status.history({ ...query, mostReads }, signal);
      return {
        entries,
        since: since.toISOString(),
        ...(unreadUntil === undefined ? {} : { unreadUntil: unreadUntil.toISOString() }),
      };
    } catch (error) {
      if (signal.aborted) throw error;
      log("warn", "journal-unread", { ...toFailure(error) });
      return undefined;
    }
  }

  async function readActivity(): Promise<Activity | undefined> {
    const now = clock.now();
    const since = new Date(now.getTime() - activityReach * 1000).toISOString();
    const found = await ask({ since, limit: mostActivity }, never);
    if (found === undefined) return undefined;
    const last = found.entries.length < mostActivity ? undefined : found.entries.at(-1)?.at;
    const unread = found.unreadUntil ?? last;
    return countActivity(found.entries, now, unread === undefined ? undefined : new Date(unread));
  }

  async function readOneBudget(target: string): Promise<Budget | "unread"> {
    try {
      const { ledger } = await readBudget(store, target);
      return { used: usedSince(ledger, clock.now()), maxDeletes, maxRedeploys };
    } catch (error) {
      log("warn", "status-unread", { target, ...toFailure(error) });
      return "unread";
    }
  }

  return {
    unheard: (targets) => findUnheard(targets, clock.now(), resync),
    guards: deps.limits,
    activity: () => remember("activity", readActivity),
    async budgets(targets) {
      const shown = targets.slice(0, 100).map(({ target }) => target);
      const read = await Promise.all(
        shown.map((name) => remember(`budget ${name}`, () => readOneBudget(name))),
      );
      return new Map(
        shown.flatMap((name, index) => (read[index] === undefined ? [] : [[name, read[index]]])),
      );
    },
    async audits(targets) {
      const read = await Promise.all(
        targets.map(({ target }) => remember(`audit ${target}`, () => readOneAudit(target))),
      );
      return new Map(
        targets.flatMap(({ target }, index) => (read[index] === undefined ? [] : [[target, read[index]]])),
      );
    },
    async history({ target, kind, until, search, from }, signal) {
      const found = await ask(
        {
          ...(target === undefined ? {} : { target }),
          ...(kind === undefined ? {} : { kind }),
          ...(until === undefined ? {} : { until }),
          ...(search === "" ? {} : { search }),
          // One more tells whether there is more.
          limit: from + pageLength + 1,
        },
        signal,
      );
      if (found === undefined) return undefined;
      const entries = found.entries.slice(from, from + pageLength);
      return { ...found, entries, hasMore: found.entries.length > from + pageLength };
    },
    async details(target, { cluster, service }, signal) {
      const own = target.services.find((one) => one.cluster === cluster && one.service === service);
      const place = { target: target.target, cluster, service };
      const [alarms, history, diffs] = await Promise.all([
        deps.readAlarms(
          // What was written, or is other than it was, says that alarms are others too.
          { key: serviceLink(place), asOf: JSON.stringify([own?.lastChangedAt, own?.pending]) },
          own === undefined ? [] : alarmNames(own, target.owner),
          deps.clientsOf(target.target),
        ),
        ask({ ...place, limit: serviceEntries }, signal),
        own === undefined || own.pending.length === 0
          ? undefined
          : readOwnDiffs(target.target, cluster, service),
      ]);
      return { alarms, history, ...(diffs === undefined ? {} : { diffs }) };
    },
  };

  async function readOneAudit(target: string): Promise<AuditReport | undefined> {
    try {
      const version = await readAudit(store, target, audits.get(target));
      if (version === undefined) audits.delete(target);
      else audits.set(target, version);
      return version?.report;
    } catch (error) {
      log("warn", "status-unread", { target, ...toFailure(error) });
      return undefined;
    }
  }

  async function readOwnDiffs(
    target: string,
    cluster: string,
    service: string,
  ): Promise<ServiceDetails["diffs"]> {
    try {
      const diffs = await remember(`diffs ${target}`, () => readDiffs(store, target));
      return diffs?.services[`${cluster}/${service}`];
    } catch (error) {
      log("warn", "status-unread", { target, ...toFailure(error) });
      return undefined;
    }
  }
}

/** One answer for all who ask for the same within a time, also while it is read. Only the latest few are kept. */
function rememberFor(
  milliseconds: number,
  clock: Pick<Clock, "monotonic">,
): <T>(question: string, ask: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, { readonly answer: Promise<unknown>; readonly at: number }>();
  return async <T>(question: string, ask: () => Promise<T>) => {
    const now = clock.monotonic();
    for (const [key, { at }] of answers) if (now - at >= milliseconds) answers.delete(key);
    const known = answers.get(question) ?? { answer: ask(), at: now };
    answers.set(question, known);
    return (await known.answer) as T;
  };
}

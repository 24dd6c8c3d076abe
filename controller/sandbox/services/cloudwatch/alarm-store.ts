// All alarms of one sandbox, their states and their history. Names are shared by all kinds of alarm.
import { compareText } from "../../checks.ts";
import type { OperationContext } from "../../service.ts";
import { uuidOf } from "../made-ids.ts";
import { type AlarmRule, type AlarmState, childrenOf, evaluateRule } from "./alarm-rule.ts";

export interface StoredAlarm {
  readonly kind: "MetricAlarm" | "CompositeAlarm" | "LogAlarm";
  readonly name: string;
  readonly arn: string;
  /** The whole configuration as read back; replaced as one by each update. */
  configuration: Record<string, unknown>;
  /** Only of a composite. */
  rule: AlarmRule | undefined;
  /** Of the scheduled query that AWS makes for a log alarm; only of those. */
  readonly queryArn: string | undefined;
  tags: Record<string, string>;
  configuredAt: number;
  state: AlarmState;
  stateReason: string;
  stateReasonData: string | undefined;
  stateUpdatedAt: number;
  stateTransitionedAt: number;
}

export interface HistoryItem {
  readonly AlarmName: string;
  readonly AlarmType: StoredAlarm["kind"];
  readonly Timestamp: number;
  readonly HistoryItemType: "ConfigurationUpdate" | "StateUpdate";
  readonly HistorySummary: string;
  readonly HistoryData: string;
}

/** What happened to an alarm, as it is after that; of a deleted one, as it was. */
export type AlarmChange =
  | { readonly kind: "create" | "delete"; readonly alarm: StoredAlarm; readonly at: number }
  | {
      readonly kind: "update";
      readonly alarm: StoredAlarm;
      readonly at: number;
      readonly previous: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "state";
      readonly alarm: StoredAlarm;
      readonly at: number;
      readonly previous: AlarmStatus;
    };

export interface AlarmStatus {
  readonly value: AlarmState;
  readonly reason: string;
  readonly reasonData: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

export class AlarmStore {
  readonly #tell: (change: AlarmChange) => void;
  readonly #alarms = new Map<string, StoredAlarm>();
  /** Sorted once per change, for a big estate is listed page by page. */
  #sorted: StoredAlarm[] | undefined;
  readonly history: HistoryItem[] = [];

  constructor(tell: (change: AlarmChange) => void = () => {}) {
    this.#tell = tell;
  }

  get size(): number {
    return this.#alarms.size;
  }

  get(name: string): StoredAlarm | undefined {
    return this.#alarms.get(name);
  }

  getByArn(arn: string): StoredAlarm | undefined {
    const alarm = this.#alarms.get(arn.split(":").slice(6).join(":"));
    return alarm?.arn === arn ? alarm : undefined;
  }

  /** A rule may name its children by name or by ARN. */
  resolve(nameOrArn: string): StoredAlarm | undefined {
    return this.get(nameOrArn) ?? this.getByArn(nameOrArn);
  }

  /** By name. */
  all(): readonly StoredAlarm[] {
    this.#sorted ??= [...this.#alarms.values()].sort((a, b) => compareText(a.name, b.name));
    return this.#sorted;
  }

  /** The composites whose rule names this alarm. */
  parentsOf(alarm: StoredAlarm): StoredAlarm[] {
    return this.all().filter(
      (other) =>
        other.rule !== undefined && childrenOf(other.rule).some((child) => this.resolve(child) === alarm),
    );
  }

  put(
    alarm: Pick<StoredAlarm, "kind" | "name" | "configuration" | "rule" | "tags">,
    { now, account, region }: OperationContext,
  ): void {
    const at = now();
    const existing = this.#alarms.get(alarm.name);
    const previous = existing?.configuration;
    if (existing === undefined) {
      this.#sorted = undefined;
      const arn = `arn:aws:cloudwatch:${region}:${account}:alarm:${alarm.name}`;
      this.#alarms.set(alarm.name, {
        ...alarm,
        arn,
        queryArn:
          alarm.kind === "LogAlarm"
            ? `arn:aws:logs:${region}:${account}:scheduled-query:${this.#queryId(alarm.name, arn)}`
            : undefined,
        configuredAt: at,
        // A PromQL alarm has no such state to begin with.
        state: alarm.configuration.EvaluationCriteria === undefined ? "INSUFFICIENT_DATA" : "OK",
        stateReason: "Unchecked: Initial alarm creation",
        stateReasonData: undefined,
        stateUpdatedAt: at,
        stateTransitionedAt: at,
      });
    } else {
      // AWS keeps the state and, against all expectation, the tags: those of the request are ignored.
      existing.configuration = alarm.configuration;
      existing.rule = alarm.rule;
      existing.configuredAt = at;
    }
    const type = existing === undefined ? "Create" : "Update";
    this.#record(alarm, at, "ConfigurationUpdate", `Alarm "${alarm.name}" ${type.toLowerCase()}d`, {
      type,
      configuration: alarm.configuration,
    });
    const put = this.get(alarm.name);
    if (put !== undefined)
      this.#tell(
        previous === undefined
          ? { kind: "create", alarm: put, at }
          : { kind: "update", alarm: put, at, previous },
      );
    if (alarm.rule !== undefined) this.#evaluate(put, at, new Set());
  }

  /** The same in each run, and another one for an alarm that is made again. */
  #queryId(name: string, arn: string): string {
    const earlier = this.history.filter((item) => item.AlarmName === name).length;
    return uuidOf(`${arn}/${earlier}`);
  }

  delete(alarm: StoredAlarm, at: number): void {
    this.#sorted = undefined;
    this.#alarms.delete(alarm.name);
    this.#record(alarm, at, "ConfigurationUpdate", `Alarm "${alarm.name}" deleted`, { type: "Delete" });
    this.#tell({ kind: "delete", alarm, at });
  }

  setState(
    alarm: StoredAlarm,
    state: AlarmState,
    reason: string,
    data: string | undefined,
    at: number,
  ): void {
    this.#move(alarm, state, reason, data, at, new Set());
  }

  #move(
    alarm: StoredAlarm,
    state: AlarmState,
    reason: string,
    data: string | undefined,
    at: number,
    seen: Set<StoredAlarm>,
  ): void {
    const old = alarm.state;
    const previous = {
      value: old,
      reason: alarm.stateReason,
      reasonData: alarm.stateReasonData,
      at: alarm.stateUpdatedAt,
    };
    alarm.state = state;
    alarm.stateReason = reason;
    alarm.stateReasonData = data;
    alarm.stateUpdatedAt = at;
    if (old === state) return;
    alarm.stateTransitionedAt = at;
    this.#record(alarm, at, "StateUpdate", `Alarm updated from ${old} to ${state}`, {
      oldState: { stateValue: old },
      newState: { stateValue: state, stateReason: reason },
    });
    this.#tell({ kind: "state", alarm, at, previous });
    for (const parent of this.parentsOf(alarm)) this.#evaluate(parent, at, seen);
  }

  /** `seen` stops at a circle of composites, as AWS's evaluation does. */
  #evaluate(composite: StoredAlarm | undefined, at: number, seen: Set<StoredAlarm>): void {
    if (composite?.rule === undefined || seen.has(composite)) return;
    seen.add(composite);
    const holds = evaluateRule(composite.rule, (child) => this.resolve(child)?.state);
    const state = holds ? "ALARM" : "OK";
    if (state === composite.state) return;
    this.#move(composite, state, `Alarm Rule evaluated to ${holds ? "TRUE" : "FALSE"}`, undefined, at, seen);
  }

  #record(
    alarm: Pick<StoredAlarm, "kind" | "name">,
    at: number,
    type: HistoryItem["HistoryItemType"],
    summary: string,
    data: unknown,
  ): void {
    this.history.push({
      AlarmName: alarm.name,
      AlarmType: alarm.kind,
      Timestamp: at,
      HistoryItemType: type,
      HistorySummary: summary.slice(0, 255),
      HistoryData: JSON.stringify(data).slice(0, 4095),
    });
  }
}

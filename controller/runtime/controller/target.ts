// One account and Region as one owner sees it: the clients that reach it, and the rules that all writes to it keep.
import type { AwsClients } from "../../aws/clients.ts";
import type { Allow } from "../../core/allow.ts";
import type { OperatorService } from "../../core/operator-service.ts";
import type { MackerelApi } from "../../mackerel/client.ts";

export interface Target {
  /** `OWNER-ACCOUNT-REGION`. */
  readonly id: string;
  readonly owner: string;
  readonly account: string;
  readonly region: string;
  /** Refuse what the lease or the freeze switch forbids. */
  readonly aws: AwsClients;
  readonly mackerel: MackerelApi | undefined;
  readonly settings: TargetSettings;
}

/** What the configuration says, with its defaults. */
export interface TargetSettings {
  /** Globs that narrow what is looked after; empty means all. */
  readonly clusters: readonly string[];
  readonly services: readonly string[];
  /** Milliseconds from one full look to the next. */
  readonly resync: number;
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
  readonly deletePolicy: "sync" | "upsert-only";
  readonly allow: Allow | undefined;
  readonly self: OperatorService | undefined;
}

/** A target's name, and that of its lease. */
export function targetId(owner: string, account: string, region: string): string {
  return `${owner}-${account}-${region}`;
}

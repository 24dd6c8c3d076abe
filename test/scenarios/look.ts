// Looks at the sandbox's account as the controller takes them: all of it, or a few named services.
import { afterAll } from "vitest";
import { parsePolicies } from "../../controller/api/parse.ts";
import { type AwsClients, createAws } from "../../controller/aws/clients.ts";
import { unlimited } from "../../controller/aws/rate-limiter.ts";
import type { Findings } from "../../controller/core/findings.ts";
import { serviceKey } from "../../controller/core/names.ts";
import type { IsShared } from "../../controller/core/shared-by.ts";
import { createMackerel } from "../../controller/mackerel/client.ts";
import type { Change } from "../../controller/model/plan.ts";
import { applyPlan } from "../../controller/runtime/apply.ts";
import { look, type ReconcileDeps, type ReconcileOptions } from "../../controller/runtime/reconcile.ts";
import type { World } from "./harness.ts";

export type LookOptions = Partial<Omit<ReconcileOptions, "focus">>;

export interface Looker {
  /** The whole account. */
  full(policies: string, options?: LookOptions, deps?: Partial<ReconcileDeps>): Promise<Findings>;
  /** `CLUSTER/SERVICE`s; what others share with them is known from a full look. */
  focused(
    policies: string,
    keys: readonly string[],
    from: Pick<Findings, "sharedBy">,
    options?: LookOptions,
    deps?: Partial<ReconcileDeps>,
  ): Promise<Findings>;
  carryOut(findings: Findings): Promise<void>;
  /** Operations sent since, in order of name; of Mackerel too. */
  calls(): string[];
}

export const nobody: Pick<Findings, "sharedBy"> = { sharedBy: new Map() };

/** Whether services beside the named ones have a say, as one full look found. */
export function sharedAsIn({ sharedBy }: Pick<Findings, "sharedBy">): IsShared {
  return (id, services) => (sharedBy.get(id) ?? []).some((key) => !services.includes(key));
}

/** With Mackerel where the environment has its key. */
export function useLooker(world: World): Looker {
  let aws: AwsClients | undefined;
  const clients = () => {
    aws ??= createAws({ limiter: unlimited });
    return { aws, mackerel: createMackerel({ sleep: () => Promise.resolve() }) };
  };
  afterAll(() => aws?.destroy());
  const run = (
    policies: string,
    options: Partial<ReconcileOptions>,
    deps: Partial<ReconcileDeps>,
  ): Promise<Findings> => {
    world.sandbox.control.clearCalls();
    return look(
      parsePolicies([{ file: "policies.yaml", text: policies }]),
      "revision",
      {
        owner: "ecsmon",
        clusters: [],
        services: [],
        maxDeletes: 1000,
        maxRedeploys: 1000,
        deletePolicy: "sync",
        force: false,
        asOf: new Date("2026-11-23T02:00:00Z"),
        ...options,
      },
      { ...clients(), now: () => new Date("2026-11-23T02:00:00Z"), progress: () => {}, ...deps },
    );
  };
  return {
    full: (policies, options = {}, deps = {}) => run(policies, options, deps),
    focused: (policies, keys, from, options = {}, deps = {}) =>
      run(policies, { ...options, focus: { services: keys.map(placeOf), isShared: sharedAsIn(from) } }, deps),
    async carryOut({ plan }) {
      const outcomes = await applyPlan(
        plan,
        { wait: false, signal: new AbortController().signal },
        {
          ...clients(),
          now: () => new Date("2026-11-23T02:00:00Z"),
          progress: () => {},
          sleep: () => Promise.resolve(),
          onOutcome: () => {},
        },
      );
      const failed = outcomes.find(({ result }) => result !== "applied");
      if (failed !== undefined) throw new Error(`${failed.kind} ${failed.name}: ${failed.error?.message}`);
    },
    calls: () =>
      world.sandbox.control
        .calls()
        .map(({ operation }) => operation)
        .sort(),
  };
}

function placeOf(key: string): { cluster: string; service: string } {
  const [cluster = "", service = ""] = key.split("/");
  return { cluster, service };
}

/** The changes of one service. */
export function changesOf({ plan }: Findings, key: string): Change[] {
  return plan.changes.filter(({ cluster = "", service = "" }) => serviceKey(cluster, service) === key);
}

/** Everything that the plan says of one service. */
export function saidOf(findings: Findings, key: string): unknown {
  const here = <T extends { cluster?: string; service?: string }>(items: readonly T[]): T[] =>
    items.filter(({ cluster = "", service = "" }) => serviceKey(cluster, service) === key);
  const { changes, blocked, unknown } = findings.plan;
  return {
    changes: here(changes),
    blocked: here(blocked),
    unknown: here(unknown),
    standing: here(findings.standing),
    selected: here(findings.selected),
  };
}

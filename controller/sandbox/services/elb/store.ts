// All load balancers, listeners, rules and target groups of one sandbox, and how they hang together.
import { createHash } from "node:crypto";
import { compareText } from "../../checks.ts";
import type { OperationContext } from "../../service.ts";
import { checks, elbError } from "./errors.ts";
import type { HealthCheck } from "./health-check.ts";

export interface StoredLoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly type: "application" | "network";
  readonly createdAt: number;
  /** What it was created with, for AWS answers the same request twice with the same thing. */
  readonly request: string;
  readonly details: Record<string, unknown>;
  readonly attributes: Map<string, string>;
  tags: Record<string, string>;
}

export interface StoredTarget {
  readonly Id: string;
  readonly Port?: number;
  readonly AvailabilityZone?: string;
  readonly registeredAt: number;
  drainingSince?: number;
}

export interface StoredTargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly request: string;
  readonly protocol: string | undefined;
  readonly protocolVersion: string | undefined;
  readonly targetType: string;
  readonly details: Record<string, unknown>;
  healthCheck: HealthCheck;
  readonly attributes: Map<string, string>;
  targets: StoredTarget[];
  tags: Record<string, string>;
}

export type Action = Record<string, unknown>;

export interface StoredListener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  port: number;
  protocol: string;
  details: Record<string, unknown>;
  actions: Action[];
  readonly attributes: Map<string, string>;
  tags: Record<string, string>;
}

export interface StoredRule {
  readonly arn: string;
  readonly listenerArn: string;
  /** Undefined for the default rule, whose actions are the listener's. */
  priority: number | undefined;
  conditions: Record<string, unknown>[];
  actions: Action[];
  tags: Record<string, string>;
}

export class ElbStore {
  readonly loadBalancers = new Map<string, StoredLoadBalancer>();
  readonly targetGroups = new Map<string, StoredTargetGroup>();
  readonly listeners = new Map<string, StoredListener>();
  readonly rules = new Map<string, StoredRule>();
  #made = 0;

  /** 16 hex digits as in AWS's ARNs; another one each time, the same ones in each run. */
  newId(what: string): string {
    this.#made += 1;
    return createHash("sha256").update(`${what}:${this.#made}`).digest("hex").slice(0, 16);
  }

  newArn({ region, account }: OperationContext, resource: string): string {
    return `arn:aws:elasticloadbalancing:${region}:${account}:${resource}`;
  }

  loadBalancer(arn: string): StoredLoadBalancer {
    const found = this.loadBalancers.get(arn);
    if (found === undefined) throw elbError("LoadBalancerNotFound", `Load balancer '${arn}' not found`);
    return found;
  }

  targetGroup(arn: string): StoredTargetGroup {
    if (!arn.includes(":targetgroup/")) throw checks.fail(`'${arn}' is not a valid target group ARN`);
    const found = this.targetGroups.get(arn);
    if (found === undefined) throw elbError("TargetGroupNotFound", `Target groups '${arn}' not found`);
    return found;
  }

  listener(arn: string): StoredListener {
    const found = this.listeners.get(arn);
    if (found === undefined) throw elbError("ListenerNotFound", `Listener '${arn}' not found`);
    return found;
  }

  rule(arn: string): StoredRule {
    const found = this.rules.get(arn);
    if (found === undefined) throw elbError("RuleNotFound", `Rule '${arn}' not found`);
    return found;
  }

  listenersOf(loadBalancerArn: string): StoredListener[] {
    return [...this.listeners.values()]
      .filter((listener) => listener.loadBalancerArn === loadBalancerArn)
      .sort((a, b) => a.port - b.port || compareText(a.arn, b.arn));
  }

  /** By priority, the default rule last. */
  rulesOf(listenerArn: string): StoredRule[] {
    return [...this.rules.values()]
      .filter((rule) => rule.listenerArn === listenerArn)
      .sort((a, b) => (a.priority ?? Number.POSITIVE_INFINITY) - (b.priority ?? Number.POSITIVE_INFINITY));
  }

  /** For each group, the load balancers that send it traffic, by a listener's default action or by a rule. */
  attachments(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, Set<string>>();
    const attach = (loadBalancerArn: string, actions: readonly Action[]): void => {
      for (const group of actions.flatMap(targetGroupsOf))
        found.set(group, (found.get(group) ?? new Set()).add(loadBalancerArn));
    };
    for (const listener of this.listeners.values()) attach(listener.loadBalancerArn, listener.actions);
    for (const rule of this.rules.values())
      attach(this.listener(rule.listenerArn).loadBalancerArn, rule.actions);
    return new Map([...found].map(([group, arns]) => [group, [...arns].sort(compareText)]));
  }

  /** The same for one group, without looking at all of them: large estates are seeded one by one. */
  loadBalancersOf(targetGroupArn: string): string[] {
    const found = new Set<string>();
    const forwards = (action: Action): boolean => forwardsTo(action, targetGroupArn);
    for (const listener of this.listeners.values())
      if (listener.actions.some(forwards)) found.add(listener.loadBalancerArn);
    for (const rule of this.rules.values())
      if (rule.actions.some(forwards)) found.add(this.listener(rule.listenerArn).loadBalancerArn);
    return [...found].sort(compareText);
  }
}

function forwardsTo(action: Action, targetGroupArn: string): boolean {
  const { ForwardConfig, TargetGroupArn } = action as ForwardAction;
  return (
    TargetGroupArn === targetGroupArn ||
    ForwardConfig?.TargetGroups?.some((tuple) => tuple.TargetGroupArn === targetGroupArn) === true
  );
}

interface ForwardAction {
  readonly ForwardConfig?: { readonly TargetGroups?: readonly { readonly TargetGroupArn: string }[] };
  readonly TargetGroupArn?: string;
}

/** The groups that an action forwards to, weighted ones with weight 0 too. */
export function targetGroupsOf(action: Action): string[] {
  const { ForwardConfig, TargetGroupArn } = action as ForwardAction;
  const weighted = ForwardConfig?.TargetGroups?.map((tuple) => tuple.TargetGroupArn) ?? [];
  return [...new Set([...weighted, ...(TargetGroupArn === undefined ? [] : [TargetGroupArn])])];
}

/** A number that the query protocol may have left as text: `Port` is a text in a redirect, so it isn't converted. */
export function portOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw checks.fail(`Port '${String(value)}' must be a number from 1 to 65535`);
  return port;
}

// All rules of one sandbox's event bus, with their targets and tags.
import { compareText } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { busNotFound, checks, ruleNotFound } from "./errors.ts";

export interface StoredRule {
  readonly name: string;
  readonly arn: string;
  /** As PutRule gave it: EventPattern, ScheduleExpression, Description, RoleArn, each only where given. */
  settings: Readonly<Record<string, unknown>>;
  state: string;
  tags: Record<string, string>;
  /** By target id, as read back. */
  readonly targets: Map<string, Readonly<Record<string, unknown>>>;
}

export const RULE_NAME = { min: 1, max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ };

const BUS_NAME = {
  min: 1,
  max: 1600,
  pattern: /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/,
};

export class RuleStore {
  readonly #rules = new Map<string, StoredRule>();

  /** By name. */
  all(): StoredRule[] {
    return [...this.#rules.values()].sort((a, b) => compareText(a.name, b.name));
  }

  get size(): number {
    return this.#rules.size;
  }

  add(rule: StoredRule): void {
    this.#rules.set(rule.name, rule);
  }

  delete(name: string): void {
    this.#rules.delete(name);
  }

  find(name: string): StoredRule | undefined {
    return this.#rules.get(name);
  }

  /** The rule that the input names, on the bus that it names. */
  named(input: Input, field: string, context: OperationContext): StoredRule {
    const name = checks.requiredText(input, field, RULE_NAME);
    checkBus(input, context);
    const rule = this.#rules.get(name);
    if (rule === undefined) throw ruleNotFound(name);
    return rule;
  }

  byArn(input: Input): StoredRule {
    const arn = checks.requiredText(input, "ResourceARN", { min: 1, max: 1600 });
    const name = /^arn:aws[\w-]*:events:[\w-]+:\d{12}:rule\/([^/]+)$/.exec(arn)?.[1];
    if (name === undefined)
      throw checks.fail(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
    const rule = this.#rules.get(name);
    if (rule?.arn !== arn) throw ruleNotFound(name);
    return rule;
  }
}

/** There is the default bus only, by name or by ARN. */
export function checkBus(input: Input, context: OperationContext): void {
  const bus = checks.text(input, "EventBusName", BUS_NAME);
  if (bus !== undefined && !isDefaultBus(bus, context)) throw busNotFound(bus.replace(/^.*:event-bus\//, ""));
}

export function isDefaultBus(bus: string, { region, account }: OperationContext): boolean {
  return bus === "default" || bus === `arn:aws:events:${region}:${account}:event-bus/default`;
}

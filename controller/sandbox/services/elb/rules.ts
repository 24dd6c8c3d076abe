// Rules of a listener, by priority; the default rule can't be changed or deleted here.
import { checkTags, present, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { readActions } from "./actions.ts";
import { checks, elbError, invalidMarker } from "./errors.ts";
import type { ElbStore, StoredRule } from "./store.ts";

const PRIORITY = { min: 1, max: 50_000 };
const PAGE = { min: 1, max: 400 };
/** Where a condition's values stand when they aren't in `Values`. */
const CONFIGS: Readonly<Record<string, string>> = {
  "host-header": "HostHeaderConfig",
  "path-pattern": "PathPatternConfig",
  "http-header": "HttpHeaderConfig",
  "query-string": "QueryStringConfig",
  "http-request-method": "HttpRequestMethodConfig",
  "source-ip": "SourceIpConfig",
};

export function createRuleOperations(store: ElbStore): Record<string, Operation> {
  const shown = (rule: StoredRule): Output => ({
    RuleArn: rule.arn,
    Priority: rule.priority === undefined ? "default" : String(rule.priority),
    Conditions: rule.conditions,
    Actions: rule.priority === undefined ? store.listener(rule.listenerArn).actions : rule.actions,
    IsDefault: rule.priority === undefined,
  });
  const refuseTaken = (listenerArn: string, priority: number, selves: readonly StoredRule[] = []): void => {
    if (store.rulesOf(listenerArn).some((rule) => rule.priority === priority && !selves.includes(rule)))
      throw elbError("PriorityInUse", `Priority '${priority}' is currently in use`);
  };
  const changeable = (input: Input, doing: string): StoredRule => {
    const rule = store.rule(checks.requiredText(input, "RuleArn"));
    if (rule.priority === undefined)
      throw elbError("OperationNotPermitted", `Default rule '${rule.arn}' cannot be ${doing}`);
    return rule;
  };

  return {
    CreateRule(input) {
      const listener = store.listener(checks.requiredText(input, "ListenerArn"));
      const priority = checks.requiredInteger(input, "Priority", PRIORITY);
      const conditions = readConditions(input);
      if (conditions === undefined) throw checks.fail("A condition must be specified");
      const actions = readActions(store, checks.list(input, "Actions") ?? [], listener);
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags, { tooMany: (message) => elbError("TooManyTags", message) });
      refuseTaken(listener.arn, priority);
      const arn = `${listener.arn.replace(":listener/", ":listener-rule/")}/${store.newId(`rule/${priority}`)}`;
      const rule: StoredRule = { arn, listenerArn: listener.arn, priority, conditions, actions, tags };
      store.rules.set(arn, rule);
      return { Rules: [shown(rule)] };
    },

    DescribeRules(input) {
      const listenerArn = checks.text(input, "ListenerArn");
      const arns = checks.texts(input, "RuleArns") ?? [];
      if ((listenerArn === undefined) === (arns.length === 0))
        throw checks.fail("You must specify either listener rule ARNs or a listener ARN");
      const found =
        listenerArn === undefined
          ? [...new Set(arns)].map((arn) => store.rule(arn))
          : store.rulesOf(store.listener(listenerArn).arn);
      const { Marker, PageSize: _, ...asked } = input;
      const places = found.map((rule, index) => ({ rule, place: String(index).padStart(9, "0") }));
      const page = takePage(places, ({ place }) => place, {
        limit: checks.integer(input, "PageSize", PAGE) ?? PAGE.max,
        token: Marker,
        scope: ["DescribeRules", asked],
        invalidToken: invalidMarker,
      });
      return { Rules: page.items.map(({ rule }) => shown(rule)), ...present({ NextMarker: page.nextToken }) };
    },

    ModifyRule(input) {
      const rule = changeable(input, "modified");
      const list = checks.list(input, "Actions");
      const conditions = readConditions(input) ?? rule.conditions;
      const actions =
        list === undefined ? rule.actions : readActions(store, list, store.listener(rule.listenerArn));
      Object.assign(rule, { conditions, actions });
      return { Rules: [shown(rule)] };
    },

    SetRulePriorities(input) {
      const wanted = (checks.list(input, "RulePriorities", { min: 1 }) ?? []).map((pair) => ({
        rule: changeable(pair, "modified"),
        priority: checks.requiredInteger(pair, "Priority", PRIORITY),
      }));
      const selves = wanted.map(({ rule }) => rule);
      for (const { rule, priority } of wanted) refuseTaken(rule.listenerArn, priority, selves);
      for (const { rule, priority } of wanted) rule.priority = priority;
      return { Rules: selves.map(shown) };
    },

    DeleteRule(input) {
      store.rules.delete(changeable(input, "deleted").arn);
      return {};
    },
  };
}

/** AWS answers host and path conditions both ways, in `Values` and in their config. */
function readConditions(input: Input): Record<string, unknown>[] | undefined {
  return checks.list(input, "Conditions", { min: 1 })?.map((condition, index) => {
    const at = `conditions.${index + 1}.member`;
    const Field = checks.requiredText(condition, "Field", { oneOf: Object.keys(CONFIGS), at });
    const name = CONFIGS[Field] ?? "";
    const config = checks.object(condition, name, at);
    const simple = checks.texts(condition, "Values", { at });
    const Values = simple ?? config?.Values ?? [];
    if (Values.length === 0) throw checks.fail(`A condition value must be specified for '${Field}'`);
    const both = Field === "host-header" || Field === "path-pattern";
    return { Field, ...(both || config === undefined ? { Values } : {}), [name]: { ...config, Values } };
  });
}

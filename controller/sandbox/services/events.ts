// Amazon EventBridge as the sandbox plays it: rules of the default event bus with targets and tags,
// and events, which are matched, kept and delivered to queues.
import { checkTags, present, tagList, tagMap } from "../checks.ts";
import type { Happening } from "../happening.ts";
import { takePage } from "../paging.ts";
import type { Input, Operation, OperationContext, SandboxService } from "../service.ts";
import { createDelivery, type SendToQueue } from "./events/delivery.ts";
import { checks, invalidToken, limitExceeded } from "./events/errors.ts";
import { readEventPattern } from "./events/pattern-check.ts";
import { createEventIntake, type TakenEvent } from "./events/put-events.ts";
import { checkBus, RULE_NAME, RuleStore, type StoredRule } from "./events/rule-store.ts";
import { checkSchedule } from "./events/schedule.ts";
import { createTargetOperations, sortedTargets } from "./events/targets.ts";
import { isolated, plainState } from "./isolated.ts";

const STATES = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];
const MAX_RULES = 300;
const MAX_PAGE = 100;

export interface EventsService extends SandboxService {
  /** An event that a service of AWS would send, injected by hand: PutEvents takes none of those. */
  take(happening: Happening, context: OperationContext): TakenEvent;
  /** The same from another service of the sandbox; not kept in the state. */
  announce(happening: Happening, context: OperationContext): void;
  /** Whether there are rules at all. */
  listens(): boolean;
  state(): unknown;
}

/** Without `sendToQueue` there are no queues: no event is delivered. */
export function createEvents({ sendToQueue }: { sendToQueue?: SendToQueue } = {}): EventsService {
  const rules = new RuleStore();
  const intake = createEventIntake(rules, createDelivery(sendToQueue ?? (() => false)));

  const operations: Record<string, Operation> = {
    ...createTargetOperations(rules),
    ...intake.operations,

    PutRule(input, context) {
      const name = checks.requiredText(input, "Name", RULE_NAME);
      checkBus(input, context);
      const settings = readSettings(input);
      const state = checks.text(input, "State", { oneOf: STATES }) ?? "ENABLED";
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags);
      const rule = rules.find(name);
      if (rule === undefined) {
        if (rules.size >= MAX_RULES) throw limitExceeded();
        const arn = `arn:aws:events:${context.region}:${context.account}:rule/${name}`;
        rules.add({ name, arn, settings, state, tags, targets: new Map() });
        return { RuleArn: arn };
      }
      // What is left out is gone; the tags of an existing rule stay as they are.
      rule.settings = settings;
      rule.state = state;
      return { RuleArn: rule.arn };
    },

    DescribeRule(input, context) {
      return { ...shown(rules.named(input, "Name", context)), CreatedBy: context.account };
    },

    ListRules(input, context) {
      const prefix = checks.text(input, "NamePrefix", RULE_NAME) ?? "";
      checkBus(input, context);
      const found = rules.all().filter(({ name }) => name.startsWith(prefix));
      const page = takePage(found, ({ name }) => name, {
        limit: checks.integer(input, "Limit", { min: 1, max: MAX_PAGE }) ?? MAX_PAGE,
        token: input.NextToken,
        scope: ["ListRules", prefix],
        invalidToken,
      });
      return { Rules: page.items.map(shown), ...present({ NextToken: page.nextToken }) };
    },

    DeleteRule(input, context) {
      const name = checks.requiredText(input, "Name", RULE_NAME);
      checkBus(input, context);
      checks.boolean(input, "Force");
      // Deleting what isn't there is no error.
      if ((rules.find(name)?.targets.size ?? 0) > 0)
        throw checks.fail("Rule can't be deleted since it has targets.");
      rules.delete(name);
      return {};
    },

    EnableRule(input, context) {
      rules.named(input, "Name", context).state = "ENABLED";
      return {};
    },
    DisableRule(input, context) {
      rules.named(input, "Name", context).state = "DISABLED";
      return {};
    },

    TagResource(input) {
      const rule = rules.byArn(input);
      const added = tagMap(checks, input, "Tags");
      if (added === undefined) throw checks.fail("tags must not be null");
      const tags = { ...rule.tags, ...added };
      checkTags(checks, tags);
      rule.tags = tags;
      return {};
    },
    UntagResource(input) {
      const rule = rules.byArn(input);
      const keys = checks.texts(input, "TagKeys", {}, { min: 1, max: 128 });
      if (keys === undefined) throw checks.fail("tagKeys must not be null");
      rule.tags = Object.fromEntries(Object.entries(rule.tags).filter(([key]) => !keys.includes(key)));
      return {};
    },
    ListTagsForResource(input) {
      return { Tags: tagList(rules.byArn(input).tags) };
    },
  };

  return {
    id: "events",
    targetPrefix: "AWSEvents",
    jsonVersion: "1.1",
    operations: isolated(operations),
    taggedResources: () =>
      rules.all().map(({ arn, tags }) => ({ arn, type: "events:rule", tags: { ...tags } })),
    take: (happening, context) => structuredClone(intake.take(structuredClone(happening), context)),
    announce: (happening, context) => intake.announce(happening, context),
    listens: () => rules.size > 0,
    state: () =>
      plainState({
        rules: rules.all().map((rule) => ({ ...rule, targets: sortedTargets(rule) })),
        events: intake.state(),
      }),
  };
}

/** Everything but name, state and tags; an empty text is the same as none. */
function readSettings(input: Input): Readonly<Record<string, unknown>> {
  const pattern = checks.text(input, "EventPattern", { max: 4096 }) || undefined;
  const schedule = checks.text(input, "ScheduleExpression", { max: 256 }) || undefined;
  const settings = present({
    EventPattern: pattern,
    ScheduleExpression: schedule,
    Description: checks.text(input, "Description", { max: 512 }) || undefined,
    RoleArn: checks.text(input, "RoleArn", { min: 1, max: 1600 }),
  });
  if (pattern === undefined && schedule === undefined)
    throw checks.fail("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  if (pattern !== undefined) readEventPattern(pattern);
  if (schedule !== undefined) checkSchedule(schedule);
  return settings;
}

function shown({ name, arn, settings, state }: StoredRule): Record<string, unknown> {
  return { Name: name, Arn: arn, ...settings, State: state, EventBusName: "default" };
}

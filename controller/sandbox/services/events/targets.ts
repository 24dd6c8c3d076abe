// The targets of rules. Putting and removing them may fail for some and succeed for the others, in
// one answer with status 200.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Operation } from "../../service.ts";
import { checks, invalidToken, limitExceeded } from "./errors.ts";
import { checkBus, type RuleStore, type StoredRule } from "./rule-store.ts";
import { readTarget, TARGET_ID, targetFailure } from "./target-check.ts";

const MAX_ENTRIES = 10;
const MAX_TARGETS = 5;
const MAX_PAGE = 100;

export function createTargetOperations(rules: RuleStore): Record<string, Operation> {
  return {
    PutTargets(input, context) {
      const list = checks.list(input, "Targets", { min: 1, max: MAX_ENTRIES });
      if (list === undefined) throw checks.fail("targets must not be null");
      const targets = list.map((target, index) => readTarget(target, `targets.${index + 1}.member`));
      const rule = rules.named(input, "Rule", context);
      const failed: unknown[] = [];
      const put = new Map(rule.targets);
      for (const target of targets) {
        const failure = targetFailure(target);
        if (failure === undefined) put.set(target.id, target.configuration);
        else failed.push(failedEntry(target.id, failure.code, failure.message));
      }
      if (put.size > MAX_TARGETS) throw limitExceeded();
      for (const [id, configuration] of put) rule.targets.set(id, configuration);
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },

    RemoveTargets(input, context) {
      const ids = checks.texts(input, "Ids", { min: 1, max: MAX_ENTRIES }, TARGET_ID);
      if (ids === undefined) throw checks.fail("ids must not be null");
      checks.boolean(input, "Force");
      const rule = rules.named(input, "Rule", context);
      const failed = ids
        .filter((id) => !rule.targets.delete(id))
        .map((id) =>
          failedEntry(
            id,
            "ResourceNotFoundException",
            `Rule '${rule.name}' does not have a target with the Id '${id}'.`,
          ),
        );
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },

    ListTargetsByRule(input, context) {
      const rule = rules.named(input, "Rule", context);
      const page = takePage(sortedTargets(rule), ({ Id }) => String(Id), {
        limit: checks.integer(input, "Limit", { min: 1, max: MAX_PAGE }) ?? MAX_PAGE,
        token: input.NextToken,
        scope: ["ListTargetsByRule", rule.name],
        invalidToken,
      });
      return { Targets: page.items, ...present({ NextToken: page.nextToken }) };
    },

    ListRuleNamesByTarget(input, context) {
      const arn = checks.requiredText(input, "TargetArn", { min: 1, max: 1600 });
      checkBus(input, context);
      const names = rules
        .all()
        .filter(({ targets }) => [...targets.values()].some((target) => target["Arn"] === arn))
        .map(({ name }) => name);
      const page = takePage(names, (name) => name, {
        limit: checks.integer(input, "Limit", { min: 1, max: MAX_PAGE }) ?? MAX_PAGE,
        token: input.NextToken,
        scope: ["ListRuleNamesByTarget", arn],
        invalidToken,
      });
      return { RuleNames: page.items, ...present({ NextToken: page.nextToken }) };
    },
  };
}

/** By id. */
export function sortedTargets({ targets }: StoredRule): Readonly<Record<string, unknown>>[] {
  return [...targets].sort(([a], [b]) => compareText(a, b)).map(([, target]) => target);
}

function failedEntry(id: string, code: string, message: string): Record<string, string> {
  return { TargetId: id, ErrorCode: code, ErrorMessage: message };
}

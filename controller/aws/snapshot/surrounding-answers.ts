// The answers of what stands around services out of a snapshot: target groups, the tag index, EventBridge and its
// Scheduler, SNS, and what IAM says of roles.
import { EcsmonError } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import type { Answers } from "./answers.ts";
import { factOf, valueIn } from "./facts.ts";
import { revive } from "./instants.ts";
import { toTagList } from "./signal-answers.ts";

export const surroundingAnswers: Answers = {
  "ELBv2.DescribeTargetGroups": (input, facts) => {
    const groups = valueIn(facts.targetGroups, "the list of target groups");
    const arns = input.TargetGroupArns as string[] | undefined;
    if (arns === undefined) return { TargetGroups: groups.map(revive) };
    const byArn = new Map(groups.map((group) => [group["TargetGroupArn"], group]));
    return {
      TargetGroups: arns.map((arn) =>
        revive(byArn.get(arn) ?? valueIn(factOf(facts.unlistedTargetGroups, arn), `the target group ${arn}`)),
      ),
    };
  },

  /** One that AWS's answer left out when the snapshot was taken is left out again. */
  "ELBv2.DescribeTags": (input, facts) => {
    const listed = new Set(
      valueIn(facts.targetGroups, "the list of target groups").map((group) => group["TargetGroupArn"]),
    );
    return {
      TagDescriptions: (input.ResourceArns as string[]).flatMap((arn) => {
        const fact = factOf(facts.targetGroupTags, arn);
        if (fact === undefined && listed.has(arn)) return [];
        return [{ ResourceArn: arn, Tags: toTagList(valueIn(fact, `the tags of ${arn}`)) }];
      }),
    };
  },

  "Tagging.GetResources": (input, facts) => {
    const [type] = (input.ResourceTypeFilters ?? []) as string[];
    const list =
      type === "logs"
        ? valueIn(facts.taggedLogGroups, "the tag index of log groups")
        : type === "elasticloadbalancing:targetgroup"
          ? valueIn(facts.taggedTargetGroups, "the tag index of target groups")
          : valueIn<SnapshotTagged>(undefined, `the tag index of ${type}`);
    const filters = (input.TagFilters ?? []) as { Key: string; Values?: string[] }[];
    const fits = (tags: Readonly<Record<string, string>>): boolean =>
      filters.every(({ Key, Values }) => {
        const value = tags[Key];
        return value !== undefined && (Values === undefined || Values.includes(value));
      });
    return {
      ResourceTagMappingList: list
        .filter(({ tags }) => fits(tags))
        .map(({ arn, tags }) => ({ ResourceARN: arn, Tags: toTagList(tags) })),
    };
  },

  "EventBridge.ListRules": (input, { rules }) => {
    const prefix = (input.NamePrefix ?? "") as string;
    const all = valueIn(rules, "the list of rules");
    return { Rules: all.filter(({ Name }) => String(Name).startsWith(prefix)).map(revive) };
  },

  "EventBridge.ListTagsForResource": (input, { ruleTags }) => {
    const arn = input.ResourceARN as string;
    return { Tags: toTagList(valueIn(factOf(ruleTags, arn), `the tags of ${arn}`)) };
  },

  "EventBridge.ListTargetsByRule": (input, { ruleTargets }) => {
    const rule = input.Rule as string;
    return { Targets: valueIn(factOf(ruleTargets, rule), `the targets of rule ${rule}`).map(revive) };
  },

  "EventBridge.ListRuleNamesByTarget": (input, { clusterRules }) => {
    const arn = input.TargetArn as string;
    return { RuleNames: valueIn(factOf(clusterRules, arn), `the rules that have ${arn} for a target`) };
  },

  "Scheduler.ListSchedules": (_input, { schedules }) => ({
    Schedules: valueIn(schedules, "the list of schedules").map(revive),
  }),

  "Scheduler.GetSchedule": (input, { schedules, scheduleTargets }) => {
    const [GroupName, Name] = [String(input.GroupName ?? "default"), String(input.Name)];
    const schedule = `the schedule ${GroupName}/${Name}`;
    const { gone, taskDefinition } = valueIn(factOf(scheduleTargets, `${GroupName}/${Name}`), schedule);
    if (gone === true)
      throw Object.assign(new Error(`${schedule} does not exist`), { name: "ResourceNotFoundException" });
    const listed = valueIn(schedules, schedule).find(
      (one) => one["Name"] === Name && one["GroupName"] === GroupName,
    );
    const target = isObject(listed?.["Target"]) ? listed["Target"] : {};
    const runs = taskDefinition === undefined ? {} : { EcsParameters: { TaskDefinitionArn: taskDefinition } };
    return { Name, GroupName, Target: { Arn: target["Arn"], ...runs } };
  },

  "SNS.GetTopicAttributes": (input, { topics }) => {
    const arn = input.TopicArn as string;
    return { Attributes: { TopicArn: arn, ...valueIn(factOf(topics, arn), `the topic ${arn}`) } };
  },

  "SNS.ListSubscriptionsByTopic": (input, { topicSubscriptions }) => {
    const arn = input.TopicArn as string;
    const arns = valueIn(factOf(topicSubscriptions, arn), `the subscriptions of topic ${arn}`);
    return { Subscriptions: arns.map((SubscriptionArn) => ({ SubscriptionArn })) };
  },

  /** What a role may do on every resource, it may do on this one; of the rest nothing is known. */
  "IAM.SimulatePrincipalPolicy": (input, { roleActions }) => {
    const role = input.PolicySourceArn as string;
    const actions = input.ActionNames as string[];
    const allowed = valueIn(factOf(roleActions, role), `what ${role} may do`);
    if (!actions.every((action) => allowed.includes(action)))
      throw new EcsmonError("NotInSnapshot", "a snapshot knows only what a role may do on every resource", {
        fault: "operator",
        remedy: "wait",
      });
    return {
      EvaluationResults: actions.map((EvalActionName) => ({ EvalActionName, EvalDecision: "allowed" })),
    };
  },
};

type SnapshotTagged = readonly { readonly arn: string; readonly tags: Readonly<Record<string, string>> }[];

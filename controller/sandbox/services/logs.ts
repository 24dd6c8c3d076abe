// Amazon CloudWatch Logs as the sandbox plays it: groups with retention and tags, metric filters,
// saved queries, and as much of streams and events as a try-out needs.
import { checkTags, present } from "../checks.ts";
import { takePage } from "../paging.ts";
import { AwsError, type Input, type Operation, type SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import { alreadyExists, checks, groupNotFound, invalidToken } from "./logs/errors.ts";
import { GROUP_NAME, GroupStore, type StoredGroup } from "./logs/group-store.ts";
import { createMetricFilterOperations, sortedFilters } from "./logs/metric-filters.ts";
import { createQueryDefinitions } from "./logs/query-definitions.ts";
import { createRetention } from "./logs/retention.ts";
import { createStreamOperations } from "./logs/streams.ts";

const CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"];

export function createLogs(): SandboxService & { state(): unknown } {
  const groups = new GroupStore();
  const retention = createRetention(groups);
  const queryDefinitions = createQueryDefinitions();

  const byArn = (input: Input): StoredGroup => {
    const arn = checks.requiredText(input, "resourceArn", {
      min: 1,
      max: 1011,
      pattern: /^[\w+=/:,.@*#-]*$/,
    });
    const group = groups.byArn(arn);
    if (group === undefined) throw groupNotFound();
    return group;
  };
  const addTags = (group: StoredGroup, input: Input): void => {
    const added = checks.textMap(input, "tags", { min: 1, max: 50 });
    if (added === undefined) throw checks.fail("tags must not be null");
    const tags = { ...group.tags, ...added };
    checkTags(checks, tags, { tooMany: (message) => new AwsError("TooManyTagsException", message) });
    group.tags = tags;
  };
  const removeTags = (group: StoredGroup, input: Input, field: string): void => {
    const keys = checks.texts(input, field, { max: 50 }, { min: 1, max: 128 });
    if (keys === undefined) throw checks.fail(`${field} must not be null`);
    group.tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.includes(key)));
  };

  const shown = (group: StoredGroup, now: number): Record<string, unknown> => ({
    logGroupName: group.name,
    creationTime: group.creationTime,
    ...retention.describe(group, now),
    metricFilterCount: group.filters.size,
    arn: `${group.arn}:*`,
    storedBytes: 0,
    ...present({ kmsKeyId: group.kmsKeyId }),
    logGroupClass: group.logGroupClass,
    logGroupArn: group.arn,
    deletionProtectionEnabled: group.deletionProtectionEnabled,
  });

  const operations: Record<string, Operation> = {
    ...retention.operations,
    ...queryDefinitions.operations,
    ...createMetricFilterOperations(groups),
    ...createStreamOperations(groups),

    CreateLogGroup(input, { now, account, region }) {
      const name = checks.requiredText(input, "logGroupName", GROUP_NAME);
      if (name.startsWith("aws/")) throw checks.fail("Log groups starting with 'aws/' are reserved for AWS.");
      const tags = checks.textMap(input, "tags", { min: 1, max: 50 }) ?? {};
      checkTags(checks, tags);
      const logGroupClass = checks.text(input, "logGroupClass", { oneOf: CLASSES }) ?? "STANDARD";
      const kmsKeyId = checks.text(input, "kmsKeyId", { max: 256 });
      const deletionProtectionEnabled = checks.boolean(input, "deletionProtectionEnabled") ?? false;
      if (groups.has(name)) throw alreadyExists("log group");
      groups.add({
        name,
        arn: `arn:aws:logs:${region}:${account}:log-group:${name}`,
        creationTime: now(),
        logGroupClass,
        kmsKeyId,
        deletionProtectionEnabled,
        retentionInDays: undefined,
        tags,
        filters: new Map(),
        streams: new Map(),
      });
      return {};
    },

    DeleteLogGroup(input) {
      const group = groups.named(input);
      if (group.deletionProtectionEnabled)
        throw new AwsError("ValidationException", "The log group has deletion protection enabled.");
      groups.delete(group);
      return {};
    },

    DescribeLogGroups(input, context) {
      const prefix = checks.text(input, "logGroupNamePrefix", GROUP_NAME);
      const pattern = checks.text(input, "logGroupNamePattern", {
        max: 512,
        pattern: /^[.\-_/#A-Za-z0-9]*$/,
      });
      const logGroupClass = checks.text(input, "logGroupClass", { oneOf: CLASSES });
      const identifiers = checks.texts(input, "logGroupIdentifiers", { min: 1, max: 50 });
      if (prefix !== undefined && pattern !== undefined)
        throw checks.fail(
          "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        );
      if (identifiers !== undefined && (prefix ?? pattern) !== undefined)
        throw checks.fail("logGroupIdentifiers must not be specified with a name prefix or pattern");
      const found = groups
        .all()
        .filter(
          (group) =>
            group.name.startsWith(prefix ?? "") &&
            group.name.includes(pattern ?? "") &&
            (logGroupClass === undefined || group.logGroupClass === logGroupClass) &&
            (identifiers === undefined ||
              identifiers.some(
                (each) => each === group.name || each === group.arn || each === `${group.arn}:*`,
              )),
        );
      const { nextToken, limit: _, ...asked } = input;
      const page = takePage(found, (group) => group.name, {
        limit: checks.integer(input, "limit", { min: 1, max: 50 }) ?? 50,
        token: nextToken,
        scope: ["DescribeLogGroups", asked],
        invalidToken,
      });
      return {
        logGroups: page.items.map((group) => shown(group, context.now())),
        ...present({ nextToken: page.nextToken }),
      };
    },

    TagResource(input) {
      addTags(byArn(input), input);
      return {};
    },
    UntagResource(input) {
      removeTags(byArn(input), input, "tagKeys");
      return {};
    },
    ListTagsForResource(input) {
      return { tags: byArn(input).tags };
    },

    // The older three, by the group's name.
    TagLogGroup(input) {
      addTags(groups.named(input), input);
      return {};
    },
    UntagLogGroup(input) {
      removeTags(groups.named(input), input, "tags");
      return {};
    },
    ListTagsLogGroup(input) {
      return { tags: groups.named(input).tags };
    },
  };

  return {
    id: "logs",
    targetPrefix: "Logs_20140328",
    jsonVersion: "1.1",
    operations: isolated(operations),
    taggedResources: () =>
      groups.all().map(({ arn, tags }) => ({ arn, type: "logs:log-group", tags: { ...tags } })),
    state: () =>
      plainState({
        groups: groups.all().map((group) => ({
          ...group,
          filters: sortedFilters(group),
          streams: Object.fromEntries(group.streams),
        })),
        accountPolicies: retention.state(),
        queryDefinitions: queryDefinitions.state(),
      }),
  };
}

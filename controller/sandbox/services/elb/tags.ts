// Tags of all four kinds of resource, for up to 20 ARNs in one call.
import { checkTags, tagList, tagMap } from "../../checks.ts";
import type { Input, Operation, TaggedResource } from "../../service.ts";
import { checks, elbError } from "./errors.ts";
import type { ElbStore } from "./store.ts";

const MAX_ARNS = 20;

interface Tagged {
  readonly arn: string;
  tags: Record<string, string>;
}

export function createTagOperations(store: ElbStore): Record<string, Operation> {
  const named = (input: Input): Tagged[] => {
    const arns = checks.texts(input, "ResourceArns", { min: 1, max: MAX_ARNS });
    if (arns === undefined) throw checks.fail("ResourceArns must not be null");
    return [...new Set(arns)].map((arn) => {
      if (arn.includes(":loadbalancer/")) return store.loadBalancer(arn);
      if (arn.includes(":listener-rule/")) return store.rule(arn);
      if (arn.includes(":listener/")) return store.listener(arn);
      return store.targetGroup(arn);
    });
  };

  return {
    DescribeTags: (input) => ({
      TagDescriptions: named(input).map(({ arn, tags }) => ({ ResourceArn: arn, Tags: tagList(tags) })),
    }),

    AddTags(input) {
      const resources = named(input);
      const added = tagMap(checks, input, "Tags") ?? {};
      if (Object.keys(added).length === 0) throw checks.fail("At least one tag must be specified");
      const changed = resources.map((resource) => ({ resource, tags: { ...resource.tags, ...added } }));
      for (const { tags } of changed)
        checkTags(checks, tags, { tooMany: (message) => elbError("TooManyTags", message) });
      for (const { resource, tags } of changed) resource.tags = tags;
      return {};
    },

    RemoveTags(input) {
      const resources = named(input);
      const keys = checks.texts(input, "TagKeys") ?? [];
      for (const resource of resources)
        resource.tags = Object.fromEntries(
          Object.entries(resource.tags).filter(([key]) => !keys.includes(key)),
        );
      return {};
    },
  };
}

export function taggedResourcesOf(store: ElbStore): TaggedResource[] {
  const kinds: [string, Iterable<Tagged>][] = [
    ["elasticloadbalancing:loadbalancer", store.loadBalancers.values()],
    ["elasticloadbalancing:targetgroup", store.targetGroups.values()],
    ["elasticloadbalancing:listener", store.listeners.values()],
    ["elasticloadbalancing:listener-rule", store.rules.values()],
  ];
  return kinds.flatMap(([type, resources]) =>
    [...resources].map(({ arn, tags }) => ({ arn, type, tags: { ...tags } })),
  );
}

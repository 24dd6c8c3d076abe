// Tags of whatever has an ARN in CloudWatch: alarms and dashboards.
import { checkTags, tagList, tagMap } from "../../checks.ts";
import type { Input, Operation } from "../../service.ts";
import { metricChecks as checks, resourceNotFound } from "./errors.ts";

export interface Tagged {
  tags: Record<string, string>;
}

/** `find` looks an ARN up among everything that can be tagged. */
export function createTagOperations(find: (arn: string) => Tagged | undefined): Record<string, Operation> {
  const named = (input: Input): Tagged => {
    const arn = checks.requiredText(input, "ResourceARN", { min: 1, max: 1024 });
    if (!arn.startsWith("arn:")) throw checks.fail(`Invalid ARN: ${arn}`);
    const resource = find(arn);
    if (resource === undefined) throw resourceNotFound(arn);
    return resource;
  };

  return {
    TagResource(input) {
      const resource = named(input);
      const added = tagMap(checks, input, "Tags");
      if (added === undefined) throw checks.fail("Tags must not be null");
      const tags = { ...resource.tags, ...added };
      checkTags(checks, tags);
      resource.tags = tags;
      return {};
    },

    UntagResource(input) {
      const resource = named(input);
      const keys = checks.texts(input, "TagKeys", {}, { min: 1, max: 128 });
      if (keys === undefined) throw checks.fail("TagKeys must not be null");
      resource.tags = Object.fromEntries(
        Object.entries(resource.tags).filter(([key]) => !keys.includes(key)),
      );
      return {};
    },

    ListTagsForResource(input) {
      return { Tags: tagList(named(input).tags) };
    },
  };
}

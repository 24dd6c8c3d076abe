// The Resource Groups Tagging API: one list over the tags of all services. It holds nothing itself
// but one memory, for it still shows what once had a tag and has none now.
import { compareText, createChecks, tagList } from "../checks.ts";
import { takePage } from "../paging.ts";
import {
  AwsError,
  type Input,
  type Operation,
  type SandboxService,
  type TaggedResource,
} from "../service.ts";
import { isolated } from "./isolated.ts";

const checks = createChecks((message) => new AwsError("InvalidParameterException", message));
const MAX_FILTERS = 50;
const MAX_VALUES = 20;
const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;
const MAX_ARNS = 100;

export function createTagging(
  services: () => readonly SandboxService[],
): SandboxService & { state(): unknown } {
  const onceTagged = new Set<string>();

  /** Every resource that has or had a tag, by ARN. */
  const resources = (): TaggedResource[] => {
    const all = services().flatMap((service) => service.taggedResources?.() ?? []);
    for (const { arn, tags } of all) if (Object.keys(tags).length > 0) onceTagged.add(arn);
    return all.filter(({ arn }) => onceTagged.has(arn)).sort((a, b) => compareText(a.arn, b.arn));
  };
  const invalidToken = () =>
    new AwsError("PaginationTokenExpiredException", "The pagination token is expired or not valid");

  const operations: Record<string, Operation> = {
    GetResources(input) {
      const filters = readFilters(input);
      const types = checks.texts(input, "ResourceTypeFilters", { max: 100 }, { max: 256 }) ?? [];
      const arns = checks.texts(input, "ResourceARNList", { max: MAX_ARNS }) ?? [];
      if (arns.length > 0 && (filters.length > 0 || types.length > 0 || input.ResourcesPerPage != null))
        throw checks.fail("ResourceARNList cannot be combined with other parameters");
      for (const type of types)
        if (!/^[a-z0-9-]+(:[A-Za-z0-9/_-]+)?$/.test(type))
          throw checks.fail(`'${type}' is not a resource type such as ecs:service`);
      const found = resources().filter(
        (resource) =>
          (arns.length === 0 || arns.includes(resource.arn)) &&
          (types.length === 0 || types.some((type) => isOfType(resource.type, type))) &&
          filters.every((filter) => fits(resource, filter)),
      );
      const { PaginationToken, ResourcesPerPage: _, ...asked } = input;
      const page = takePage(found, ({ arn }) => arn, {
        limit: checks.integer(input, "ResourcesPerPage", { min: 1, max: MAX_PAGE }) ?? DEFAULT_PAGE,
        token: PaginationToken,
        scope: ["GetResources", asked],
        invalidToken,
      });
      return {
        ResourceTagMappingList: page.items.map(({ arn, tags }) => ({
          ResourceARN: arn,
          Tags: tagList(tags),
        })),
        // The last page says so with an empty token, not with none.
        PaginationToken: page.nextToken ?? "",
      };
    },

    GetTagKeys(input) {
      const keys = [...new Set(resources().flatMap(({ tags }) => Object.keys(tags)))].sort(compareText);
      const page = takePage(keys, (key) => key, {
        limit: 1000,
        token: input.PaginationToken,
        scope: ["GetTagKeys"],
        invalidToken,
      });
      return { TagKeys: page.items, PaginationToken: page.nextToken ?? "" };
    },

    GetTagValues(input) {
      const key = checks.requiredText(input, "Key", { min: 1, max: 128 });
      const values = [...new Set(resources().flatMap(({ tags }) => tags[key] ?? []))].sort(compareText);
      const page = takePage(values, (value) => value, {
        limit: 1000,
        token: input.PaginationToken,
        scope: ["GetTagValues", key],
        invalidToken,
      });
      return { TagValues: page.items, PaginationToken: page.nextToken ?? "" };
    },
  };

  return {
    id: "tagging",
    targetPrefix: "ResourceGroupsTaggingAPI_20170126",
    jsonVersion: "1.1",
    operations: isolated(operations),
    // The memory is left out: reading tags must not count as a change.
    state: () => ({}),
  };
}

interface TagFilter {
  readonly key: string;
  readonly values: readonly string[];
}

function readFilters(input: Input): TagFilter[] {
  const list = checks.list(input, "TagFilters", { max: MAX_FILTERS }) ?? [];
  return list.map((filter, index) => {
    const at = `tagFilters.${index + 1}.member`;
    return {
      key: checks.requiredText(filter, "Key", { min: 1, max: 128, at }),
      values: checks.texts(filter, "Values", { max: MAX_VALUES, at }, { max: 256 }) ?? [],
    };
  });
}

/** Every key must be there; its value must be one of those given, or any where none is given. */
function fits({ tags }: TaggedResource, { key, values }: TagFilter): boolean {
  if (!Object.hasOwn(tags, key)) return false;
  return values.length === 0 || values.includes(tags[key] ?? "");
}

/** `ecs:service` is asked for as itself or by its service, `ecs`. */
function isOfType(type: string, asked: string): boolean {
  return type === asked || type.startsWith(`${asked}:`) || type.startsWith(`${asked}/`);
}

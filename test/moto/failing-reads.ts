// Ways in which one read fails, and what must then stand still.
import { alarms, filters, logGroups, ofProdA, type Part, parts, taskDefinitions } from "./parts.ts";
import {
  answerWith,
  deny,
  denyWhere,
  type Handler,
  inTwoPages,
  inTwoXmlPages,
  rewriteAnswer,
} from "./recording-proxy.ts";

export interface FailingRead {
  readonly title: string;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** A clear line on stderr. */
  readonly says: RegExp;
  /** What depends on the read, for a policy that wants everything otherwise. */
  readonly frozen: readonly Part[];
  /** What depends on it for a policy that wants nothing any more, where that is less. */
  readonly frozenForDeletes?: readonly Part[];
}

/** Whose a group is does not stand in its name: as long as any service is in the dark, none is released. */
const ofProdAAndGroups: readonly Part[] = parts.filter(
  (part) => ofProdA.includes(part) || logGroups.includes(part),
);
const targetGroups = "elasticloadbalancing:DescribeTargetGroups";
const noGroupIndexed = answerWith({ ResourceTagMappingList: [], PaginationToken: "" });
const untagged = rewriteAnswer(({ services, ...rest }) => ({
  ...rest,
  services: (services as Record<string, unknown>[]).map(({ tags: _, ...service }) => service),
}));

const denied: readonly FailingRead[] = [
  one("ecs:ListClusters", "denied", deny, parts),
  one("ecs:ListClusters", "denied on page 2", inTwoPages("clusterArns", "nextToken", deny), parts),
  one("ecs:DescribeClusters", "denied", deny, []),
  one("ecs:ListServices", "denied", deny, parts),
  one("ecs:ListServices", "denied on page 2", inTwoPages("serviceArns", "nextToken", deny), parts),
  {
    ...one("ecs:ListServices", "denied for one cluster", denyWhere("prod-a"), ofProdA),
    frozenForDeletes: ofProdAAndGroups,
  },
  one("ecs:DescribeServices", "denied", deny, parts),
  {
    ...one("ecs:DescribeServices", "denied for one cluster", denyWhere("prod-a"), ofProdA),
    frozenForDeletes: ofProdAAndGroups,
  },
  one("ecs:DescribeTaskDefinition", "denied", deny, taskDefinitions),
  one("ecs:DescribeTaskDefinition", "denied for one service", denyWhere("web-x"), [
    "task definitions of other",
  ]),
  { ...one(targetGroups, "denied", deny, ["balancer alarms of prod-a"]), frozenForDeletes: [] },
  {
    ...one(targetGroups, "denied on page 2", inTwoXmlPages(deny), ["balancer alarms of prod-a"]),
    frozenForDeletes: [],
  },
  one("monitoring:DescribeAlarms", "denied", deny, alarms),
  one("monitoring:DescribeAlarms", "denied on page 2", inTwoPages("MetricAlarms", "NextToken", deny), alarms),
  one("logs:DescribeMetricFilters", "denied", deny, filters),
  one(
    "logs:DescribeMetricFilters",
    "denied on page 2",
    inTwoPages("metricFilters", "nextToken", deny),
    filters,
  ),
  one("logs:DescribeLogGroups", "denied", deny, logGroups),
  one("logs:DescribeLogGroups", "denied on page 2", inTwoPages("logGroups", "nextToken", deny), logGroups),
  one("tagging:GetResources", "denied", deny, logGroups),
  one(
    "tagging:GetResources",
    "denied on page 2",
    inTwoPages("ResourceTagMappingList", "PaginationToken", deny),
    logGroups,
  ),
];

const emptied: readonly FailingRead[] = [
  one("ecs:ListClusters", "answered with {}", answerWith({}), parts),
  one("ecs:ListServices", "answered with {}", answerWith({}), parts),
  one("ecs:DescribeServices", "answered with {}", answerWith({}), parts),
  one("ecs:DescribeTaskDefinition", "answered with {}", answerWith({}), taskDefinitions),
  one("monitoring:DescribeAlarms", "answered with {}", answerWith({}), alarms),
  one("logs:DescribeMetricFilters", "answered with {}", answerWith({}), filters),
  one("logs:DescribeLogGroups", "answered with {}", answerWith({}), logGroups),
  one("tagging:GetResources", "answered with {}", answerWith({}), logGroups),
];

/** The tag index is empty, so tags are asked for by name; that fails too. */
const tagsOfGroups: readonly FailingRead[] = [
  {
    title: "tagging:GetResources answered with an empty list",
    handlers: { "tagging:GetResources": noGroupIndexed },
    says: /GetResources lists no log group/,
    frozen: [],
  },
  {
    title: "logs:ListTagsForResource denied while the tag index is empty",
    handlers: { "tagging:GetResources": noGroupIndexed, "logs:ListTagsForResource": deny },
    says: /log groups.*denied/i,
    frozen: logGroups,
  },
  {
    title: "logs:ListTagsForResource answered with {} while the tag index is empty",
    handlers: { "tagging:GetResources": noGroupIndexed, "logs:ListTagsForResource": answerWith({}) },
    says: /ListTagsForResource gave an answer without its tags/,
    frozen: logGroups,
  },
];

/** DescribeServices leaves all tags out: no policy selects by tag any more. */
const missingServiceTags: readonly FailingRead[] = [
  {
    title: "services read without tags, which they have when asked by name",
    handlers: { "ecs:DescribeServices": untagged },
    says: /gave prod-a\/web-000 no tags/,
    frozen: parts,
  },
  {
    title: "services read without tags, and ecs:ListTagsForResource denied",
    handlers: { "ecs:DescribeServices": untagged, "ecs:ListTagsForResource": deny },
    says: /ListTagsForResource was denied/,
    frozen: parts,
  },
  {
    title: "services read without tags, and ecs:ListTagsForResource answered with {}",
    handlers: { "ecs:DescribeServices": untagged, "ecs:ListTagsForResource": answerWith({}) },
    says: /ListTagsForResource gave an answer without its tags/,
    frozen: parts,
  },
];

export const failingReads: readonly FailingRead[] = [...denied, ...emptied];
/** Those that only matter where something is still wanted. */
export const failingTagReads: readonly FailingRead[] = [...tagsOfGroups, ...missingServiceTags];

function one(operation: string, how: string, handler: Handler, frozen: readonly Part[]): FailingRead {
  const name = operation.split(":")[1];
  const says = how.startsWith("denied")
    ? new RegExp(`(${name}|read of log groups).*denied`)
    : new RegExp(`(${name}|read of log groups).*gave an answer without`);
  return { title: `${operation} ${how}`, handlers: { [operation]: handler }, says, frozen };
}

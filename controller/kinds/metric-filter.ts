// CloudWatch Logs metric filters. Ours by name: OWNER/CLUSTER/SERVICE/NAME, in any log group.
import {
  DeleteMetricFilterCommand,
  DescribeMetricFiltersCommand,
  type DescribeMetricFiltersCommandInput,
  type MetricFilter,
  PutMetricFilterCommand,
  type PutMetricFilterCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { retainOf } from "../core/deletion-policy.ts";
import { containersOf } from "../core/layer.ts";
import { logDestination } from "../core/log-destination.ts";
import { findLogGroup } from "../core/log-metric.ts";
import type { Observed, Verdict, Wanted } from "../core/managed.ts";
import { metricNamespace, ownedName, ownedPrefixes, parseOwnedName } from "../core/names.ts";
import { enforcementOf, type Item, type MergedLogMetric, type Selected } from "../core/select.ts";
import { type Failure, toFailure } from "../model/errors.ts";
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory, Tags } from "../model/workload.ts";
import { createMarkReader, type FilterDetail, filterMark, markMember } from "./filter-marks.ts";
import type { Kind, ObserveContext } from "./kind.ts";
import { logGroupArn } from "./log-group-tags.ts";

export const metricFilter: Kind = {
  name: "MetricFilter",
  phase: 30,
  doc: "A metric filter on a service's log group: log lines that match become a metric.",
  reads: ["logs:DescribeMetricFilters", "logs:ListTagsForResource", "tag:GetResources"],
  writes: ["logs:PutMetricFilter", "logs:DeleteMetricFilter", "logs:TagResource", "logs:UntagResource"],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) =>
      [...selected.logMetrics].map(([name, item]) => wantFilter(name, item, selected, owner)),
    );
  },

  canonical: canonicalFilter,
  // A filter that stands has its group.
  judge(spec, observed, { retain }, { owner, inventory }): Verdict {
    const after = retain ? { ...spec, [markMember]: filterMark(String(spec["filterName"]), owner) } : spec;
    const write = writeOf(spec, inventory);
    if (observed === undefined) return { after, impact: "none", write };
    const unread = (observed.detail as FilterDetail | undefined)?.unread;
    return { after, impact: "none", write, needs: [], ...(retain && unread && { unread }) };
  },

  release: ({ spec }, { inventory }) => ({
    after: null,
    impact: "none",
    deletes: 1,
    write: writeOf(spec, inventory),
  }),

  async observe(context) {
    const { aws, owner } = context;
    try {
      const filters = context.inventory.focused
        ? await listFocusedFilters(context)
        : await listFilters(aws, {});
      const items = new Map<string, Observed>();
      const marks = createMarkReader(context);
      for (const filter of filters) {
        const name = filter.filterName as string;
        const parsed = parseOwnedName(owner, name);
        if (parsed === undefined) continue;
        const { cluster, service } = parsed;
        const id = filterId(filter.logGroupName as string, name);
        const mark = await marks({ id, group: filter.logGroupName as string, name, cluster, service });
        const spec = { ...canonicalFilter(filter as unknown as JsonObject), ...mark.spec };
        const { detail, retain } = mark;
        items.set(id, { id, name, cluster, service, spec, owned: true, detail, ...(retain && { retain }) });
      }
      return known({ items });
    } catch (error) {
      return unknown(describeAwsError(error, "logs:DescribeMetricFilters"));
    }
  },

  async put({ before, after, write }, { aws }) {
    const { [markMember]: mark, ...filter } = after as JsonObject;
    const { arn } = write as FilterWrite;
    // First the mark: a run that is killed in between keeps too much.
    if (isObject(mark) && !jsonEqual(mark, before?.[markMember] ?? null))
      await aws.logs.send(new TagResourceCommand({ resourceArn: arn, tags: { ...(mark as Tags) } }));
    await aws.logs.send(new PutMetricFilterCommand(filter as unknown as PutMetricFilterCommandInput));
    if (mark === undefined) await dropMark(aws, arn, before);
  },

  async remove(changes, { aws }) {
    const failures: (Failure | undefined)[] = [];
    for (const { before, write } of changes) {
      const { logGroupName, filterName } = before as { logGroupName: string; filterName: string };
      try {
        await aws.logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName }));
        await dropMark(aws, (write as FilterWrite).arn, before);
        failures.push(undefined);
      } catch (error) {
        // Gone already, by itself or with its group: that is what was wanted.
        failures.push(
          toFailure(error).code === "ResourceNotFoundException"
            ? undefined
            : describeAwsError(error, "logs:DeleteMetricFilter"),
        );
      }
    }
    return failures;
  },
};

interface FilterWrite {
  /** Of the log group, whose tags have the mark. */
  readonly arn: string;
}

function writeOf({ logGroupName }: JsonObject, inventory: Inventory): FilterWrite {
  return { arn: logGroupArn(inventory, String(logGroupName)) };
}

async function dropMark(aws: AwsClients, resourceArn: string, before: JsonObject | null): Promise<void> {
  const mark = before?.[markMember];
  if (!isObject(mark)) return;
  await aws.logs.send(new UntagResourceCommand({ resourceArn, tagKeys: Object.keys(mark) }));
}

/** A name prefix counts only together with a log group; without one, all filters are listed, in pages. */
function listFilters(
  aws: AwsClients,
  where: Pick<DescribeMetricFiltersCommandInput, "logGroupName" | "filterNamePrefix">,
): Promise<readonly MetricFilter[]> {
  return readAllPages("logs:DescribeMetricFilters", async (nextToken) => {
    const answer = await aws.logs.send(new DescribeMetricFiltersCommand({ ...where, limit: 50, nextToken }));
    return { items: answer.metricFilters, next: answer.nextToken };
  });
}

/** Those of each service in the groups that it logs to, or is to have filters in. Others wait for the full look. */
async function listFocusedFilters({
  aws,
  owner,
  inventory,
  wanted,
}: ObserveContext): Promise<MetricFilter[]> {
  const questions = inventory.workloads.flatMap((workload) => {
    const { cluster, service, taskDefinition } = workload;
    const groups = new Set([
      ...wanted.flatMap((item) =>
        item.cluster === cluster && item.service === service && item.state.is === "wanted"
          ? [String(item.state.spec["logGroupName"])]
          : [],
      ),
      ...(taskDefinition.known ? groupsLoggedTo(taskDefinition.value.input) : []),
    ]);
    return ownedPrefixes(owner, workload).flatMap((filterNamePrefix) =>
      [...groups].map((logGroupName) => ({ logGroupName, filterNamePrefix })),
    );
  });
  const lists = questions.map(async (question) => {
    try {
      return await listFilters(aws, question);
    } catch (error) {
      // The group is not there, so it has no filters.
      if (toFailure(error).code === "ResourceNotFoundException") return [];
      throw error;
    }
  });
  return (await Promise.all(lists)).flat();
}

function groupsLoggedTo(definition: JsonObject): string[] {
  return containersOf(definition).flatMap((container) => logDestination(container)?.group ?? []);
}

/** A filter of one name may stand in two groups while it moves; the plan's name is the filter's. */
function filterId(group: string, name: string): string {
  return `${group}|${name}`;
}

function wantFilter(name: string, item: Item<MergedLogMetric>, selected: Selected, owner: string): Wanted {
  const { cluster, service } = selected.workload;
  const full = ownedName(owner, { cluster, service, name });
  const policies = item.contributors.map((policy) => policy.name);
  const base = {
    kind: "MetricFilter",
    name: full,
    cluster,
    service,
    policies,
    enforcement: enforcementOf(item.contributors, "MetricFilter"),
    ...retainOf(item.contributors),
  } as const;
  if (!item.result.ok)
    return { ...base, id: filterId("?", full), state: { is: "blocked", reason: item.result.reason } };
  const group = findLogGroup(item.result.value, selected, owner);
  if (!group.ok) return { ...base, id: filterId("?", full), state: group.state };
  const { pattern, value, unit, dimensions } = item.result.value;
  if (pattern == null) {
    return {
      ...base,
      id: filterId("?", full),
      state: {
        is: "blocked",
        reason: {
          code: "Incomplete",
          message: `log metric ${name} has no pattern in any policy that selects this service`,
        },
      },
    };
  }
  const given = Object.entries(dimensions ?? {}).filter((entry) => entry[1] !== null);
  const transformation = {
    metricName: name,
    metricNamespace: metricNamespace(owner, cluster, service),
    metricValue: String(value ?? 1),
    ...(given.length > 0 ? { dimensions: Object.fromEntries(given) as JsonObject } : {}),
    // A zero in each minute that has log lines lets the alarm on a count come back by itself. A measured value has none:
    // lines that do not match took no 0 ms. AWS refuses it beside dimensions.
    ...(given.length === 0 && !String(value ?? 1).startsWith("$") ? { defaultValue: 0 } : {}),
    ...(unit == null ? {} : { unit }),
  };
  const spec: JsonObject = {
    logGroupName: group.name,
    filterName: full,
    filterPattern: pattern,
    metricTransformations: [transformation],
  };
  return {
    ...base,
    id: filterId(group.name, full),
    state: { is: "wanted", spec, needs: [`LogGroup/${group.name}`] },
  };
}

function canonicalFilter(filter: JsonObject): JsonObject {
  const transformations = Array.isArray(filter["metricTransformations"])
    ? filter["metricTransformations"]
    : [];
  return {
    logGroupName: filter["logGroupName"],
    filterName: filter["filterName"],
    filterPattern: filter["filterPattern"] ?? "",
    metricTransformations: transformations.filter(isObject).map(canonicalTransformation),
    ...(isObject(filter[markMember]) ? { [markMember]: filter[markMember] } : {}),
  };
}

function canonicalTransformation(transformation: JsonObject): JsonObject {
  const {
    metricName,
    metricNamespace: namespace,
    metricValue,
    defaultValue,
    unit,
    dimensions,
  } = transformation;
  const optional: Record<string, Json | undefined> = {
    defaultValue: defaultValue ?? undefined,
    // Reads give "None" where no unit was set.
    unit: unit === "None" || unit === null ? undefined : unit,
    dimensions: isObject(dimensions) && Object.keys(dimensions).length > 0 ? dimensions : undefined,
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { metricName, metricNamespace: namespace, metricValue, ...given };
}

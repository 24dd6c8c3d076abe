// CloudWatch Logs metric filters. Ours by name: OWNER/CLUSTER/SERVICE/NAME, in any log group.
import {
  DeleteMetricFilterCommand,
  DescribeMetricFiltersCommand,
  PutMetricFilterCommand,
  type PutMetricFilterCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { describeAwsError } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { findLogGroup } from "../core/log-metric.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { metricNamespace, ownedName, parseOwnedName } from "../core/names.ts";
import { enforcementOf, type Item, type MergedLogMetric, type Selected } from "../core/select.ts";
import { type Failure, toFailure } from "../model/errors.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Kind } from "./kind.ts";

export const metricFilter: Kind = {
  name: "MetricFilter",
  phase: 30,
  doc: "A metric filter on a service's log group: log lines that match become a metric.",
  reads: ["logs:DescribeMetricFilters"],
  writes: ["logs:PutMetricFilter", "logs:DeleteMetricFilter"],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) =>
      [...selected.logMetrics].map(([name, item]) => wantFilter(name, item, selected, owner)),
    );
  },

  canonical: canonicalFilter,
  // A filter that stands has its group.
  judge: (spec, observed) => ({
    after: spec,
    impact: "none",
    ...(observed === undefined ? {} : { needs: [] }),
  }),
  release: () => ({ after: null, impact: "none", deletes: 1 }),

  async observe({ aws, owner }) {
    try {
      // A name prefix counts only together with a log group, so all filters are listed, in pages.
      const filters = await readAllPages("logs:DescribeMetricFilters", async (nextToken) => {
        const answer = await aws.logs.send(new DescribeMetricFiltersCommand({ limit: 50, nextToken }));
        return { items: answer.metricFilters, next: answer.nextToken };
      });
      const items = new Map<string, Observed>();
      for (const filter of filters) {
        const name = filter.filterName as string;
        const parsed = parseOwnedName(owner, name);
        if (parsed === undefined) continue;
        const { cluster, service } = parsed;
        const spec = canonicalFilter(filter as unknown as JsonObject);
        const id = filterId(filter.logGroupName as string, name);
        items.set(id, { id, name, cluster, service, spec, owned: true });
      }
      return known({ items });
    } catch (error) {
      return unknown(describeAwsError(error, "logs:DescribeMetricFilters"));
    }
  },

  async put({ after }, { aws }) {
    await aws.logs.send(new PutMetricFilterCommand(after as unknown as PutMetricFilterCommandInput));
  },

  async remove(changes, { aws }) {
    const failures: (Failure | undefined)[] = [];
    for (const { before } of changes) {
      const { logGroupName, filterName } = before as { logGroupName: string; filterName: string };
      try {
        await aws.logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName }));
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
    // A zero in each minute that has log lines lets the alarm come back by itself; AWS refuses it beside dimensions.
    ...(given.length > 0 ? { dimensions: Object.fromEntries(given) as JsonObject } : { defaultValue: 0 }),
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

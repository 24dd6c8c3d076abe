// `deletionPolicy: Retain` of metric filters. They have neither tags nor text of their own, so a tag of the log group
// says it, one for each filter: filters of several policies stand in one group.
import { describeAwsError } from "../aws/errors.ts";
import { filterRetainField, isMarkedByTag, retainTag } from "../core/deletion-policy.ts";
import type { Observed } from "../core/managed.ts";
import type { Failure } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { Tags } from "../model/workload.ts";
import type { ObserveContext } from "./kind.ts";
import { readGroupIndex, readGroupTags } from "./log-group-tags.ts";
import { isOutside } from "./outside.ts";

/** Beside PutMetricFilter's members: what TagResource lays on the log group. */
export const markMember = "logGroupTags";

export function filterMark(filterName: string, owner: string): JsonObject {
  return { ...retainTag(owner, filterRetainField(filterName)) };
}

export interface FilterDetail {
  /** The group's tags could not be read: whether the mark is there is not known. */
  readonly unread: Failure | undefined;
}

interface Place {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly cluster: string;
  readonly service: string;
}

interface Mark {
  /** What it adds to the filter's spec. */
  readonly spec: JsonObject;
  readonly detail: FilterDetail;
  readonly retain: Observed["retain"];
}

/**
 * Reads no tag that the kind of log groups does not read too, but those of groups whose filters are about to go: these
 * are asked for by name, since the index lags behind writes.
 */
export function createMarkReader(context: ObserveContext): (filter: Place) => Promise<Mark> {
  const { aws, owner, inventory, wanted } = context;
  const asked = new Map(wanted.flatMap((one) => (one.state.is === "wanted" ? [[one.id, one] as const] : [])));
  const read = async (operation: string, ask: () => Promise<Tags>): Promise<Read<Tags>> => {
    try {
      return known(await ask());
    } catch (error) {
      return unknown(describeAwsError(error, operation));
    }
  };
  const readByName = (group: string): Promise<Read<Tags>> =>
    read("logs:ListTagsForResource", () => readGroupTags(aws, inventory, group));
  const readAny = async (group: string): Promise<Read<Tags>> => {
    if (inventory.focused) return readByName(group);
    const indexed = await read(
      "tag:GetResources",
      async () => (await readGroupIndex(aws, owner, inventory)).get(group) ?? {},
    );
    return indexed.known && Object.keys(indexed.value).length === 0 ? readByName(group) : indexed;
  };
  return async ({ id, group, name, cluster, service }) => {
    const item = asked.get(id);
    if (item === undefined && isLeftAlone({ cluster, service }, context))
      return { spec: {}, detail: { unread: undefined }, retain: leftAlone };
    const isMarked = (tags: Tags): boolean => isMarkedByTag(tags, owner, filterRetainField(name));
    let tags = await (item === undefined ? readByName(group) : readAny(group));
    // The index lags behind writes: what it says otherwise than wanted is asked for by name.
    if (item !== undefined && tags.known && isMarked(tags.value) !== (item.retain ?? false))
      tags = await readByName(group);
    if (!tags.known) return { spec: {}, detail: { unread: tags.failure }, retain: tags.failure };
    const retain = isMarked(tags.value) ? true : undefined;
    return {
      spec: retain ? { [markMember]: filterMark(name, owner) } : {},
      detail: { unread: undefined },
      retain,
    };
  };
}

const leftAlone: Failure = { code: "NotRead", message: "this run does not look at its service" };

/** Left out of this run, or hidden by a read that failed: it is not released anyway. */
function isLeftAlone(
  place: { readonly cluster: string; readonly service: string },
  { inventory }: ObserveContext,
): boolean {
  const isDark = inventory.unreadable.some(
    (dark) =>
      (dark.cluster ?? place.cluster) === place.cluster && (dark.service ?? place.service) === place.service,
  );
  return isDark || isOutside(place, inventory);
}

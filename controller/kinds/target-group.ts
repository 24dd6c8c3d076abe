// The health check of target groups, laid over what their owner set. Originals are kept in tags of the group, one for
// each field; groups with such tags carry the owner tag too, by which they are found (docs/adr/0010).
import {
  AddTagsCommand,
  ModifyTargetGroupCommand,
  type ModifyTargetGroupCommandInput,
  RemoveTagsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError } from "../aws/errors.ts";
import { findTaggedTargetGroups, readTargetGroups, readTargetGroupTags } from "../aws/target-groups.ts";
import { changesMark, isMarkedByTag, overlayMark } from "../core/deletion-policy.ts";
import type { DesiredContext, Observed, ObservedItems, Release, Verdict, Wanted } from "../core/managed.ts";
import { ownerTag } from "../core/names.ts";
import { recordKey } from "../core/record.ts";
import type { Reason } from "../core/select.ts";
import {
  findLostOriginal,
  type HealthTexts,
  isRecorded,
  overlayHealthCheck,
  pickHealthCheck,
  recordPrefix,
  writeTexts,
} from "../core/target-group.ts";
import { EcsmonError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory, Tags, TargetGroup } from "../model/workload.ts";
import type { Kind } from "./kind.ts";
import { isWholeSeen, nameOf, placeOf, wantTargetGroups } from "./target-group-wish.ts";

interface TargetGroupWrite {
  readonly arn: string;
  readonly lay: Tags;
  /** Members of ModifyTargetGroup; none where only tags change. */
  readonly modify: JsonObject;
  readonly confirm: Tags;
  readonly drop: readonly string[];
  /** A record of ours was read. */
  readonly recorded: boolean;
}

interface TargetGroupDetail {
  readonly group: TargetGroup;
  readonly tags: Tags;
}

export const targetGroup: Kind = {
  name: "TargetGroup",
  phase: 35,
  doc: "The health check of a target group that a service's tasks are in.",
  reads: ["elasticloadbalancing:DescribeTags", "tag:GetResources"],
  writes: [
    "elasticloadbalancing:AddTags",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:RemoveTags",
  ],
  removeBatch: 1,

  desired(selection, { inventory }): Wanted[] {
    return wantTargetGroups(selection, inventory);
  },

  canonical(spec) {
    return { TargetGroupArn: spec["TargetGroupArn"], ...pickHealthCheck(spec) };
  },

  judge(_spec, observed, wanted, context): Verdict {
    // The group and its tags are read by its own name, or the kind is unknown.
    if (observed === undefined) throw new RangeError("a target group is only judged beside the live one");
    const want = wanted.state.is === "wanted" ? (wanted.state.detail as HealthTexts) : {};
    return lay(observed, want, context, wanted.retain);
  },

  release(observed, context): Release {
    const { tags } = observed.detail as TargetGroupDetail;
    const { after, impact, write, hold } = lay(observed, {}, context);
    const held = findLostOriginal(tags, context.owner) ?? hold;
    return { after, impact, write, deletes: 1, ...(held && { hold: held }) };
  },

  async observe({ aws, owner, inventory, wanted }) {
    try {
      const { focused = false } = inventory;
      // A focused look has read the groups of its services, and asks for the tags of each.
      const indexed = focused ? [] : await findTaggedTargetGroups(aws, ownerTag, owner);
      // What the index leaves out is asked for by name, where policies speak of it.
      const asked = new Set([
        ...indexed,
        ...wanted.map(({ id }) => id).filter((id) => id.startsWith("arn:")),
      ]);
      const all = inventory.targetGroups ?? known(asked.size === 0 ? [] : await readTargetGroups(aws));
      if (asked.size === 0 && !focused) return known({ items: new Map() });
      if (!all.known) return unknown(all.failure);
      const groups = all.value.filter(({ arn }) => focused || asked.has(arn));
      const tags = await readTargetGroupTags(
        aws,
        groups.map(({ arn }) => arn),
      );
      return known(toItems(groups, tags, focused || indexed.length > 0, owner, inventory));
    } catch (error) {
      return unknown(describeAwsError(error, "the read of target groups' tags"));
    }
  },

  async put({ write }, { aws, owner }) {
    const { arn, lay: first, modify, confirm, drop, recorded } = write as TargetGroupWrite;
    const tag = async (added: Tags): Promise<void> => {
      const list = Object.entries(added).map(([Key, Value]) => ({ Key, Value }));
      if (list.length > 0) await aws.elb.send(new AddTagsCommand({ ResourceArns: [arn], Tags: list }));
    };
    if (Object.keys(first).length > 0 && !recorded) await refuseHiddenRecord(aws, arn, owner);
    await tag(first);
    if (Object.keys(modify).length > 0) {
      const input = { TargetGroupArn: arn, ...modify } as ModifyTargetGroupCommandInput;
      await aws.elb.send(new ModifyTargetGroupCommand(input));
    }
    await tag(confirm);
    if (drop.length > 0)
      await aws.elb.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys: [...drop] }));
  },
};

function lay(
  { detail, spec }: Observed,
  want: HealthTexts,
  { owner, inventory }: DesiredContext,
  retain?: true,
): Verdict & { readonly write: TargetGroupWrite } {
  const { group, tags } = detail as TargetGroupDetail;
  const partial = !isWholeSeen(inventory);
  const overlay = overlayHealthCheck(group, tags, owner, want, partial);
  const { owned, disowned, isOurs: stands } = findOwnerTag(tags, owner, overlay.lay, overlay.drop);
  const mark = overlayMark({ tags, owner, retain, stands, partial });
  const hold = findOtherOwner(tags, owner) ?? overlay.hold;
  return {
    after: { TargetGroupArn: spec["TargetGroupArn"], ...writeTexts(overlay.after, group) },
    impact: "none",
    write: {
      arn: group.arn,
      lay: { ...overlay.lay, ...owned, ...mark.lay },
      modify: writeTexts(overlay.changed, group),
      confirm: overlay.confirm,
      drop: [...overlay.drop, ...disowned, ...mark.drop],
      recorded: isRecorded(tags, owner),
    },
    unfinished:
      overlay.unfinished || Object.keys(owned).length > 0 || disowned.length > 0 || changesMark(mark),
    deletes: overlay.givesBack ? 1 : 0,
    ...(hold && { hold }),
  };
}

/** The owner tag stands beside records, and goes with the last of them. */
function findOwnerTag(
  tags: Tags,
  owner: string,
  laid: Tags,
  dropped: readonly string[],
): { readonly owned: Tags; readonly disowned: readonly string[]; readonly isOurs: boolean } {
  const prefix = recordKey(owner, recordPrefix);
  const records = Object.keys({ ...tags, ...laid }).filter((key) => key.startsWith(prefix));
  const isOurs = records.some((key) => !dropped.includes(key));
  if (isOurs) return { owned: tags[ownerTag] === owner ? {} : { [ownerTag]: owner }, disowned: [], isOurs };
  return { owned: {}, disowned: tags[ownerTag] === owner ? [ownerTag] : [], isOurs };
}

function findOtherOwner(tags: Tags, owner: string): Reason | undefined {
  const other = tags[ownerTag];
  return other === undefined || other === owner
    ? undefined
    : { code: "NotOwned", message: `the target group's health check is kept by owner ${other}` };
}

/** A first record must not take the place of one that was left out when the tags were read. */
async function refuseHiddenRecord(aws: AwsClients, arn: string, owner: string): Promise<void> {
  const tags = (await readTargetGroupTags(aws, [arn])).get(arn) ?? {};
  if (!isRecorded(tags, owner)) return;
  const message =
    "elasticloadbalancing:DescribeTags left out the tags of the target group, which hold a record of ours; nothing is written";
  throw new EcsmonError("TagsIncomplete", message, { fault: "aws", remedy: "retry" });
}

function toItems(
  groups: readonly TargetGroup[],
  tagsOf: ReadonlyMap<string, Tags>,
  isIndexFilled: boolean,
  owner: string,
  inventory: Inventory,
): ObservedItems {
  const items = new Map<string, Observed>();
  for (const group of groups) {
    const { arn, healthCheck = {} } = group;
    const tags = tagsOf.get(arn) ?? {};
    const owned = tags[ownerTag] === owner || isRecorded(tags, owner);
    const detail: TargetGroupDetail = { group, tags };
    // Who else uses it decides on its release: that must be known.
    const place = isWholeSeen(inventory) ? placeOf(arn, inventory) : {};
    const spec = { TargetGroupArn: arn, ...healthCheck };
    const retain = isMarkedByTag(tags, owner);
    items.set(arn, { id: arn, name: nameOf(arn), ...place, spec, owned, detail, ...(retain && { retain }) });
  }
  const missed = [...tagsOf.values()].filter((tags) => tags[ownerTag] === owner).length;
  if (isIndexFilled || missed === 0) return { items };
  const message = `tag:GetResources lists no target group of owner ${owner}, yet ${missed} carry its tag; no target group is released until it does (after a first apply it may need a minute)`;
  return { items, incomplete: { code: "TagIndexIncomplete", message } };
}

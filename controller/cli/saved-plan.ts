// Saved plans: what `plan --out` lays down, and how `apply PLANFILE` holds itself to it.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Policy } from "../api/policy.ts";
import {
  findOtherPlace,
  holdToReview,
  markOf,
  type Pins,
  type ReviewedPlan,
  type Stale,
  withoutOrder,
} from "../core/reviewed-plan.ts";
import { readSavedPlan, type SavedPlan, writeSavedPlan } from "../core/saved-plan.ts";
import { findTagKeys } from "../core/tag-keys.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject, stableStringify } from "../model/json.ts";
import type { Change, ItemRef, Plan } from "../model/plan.ts";
import { interrupted } from "./exit-codes.ts";
import { whyUnreadable } from "./file-trouble.ts";
import type { Io } from "./io.ts";
import type { ApplyFlags, PlanFile, PlanFlags } from "./options.ts";
import type { CheckedPolicies } from "./read-policies.ts";
import { planToJson } from "./render/json.ts";
import { safeJson } from "./render/safe-text.ts";
import type { Ended, PlanTools } from "./with-plan.ts";
import { writeWhole } from "./write-whole.ts";

/** Items that a message names. */
const maxNamed = 10;

export interface PlanSaver {
  /** @param policies that it is of */
  add(plan: Plan, policies: readonly Policy[]): void;
  /** Saves them, once there is one of each target; gives the exit code. */
  save(ended: Ended): Promise<number>;
}

export function createPlanSaver(flags: PlanFlags, { file, version }: PlanFile, io: Io): PlanSaver {
  const salt = randomBytes(16).toString("hex");
  const plans: ReviewedPlan[] = [];
  return {
    add: (plan, policies) => void plans.push(review(plan, policies, salt)),
    async save({ code, targets, failed }) {
      // The findings on what was read have been shown.
      if (targets === 0) return code;
      const isNowhere = plans.some(({ plan }) => plan.metadata.account === "");
      if (isNowhere || failed.length > 0 || plans.length < targets) {
        const lack = isNowhere ? "which account it is of is not known" : "not every target has one";
        io.stderr(`ecsmon: the plan was not saved to ${file}: ${lack}\n`);
        return code === interrupted ? code : 1;
      }
      const { owner, region, cluster, service, deletePolicy } = flags;
      const from = flags.config === undefined ? { policies: flags.policies ?? [] } : { config: flags.config };
      const options = { owner, region, cluster, service, deletePolicy };
      await write(file, safeJson(writeSavedPlan({ version, from, options, salt, plans })));
      io.stderr(`ecsmon: the plan was saved to ${file}; ecsmon apply ${file} writes it\n`);
      return code;
    },
  };
}

/** What `apply PLANFILE` is made of, once the file is read. */
export interface SavedReview {
  /** As the plan was made, but for its limits: it has been held to them. */
  readonly flags: ApplyFlags;
  readonly targets: number;
  /** @throws EcsmonError `StalePlan` */
  check(checked: CheckedPolicies): void;
  /** What of the plan made anew was reviewed. @throws EcsmonError `StalePlan`, `OtherPlan` */
  hold(plan: Plan, tools: Pick<PlanTools, "index" | "targets" | "policies">): Held;
}

export interface Held {
  readonly plan: Plan;
  /** For people: what is left alone, since nobody has reviewed it. */
  readonly note: string;
}

export async function openSavedPlan(flags: ApplyFlags, { file, version }: PlanFile): Promise<SavedReview> {
  const saved = readSavedPlan(await readText(file), file, version);
  const count = saved.plans.length;
  const nothing = count > 1 ? "nothing was changed in this target" : "nothing was changed";
  return {
    targets: count,
    flags: toFlags(saved, flags, file),
    check({ sourceRevision: is }) {
      const was = saved.plans[0]?.plan.metadata.sourceRevision;
      if (is !== was)
        throw new EcsmonError(
          "StalePlan",
          `${file} is stale: it was made of the policies at ${was}, and these are at ${is}; nothing was changed. Plan again, and have the new plan reviewed`,
        );
    },
    hold(plan, { index, targets, policies }) {
      const reviewed = saved.plans[index];
      if (reviewed === undefined || targets !== count)
        throw new EcsmonError(
          "OtherPlan",
          `${file} is a plan of ${count} targets, and the configuration has ${targets}; nothing was changed. Plan again`,
        );
      const was = reviewed.plan.metadata;
      const other = findOtherPlace(was, plan.metadata);
      if (other !== undefined)
        throw new EcsmonError(
          "OtherPlan",
          `${file} is refused: ${other}; ${nothing}. Apply it where it was made, or plan here`,
        );
      const held = holdToReview(reviewed, review(plan, policies, saved.salt), plan);
      if (held.stale.length > 0)
        throw new EcsmonError(
          "StalePlan",
          `${file} is stale: ${describeStale(held.stale, held.total, was.createdAt)}\n${nothing}; plan again, and have the new plan reviewed`,
        );
      return { plan: held.plan, note: describeLeft(held.left, file) };
    },
  };
}

function toFlags(saved: SavedPlan, flags: ApplyFlags, file: string): ApplyFlags {
  const { from, options } = saved;
  const was = saved.plans[0]?.plan.metadata.owner;
  if (flags.owner !== undefined && flags.owner !== was)
    throw new EcsmonError(
      "OtherPlan",
      `${file} is refused: it is a plan of the owner ${was}, not ${flags.owner}; nothing was changed`,
    );
  const isConfigured = "config" in from;
  if (isConfigured ? flags.policies !== undefined : flags.config !== undefined)
    throw new EcsmonError(
      "InvalidOption",
      isConfigured
        ? `${file} was planned with --config ${from.config}, so --policies cannot stand in for it; give --config, or neither`
        : `${file} was planned with --policies, so --config cannot stand in for it; give --policies, or neither`,
    );
  const region = flags.region ?? options.region;
  const defined = Object.fromEntries(
    Object.entries({ ...options, region }).filter(([, value]) => value !== undefined),
  );
  return {
    ...flags,
    ...(isConfigured
      ? { config: flags.config ?? from.config }
      : { policies: flags.policies ?? from.policies }),
    ...defined,
    maxDeletes: Number.MAX_SAFE_INTEGER,
    maxRedeploys: Number.MAX_SAFE_INTEGER,
  };
}

/** A plan as it is compared: what people are shown, and what pins the rest. */
export function review(plan: Plan, policies: readonly Policy[], salt: string): ReviewedPlan {
  const tagKeys = new Set(policies.flatMap(({ spec }) => [...findTagKeys(spec)]));
  return {
    plan: JSON.parse(JSON.stringify(planToJson(plan))) as ReviewedPlan["plan"],
    items: plan.changes.map((change) => ({
      item: `${change.kind}/${change.id}`,
      pins: pin(change, tagKeys, salt),
    })),
    standing: (plan.standing ?? []).map(markOf),
  };
}

/**
 * A revision of a task definition never changes, and what of ours goes into the next one comes from the policies, whose
 * revision is compared, and from tags that they name. A monitor in Mackerel has no revision: its digest is keyed with
 * the API key.
 */
function pin({ kind, id, before, after, write }: Change, tagKeys: ReadonlySet<string>, salt: string): Pins {
  if (kind === "TaskDefinition" && isObject(write)) {
    const { from, serviceTags } = write;
    const tags = isObject(serviceTags) ? Object.entries(serviceTags) : [];
    const read = tags.filter(([key]) => tagKeys.has(key) && !key.startsWith("ecsmon.dev/"));
    const digest = createHash("sha256")
      .update(`${salt}\n${stableStringify(Object.fromEntries(read))}`)
      .digest("hex");
    return { revision: String(from), tags: digest };
  }
  const key = process.env["MACKEREL_APIKEY"]?.trim() ?? "";
  if (kind !== "MackerelMonitor" || key === "") return {};
  const hidden = stableStringify({ id, before: withoutOrder(before), after: withoutOrder(after) });
  return { hidden: createHmac("sha256", key).update(`ecsmon saved plan\n${salt}\n${hidden}`).digest("hex") };
}

function describeStale(stale: readonly Stale[], total: number, createdAt: string): string {
  const lines = stale.slice(0, maxNamed).map((one) => `  ${nameItem(one)}: ${one.why}`);
  const more = stale.length > maxNamed ? [`  and ${stale.length - maxNamed} more`] : [];
  const verb = stale.length === 1 ? "is" : "are";
  const head = `${stale.length} of its ${total} items ${verb} not as at ${createdAt}, when it was made`;
  return [head, ...lines, ...more].join("\n");
}

function describeLeft(left: readonly ItemRef[], file: string): string {
  if (left.length === 0) return "";
  const names = left.slice(0, maxNamed).map(nameItem).join(", ");
  const more = left.length > maxNamed ? ` and ${left.length - maxNamed} more` : "";
  const items = left.length === 1 ? "1 item" : `${left.length} items`;
  return `ecsmon: ${items} would be changed today and ${left.length === 1 ? "is" : "are"} not in ${file}, so left alone: ${names}${more}\n`;
}

function nameItem({ kind, name, cluster, service }: ItemRef): string {
  if (cluster === undefined) return `${kind} ${name}`;
  return `${kind} ${name} (${service === undefined ? cluster : `${cluster}/${service}`})`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new EcsmonError(
      "InvalidPlanFile",
      `the saved plan ${file} cannot be read: ${whyUnreadable(error)}; ecsmon plan --out FILE makes one, and policies are written by ecsmon apply --policies`,
      { cause: error },
    );
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeWhole(file, async (handle) => {
      await handle.writeFile(text);
      await handle.datasync();
    });
  } catch (error) {
    throw new EcsmonError(
      "PlanNotSaved",
      `the plan could not be saved to ${file}: ${messageOf(error)}; give --out a file in a folder that you may write to`,
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// How ECS judges the deployments of a service, laid over what its owner set: the grace period, the circuit breaker and
// the alarms. Each value has a record of its own in a tag of the service; whose an alarm is shows by its name.
import { isObject, type JsonObject } from "../model/json.ts";
import type { Tags } from "../model/workload.ts";
import { matchesPart, parseOwnedName } from "./names.ts";
import {
  findLostRecord,
  findOtherWriter,
  type Overlay,
  overlayField,
  recordKey,
  writeRecord,
} from "./record.ts";
import type { Reason } from "./select.ts";

/** What UpdateService takes of it, as far as policies speak of it. */
export interface DeploymentState {
  /** Seconds. */
  readonly gracePeriod: number;
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
  readonly alarms: {
    readonly names: readonly string[];
    readonly enable: boolean;
    readonly rollback: boolean;
  };
}

/** What policies want. A part that is left out goes back to what the owner set; one that is `kept` stays as it is. */
export interface DeploymentWish {
  readonly gracePeriod?: number | "kept";
  readonly breaker?: { readonly enable?: boolean; readonly rollback?: boolean } | "kept";
  /** Names of alarms of ours; none: those that were named do not count now. */
  readonly alarms?: readonly string[] | "kept";
}

/** @param service A service as DescribeServices gives it. */
export function readDeployment(service: {
  readonly healthCheckGracePeriodSeconds?: unknown;
  readonly deploymentConfiguration?: unknown;
}): DeploymentState {
  const { healthCheckGracePeriodSeconds: grace, deploymentConfiguration: given } = service;
  const configuration = isObject(given) ? given : {};
  const breaker = partOf(configuration, "deploymentCircuitBreaker");
  const alarms = partOf(configuration, "alarms");
  const names = Array.isArray(alarms["alarmNames"]) ? alarms["alarmNames"] : [];
  return {
    gracePeriod: typeof grace === "number" ? grace : 0,
    breaker: { enable: breaker["enable"] === true, rollback: breaker["rollback"] === true },
    alarms: {
      names: names.map(String),
      enable: alarms["enable"] === true,
      rollback: alarms["rollback"] === true,
    },
  };
}

function partOf(configuration: JsonObject, name: string): JsonObject {
  const part = configuration[name];
  return isObject(part) ? part : {};
}

/** `deploymentConfiguration` with our fields in it, and everything else as it was: UpdateService replaces it as a whole. */
export function writeConfiguration(live: JsonObject, { breaker, alarms }: DeploymentState): JsonObject {
  const before = readDeployment({ deploymentConfiguration: live });
  const { names: alarmNames, ...flags } = alarms;
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return {
    ...live,
    ...(isSame(before.breaker, breaker)
      ? {}
      : { deploymentCircuitBreaker: { ...partOf(live, "deploymentCircuitBreaker"), ...breaker } }),
    ...(isSame(before.alarms, alarms) ? {} : { alarms: { ...partOf(live, "alarms"), alarmNames, ...flags } }),
  };
}

export interface DeploymentOverlay {
  readonly after: DeploymentState;
  readonly lay: Tags;
  readonly confirm: Tags;
  readonly drop: readonly string[];
  readonly unfinished: boolean;
  /** A value of the owner's comes back. */
  readonly givesBack: boolean;
  readonly hold: Reason | undefined;
}

const flagFields = [
  "healthCheckGracePeriod",
  "circuitBreaker.enable",
  "circuitBreaker.rollback",
  "rollbackOnAlarms.enable",
  "rollbackOnAlarms.rollback",
] as const;
/** Its record says that we have added alarms of ours to the owner's list. */
const namesField = "rollbackOnAlarms";

export function hasDeploymentRecord(tags: Tags, owner: string): boolean {
  return [...flagFields, namesField].some((field) => tags[recordKey(owner, field)] !== undefined);
}

/** The first record that is there and says nothing that could be put back. */
export function findLostDeployment(tags: Tags, owner: string): Reason | undefined {
  return flagFields.map((field) => findLostRecord(tags, owner, field)).find((reason) => reason !== undefined);
}

export interface DeploymentPlace {
  readonly owner: string;
  readonly cluster: string;
  readonly service: string;
  readonly tags: Tags;
}

export function overlayDeployment(
  live: DeploymentState,
  wish: DeploymentWish,
  place: DeploymentPlace,
): DeploymentOverlay {
  const { tags, owner } = place;
  const overlays: Overlay[] = [];
  const others: Reason[] = [];
  const lay = (field: (typeof flagFields)[number], standing: string, want: string | undefined | "kept") => {
    const overlay =
      want === "kept"
        ? { value: standing, lay: {}, confirm: {}, drop: [], unfinished: false }
        : overlayField(tags, owner, field, standing, want);
    overlays.push(overlay);
    const other = Object.keys(overlay.lay).length > 0 && findOtherWriter(tags, owner, field, standing);
    if (other) others.push(other);
    return overlay.value;
  };
  const flag = (field: (typeof flagFields)[number], standing: boolean, want: boolean | undefined | "kept") =>
    lay(field, String(standing), want === undefined || want === "kept" ? want : String(want)) === "true";

  const grace = lay(
    "healthCheckGracePeriod",
    String(live.gracePeriod),
    wish.gracePeriod === undefined ? undefined : String(wish.gracePeriod),
  );
  const { breaker } = wish;
  const isKept = breaker === "kept";
  const nextBreaker = {
    enable: flag("circuitBreaker.enable", live.breaker.enable, isKept ? "kept" : breaker?.enable),
    rollback: flag("circuitBreaker.rollback", live.breaker.rollback, isKept ? "kept" : breaker?.rollback),
  };
  const names = nextNames(live.alarms.names, wish.alarms, place);
  const want = wish.alarms === "kept" ? "kept" : names.counts ? true : undefined;
  const flags = {
    enable: flag("rollbackOnAlarms.enable", live.alarms.enable, want),
    rollback: flag("rollbackOnAlarms.rollback", live.alarms.rollback, want),
  };
  // An empty list that counts is refused: the owner's own alarms are gone from it since.
  const emptied = names.list.length === 0 && live.alarms.names.length > 0;
  const alarms = emptied ? { enable: false, rollback: false } : flags;
  const after: DeploymentState = {
    gracePeriod: Number(grace ?? 0),
    breaker: nextBreaker,
    alarms: { names: names.list, ...alarms },
  };
  const drop = [...overlays.flatMap((one) => one.drop), ...names.drop];
  const off = names.theirs.length > 0 && !live.alarms.enable && names.counts;
  return {
    after,
    lay: Object.assign({}, ...overlays.map((one) => one.lay), names.lay),
    confirm: Object.assign({}, ...overlays.map((one) => one.confirm)),
    drop,
    unfinished: drop.length > 0 || overlays.some((one) => one.unfinished),
    givesBack:
      (wish.gracePeriod === undefined && after.gracePeriod !== live.gracePeriod) ||
      (breaker === undefined && JSON.stringify(after.breaker) !== JSON.stringify(live.breaker)) ||
      (wish.alarms === undefined && JSON.stringify(after.alarms) !== JSON.stringify(live.alarms)),
    hold: off ? describeOff(names.theirs) : others[0],
  };
}

interface NextNames {
  readonly list: readonly string[];
  /** The owner's own. */
  readonly theirs: readonly string[];
  /** Alarms of ours are to be in it. */
  readonly counts: boolean;
  readonly lay: Tags;
  readonly drop: readonly string[];
}

function nextNames(
  live: readonly string[],
  wish: DeploymentWish["alarms"],
  { owner, cluster, service, tags }: DeploymentPlace,
): NextNames {
  const key = recordKey(owner, namesField);
  const recorded = tags[key] !== undefined;
  const isOurs = (name: string): boolean => {
    const parsed = parseOwnedName(owner, name);
    return (
      parsed !== undefined && matchesPart(parsed.cluster, cluster) && matchesPart(parsed.service, service)
    );
  };
  // Without a record, whoever wrote the list has put them there.
  const theirs = live.filter((name) => !(recorded && isOurs(name)));
  if (wish === "kept") return { list: live, theirs, counts: false, lay: {}, drop: [] };
  const wanted = [...new Set(wish ?? [])].sort();
  if (wanted.length === 0)
    return { list: theirs, theirs, counts: false, lay: {}, drop: recorded ? [key] : [] };
  const added = wanted.filter((name) => !live.includes(name));
  const list = [...live.filter((name) => theirs.includes(name) || wanted.includes(name)), ...added];
  const isFirst = added.length > 0 && !recorded;
  return {
    list,
    theirs,
    counts: true,
    lay: isFirst ? { [key]: writeRecord({ original: undefined, written: "added" }) } : {},
    drop: [],
  };
}

function describeOff(theirs: readonly string[]): Reason {
  const message = `the service's own deployment alarms (${theirs.join(", ")}) are off; with ours they would count too: turn them on, or take them out`;
  return { code: "OwnerAlarmsOff", message };
}

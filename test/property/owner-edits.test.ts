// Owners edit what we have laid our layer on: eject gives what the same edits make of the definition without us.
// Where "the same edit" needs a definition, it is this table's (for readers: docs/task-definitions.md):
//
//   the owner …                                          without us there is …
//   edits what we did not touch, labels beside ours      the same edit
//   edits, replaces or removes a field of ours           the owner's value, whole: no original comes back
//   writes just what we had written                      nothing told apart: the original comes back
//   edits an option of a log driver that we replaced     the whole log configuration as it stands
//   adds to, or edits in, one that was not there         the whole log configuration as it stands
//   takes all that away again, or sets another driver    only what the owner set
//   drops or garbles the record of a container           that container as it stands
//   drops or garbles the record of a sidecar             the sidecar: it is the owner's now
//   renames or copies a container                        the same; its record goes along
//   renames or copies a sidecar                          the renamed one, without our label: it is the owner's now
//   removes a container, or a sidecar                    the container removed; nothing
//   edits the task's cpu or memory                       the owner's value; the other field's original …
//   … where Fargate has no such pair                     both as they stand
//   leaves no record at all                              cpu and memory as they stand
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  containersOf,
  ejectLayer,
  type FieldPatch,
  injectLayer,
  type Layer,
  layerLabel,
} from "../../controller/core/layer.ts";
import { growToFit } from "../../controller/core/task-room.ts";
import { isObject, type Json, type JsonObject, stableStringify } from "../../controller/model/json.ts";
import { runsOnFargate } from "../../controller/sandbox/services/ecs/task-definition-check.ts";
import { definitionOf } from "./arbitraries.ts";

const by = "ecsmon";
const label = layerLabel(by);

/** The live definition, and what it would be without us. Sets hold the names of containers as they are now. */
interface World {
  live: JsonObject;
  without: JsonObject;
  readonly start: JsonObject;
  readonly layer: Layer;
  /** Sidecars that are still ours. */
  readonly ours: Set<string>;
  /** Containers with a record that can be read. */
  readonly records: Set<string>;
  /** Containers whose foreign log driver we have replaced. */
  readonly replaced: Set<string>;
  /** The name of each container at the start. */
  readonly origin: Map<string, string>;
  count: number;
}

interface Edit {
  readonly kind: keyof typeof edits;
  readonly pick: number;
}

type Change = (container: JsonObject) => JsonObject;

const named = (definition: JsonObject, name: string): JsonObject | undefined =>
  containersOf(definition).find((container) => container["name"] === name);

function mapNamed(definition: JsonObject, name: string, change: Change): JsonObject {
  const list = containersOf(definition).map((one) => (one["name"] === name ? change(one) : one));
  return { ...definition, containerDefinitions: list };
}

function append(definition: JsonObject, container: JsonObject): JsonObject {
  return { ...definition, containerDefinitions: [...containersOf(definition), container] };
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}

const logOf = (container: JsonObject | undefined): JsonObject | undefined =>
  isObject(container?.["logConfiguration"]) ? container["logConfiguration"] : undefined;
const optionsOf = (log: JsonObject | undefined): JsonObject =>
  isObject(log?.["options"]) ? log["options"] : {};

/** The same change to the container on both sides; a sidecar of ours is there on one. */
function editBoth(world: World, name: string, change: Change): void {
  world.live = mapNamed(world.live, name, change);
  world.without = mapNamed(world.without, name, change);
}

/** A change to the log configuration on both sides. One that we replaced is settled at the end. */
function editLog(world: World, name: string, change: (log: JsonObject) => JsonObject): void {
  if (logOf(named(world.live, name)) === undefined) return;
  world.live = mapNamed(world.live, name, (one) => ({ ...one, logConfiguration: change(logOf(one) ?? {}) }));
  world.without = mapNamed(world.without, name, (one) =>
    settleEmpty(world, name, one, change(logOf(one) ?? {})),
  );
}

/** A log configuration of which nothing is left was not there; a null that stood there stands again. */
function settleEmpty(world: World, name: string, container: JsonObject, log: JsonObject): JsonObject {
  const start = named(world.start, world.origin.get(name) ?? "")?.["logConfiguration"];
  if (Object.keys(withoutEmptyOptions(log)).length > 0) return { ...container, logConfiguration: log };
  return start === null ? { ...container, logConfiguration: null } : without(container, "logConfiguration");
}

/** An options map that an edit has emptied is no options map: the API makes no difference. */
function withoutEmptyOptions(log: JsonObject): JsonObject {
  return stableStringify(log["options"]) === "{}" ? without(log, "options") : log;
}

function comparable(definition: JsonObject): string {
  const list = containersOf(definition).map((one) => {
    const log = logOf(one);
    return log === undefined ? one : { ...one, logConfiguration: withoutEmptyOptions(log) };
  });
  return stableStringify({ ...definition, containerDefinitions: list });
}

/** The record is gone: what stands is the owner's. */
function disown(world: World, name: string): void {
  const container = named(world.live, name) as JsonObject;
  if (world.ours.delete(name)) world.without = append(world.without, container);
  else world.without = mapNamed(world.without, name, () => container);
  world.records.delete(name);
  world.replaced.delete(name);
}

function editLabels(
  world: World,
  name: string,
  change: (labels: JsonObject) => JsonObject | undefined,
): void {
  const hadRecord = isObject(named(world.live, name)?.["dockerLabels"])
    ? Object.hasOwn(named(world.live, name)?.["dockerLabels"] as JsonObject, label)
    : false;
  const apply: Change = (one) => {
    const labels = change(isObject(one["dockerLabels"]) ? one["dockerLabels"] : {});
    return labels === undefined ? without(one, "dockerLabels") : { ...one, dockerLabels: labels };
  };
  if (!hadRecord) {
    editBoth(world, name, apply);
    return;
  }
  world.live = mapNamed(world.live, name, apply);
  disown(world, name);
}

/** A sidecar under another name is a container of the owner's, made from ours. */
function adopt(container: JsonObject, name: string): JsonObject {
  const labels = isObject(container["dockerLabels"]) ? container["dockerLabels"] : {};
  return { ...container, name, dockerLabels: without(labels, label) };
}

function moveFlags(world: World, from: string, to: string, keep: boolean): void {
  for (const set of [world.records, world.replaced]) if (set.has(from)) set.add(to);
  world.origin.set(to, world.origin.get(from) ?? "");
  if (keep) return;
  for (const set of [world.records, world.replaced, world.ours]) set.delete(from);
}

const edits = {
  image: (world: World, name: string, mark: string) =>
    editBoth(world, name, (one) => ({ ...one, image: mark })),
  environment: (world: World, name: string, mark: string) =>
    editBoth(world, name, (one) => ({ ...one, environment: [{ name: "OWNER", value: mark }] })),
  cpu: (world: World, name: string) => editBoth(world, name, (one) => ({ ...one, cpu: world.count })),
  noCommand: (world: World, name: string) => editBoth(world, name, (one) => without(one, "command")),
  healthCheck: (world: World, name: string, mark: string) =>
    editBoth(world, name, (one) => ({ ...one, healthCheck: { command: ["CMD", mark] } })),
  noHealthCheck: (world: World, name: string) => editBoth(world, name, (one) => without(one, "healthCheck")),
  interval(world: World, name: string) {
    const check = named(world.live, name)?.["healthCheck"];
    if (!isObject(check)) return;
    const healthCheck = { ...check, interval: 1000 + world.count };
    editBoth(world, name, (one) => ({ ...one, healthCheck }));
  },
  logConfiguration(world: World, name: string, mark: string) {
    const logConfiguration = { logDriver: "gelf", options: { "gelf-address": mark } };
    editBoth(world, name, (one) => ({ ...one, logConfiguration }));
  },
  noLogConfiguration: (world: World, name: string) =>
    editBoth(world, name, (one) => without(one, "logConfiguration")),
  logDriver: (world: World, name: string) =>
    editLog(world, name, (log) => ({ ...log, logDriver: "journald" })),
  secretOptions: (world: World, name: string, mark: string) =>
    editLog(world, name, (log) => ({ ...log, secretOptions: [{ name: "s", valueFrom: mark }] })),
  noSecretOptions: (world: World, name: string) =>
    editLog(world, name, (log) => without(log, "secretOptions")),
  option(world: World, name: string, mark: string, pick: number) {
    const key = ["awslogs-group", "mode", "a.b.c", "of-the-owner"][pick % 4] as string;
    editLog(world, name, (log) => ({ ...log, options: { ...optionsOf(log), [key]: mark } }));
  },
  noOption(world: World, name: string, _: string, pick: number) {
    const keys = Object.keys(optionsOf(logOf(named(world.live, name))));
    const key = keys[pick % (keys.length || 1)];
    if (key === undefined) return;
    editLog(world, name, (log) =>
      isObject(log["options"]) ? { ...log, options: without(log["options"], key) } : log,
    );
  },
  label: (world: World, name: string, mark: string) =>
    editBoth(world, name, (one) => ({
      ...one,
      dockerLabels: { ...(isObject(one["dockerLabels"]) ? one["dockerLabels"] : {}), team: mark },
    })),
  noRecord: (world: World, name: string) =>
    editLabels(world, name, (labels) => (Object.hasOwn(labels, label) ? without(labels, label) : labels)),
  noLabels: (world: World, name: string) => editLabels(world, name, () => undefined),
  garbledRecord: (world: World, name: string) =>
    editLabels(world, name, (labels) =>
      Object.hasOwn(labels, label) ? { ...labels, [label]: '{"v":1,"fields":5}' } : labels,
    ),
  rename(world: World, name: string, mark: string) {
    const container = named(world.live, name) as JsonObject;
    if (world.ours.has(name)) world.without = append(world.without, adopt(container, mark));
    else world.without = mapNamed(world.without, name, (one) => ({ ...one, name: mark }));
    world.live = mapNamed(world.live, name, (one) => ({ ...one, name: mark }));
    moveFlags(world, name, mark, false);
  },
  copy(world: World, name: string, mark: string) {
    const [container, own] = [named(world.live, name), named(world.without, name)];
    world.live = append(world.live, { ...container, name: mark });
    const copied = world.ours.has(name) ? adopt(container ?? {}, mark) : { ...own, name: mark };
    world.without = append(world.without, copied);
    moveFlags(world, name, mark, true);
  },
  remove(world: World, name: string) {
    if (containersOf(world.without).length < 2 && !world.ours.has(name)) return;
    const drop = (definition: JsonObject): JsonObject => ({
      ...definition,
      containerDefinitions: containersOf(definition).filter((one) => one["name"] !== name),
    });
    world.live = drop(world.live);
    world.without = drop(world.without);
    for (const set of [world.records, world.replaced, world.ours]) set.delete(name);
  },
  add(world: World, _: string, mark: string) {
    world.live = append(world.live, { name: mark, image: "added" });
    world.without = append(world.without, { name: mark, image: "added" });
  },
  order(world: World) {
    world.live = { ...world.live, containerDefinitions: [...containersOf(world.live)].reverse() };
  },
  taskRole(world: World, _: string, mark: string) {
    world.live = { ...world.live, taskRoleArn: mark };
    world.without = { ...world.without, taskRoleArn: mark };
  },
  // What that makes of the size without us is the oracle's to say.
  taskCpu(world: World, _: string, __: string, pick: number) {
    world.live = { ...world.live, cpu: ["512", "2 vCPU", 1000, "1024"][pick % 4] as Json };
  },
  taskMemory(world: World, _: string, __: string, pick: number) {
    world.live = { ...world.live, memory: ["1024", "4 GB", 3000, "2048"][pick % 4] as Json };
  },
  noTaskMemory(world: World) {
    world.live = without(world.live, "memory");
  },
} as const;

/** What eject has to give. */
function oracle(world: World): JsonObject {
  const order = containersOf(world.live).map(({ name }) => name);
  const containers = containersOf(world.without)
    .map((container) => settleLog(world, container))
    .sort((a, b) => order.indexOf(a["name"]) - order.indexOf(b["name"]));
  const top = without(without(world.without, "cpu"), "memory");
  return { ...top, ...sizeWithoutUs(world), containerDefinitions: containers };
}

function settleLog(world: World, container: JsonObject): JsonObject {
  const name = String(container["name"]);
  if (!world.records.has(name)) return container;
  const live = logOf(named(world.live, name));
  const log = logOf(container);
  if (world.replaced.has(name)) {
    const origin = world.origin.get(name) ?? "";
    const patch = world.layer.patches.find(
      ({ container: one, path }) => one === origin && path.join() === "logConfiguration",
    );
    const isOurs = live !== undefined && stableStringify(live) === stableStringify(patch?.value ?? null);
    const start = logOf(named(world.start, origin));
    const settled = isOurs ? start : live;
    return settled === undefined
      ? without(container, "logConfiguration")
      : { ...container, logConfiguration: settled };
  }
  // ECS takes no log configuration without a driver: ours and the owner's cannot be told apart there.
  if (log === undefined || log["logDriver"] !== undefined || live === undefined) return container;
  return { ...container, logConfiguration: live };
}

const amount = (value: Json | undefined): number =>
  Number.parseFloat(String(value)) * (/vcpu|gb/i.test(String(value)) ? 1024 : 1);
/** The sandbox's own table. */
const isPair = ({ cpu, memory }: JsonObject): boolean =>
  runsOnFargate({
    networkMode: "awsvpc",
    cpu: String(amount(cpu)),
    memory: String(amount(memory)),
    placementConstraints: [],
    containerDefinitions: [],
  });

function sizeWithoutUs({ live, start, layer, records }: World): JsonObject {
  const pick = (from: Readonly<Record<string, JsonObject>>): JsonObject =>
    Object.fromEntries(
      (["cpu", "memory"] as const).flatMap((field) => {
        const value = from[field]?.[field];
        return value === undefined ? [] : [[field, value]];
      }),
    );
  const standing = pick({ cpu: live, memory: live });
  const { task } = layer;
  if (task === undefined || records.size === 0) return standing;
  const isOurs = (field: "cpu" | "memory"): boolean =>
    task[field] !== undefined && amount(live[field]) === amount(task[field]);
  const result = pick({ cpu: isOurs("cpu") ? start : live, memory: isOurs("memory") ? start : live });
  const untouched = (["cpu", "memory"] as const).every((field) => task[field] === undefined || isOurs(field));
  const isFargate = stableStringify(start["requiresCompatibilities"]) === '["FARGATE"]';
  return !untouched && isFargate && isPair(standing) && !isPair(result) ? standing : result;
}

const sizes: readonly JsonObject[] = [
  { requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
  { requiresCompatibilities: ["FARGATE"], cpu: ".5 vCPU", memory: "1 GB" },
  { requiresCompatibilities: ["EC2"], cpu: 300, memory: "700" },
  { requiresCompatibilities: ["EC2"], memory: "300" },
  {},
];

const ourOptions = {
  awslogs: { "awslogs-group": "/ours", "awslogs-region": "r", mode: "non-blocking", "a.b.c": "ours" },
  awsfirelens: { Name: "datadog", "awslogs-group": "/ours", mode: "non-blocking", "a.b.c": "ours" },
} as const;
const ourSecrets = [
  { name: "s", valueFrom: "ours" },
  { name: "apikey", valueFrom: "ours" },
] as const;

const start = fc.record({
  definition: definitionOf,
  size: fc.constantFrom(...sizes),
  checked: fc.nat(7),
  logged: fc.nat(7),
  logDriver: fc.constantFrom("awslogs", "awsfirelens"),
  secret: fc.boolean(),
  sidecars: fc.nat(2),
  grow: fc.boolean(),
});

type Start = typeof start extends fc.Arbitrary<infer T> ? T : never;

/** A layer as resolveLayer makes it: leaves where this driver or none stands, the whole where another one does. */
function layerFor(input: JsonObject, from: Start): Layer {
  const { checked, logged, logDriver, secret, sidecars, grow } = from;
  const secretOptions = secret ? { secretOptions: ourSecrets } : {};
  const patches = containersOf(input).flatMap((container, index): FieldPatch[] => {
    const name = String(container["name"]);
    const path = ["logConfiguration"];
    const driver = logOf(container)?.["logDriver"];
    const leaves = [
      { container: name, path: [...path, "logDriver"], value: logDriver },
      ...Object.entries(secretOptions).map(([key, value]) => ({
        container: name,
        path: [...path, key],
        value,
      })),
      ...Object.entries(ourOptions[logDriver]).map(([key, value]) => ({
        container: name,
        path: [...path, "options", key],
        value,
      })),
    ];
    const ourLog = { logDriver, options: ourOptions[logDriver], ...secretOptions };
    const whole = [{ container: name, path, value: ourLog }];
    const check = { command: ["CMD", "ours"], interval: 15 };
    return [
      ...((checked >> index) & 1 ? [{ container: name, path: ["healthCheck"], value: check }] : []),
      ...((logged >> index) & 1 ? (driver === undefined || driver === logDriver ? leaves : whole) : []),
    ];
  });
  const ours = ["side-a", "side-b"]
    .slice(0, sidecars)
    .map((name) => ({ name, image: "side:1", memory: 400, essential: false }));
  const { task } = grow && ours.length > 0 ? growToFit(input, ours) : {};
  return { sidecars: ours, patches, ...(task && { task }) };
}

function begin(from: Start): World {
  const input = { ...from.definition, ...from.size };
  const layer = layerFor(input, from);
  const live = injectLayer(input, by, layer);
  const isRecorded = ({ dockerLabels: labels }: JsonObject): boolean =>
    isObject(labels) && Object.hasOwn(labels, label);
  return {
    live,
    without: input,
    start: input,
    layer,
    ours: new Set(layer.sidecars.map(({ name }) => String(name))),
    records: new Set(
      containersOf(live)
        .filter(isRecorded)
        .map(({ name }) => String(name)),
    ),
    replaced: new Set(
      layer.patches
        .filter(({ path }) => path.join() === "logConfiguration")
        .map(({ container }) => container),
    ),
    origin: new Map(containersOf(live).map(({ name }) => [String(name), String(name)])),
    count: 0,
  };
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...(Object.keys(edits) as (keyof typeof edits)[])),
  pick: fc.nat(999),
});

it("eject gives what the owner's edits make of the definition without us: 5,000 sequences", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(start, fc.array(edit, { maxLength: 8 }), (from, sequence) => {
      const world = begin(from);
      for (const { kind, pick } of sequence) {
        const list = containersOf(world.live);
        const name = String(list[pick % list.length]?.["name"]);
        world.count += 1;
        edits[kind](world, name, `owner-${world.count}`, pick);
        seen.add(kind);
      }
      expect(comparable(ejectLayer(world.live, by))).toBe(comparable(oracle(world)));
    }),
    { seed: 2026, numRuns: 5000 },
  );
  expect([...seen].sort()).toEqual(Object.keys(edits).sort());
});

// Generated task definitions, layers and deploys: everything ECS allows, and fields that nobody knows yet.
import fc from "fast-check";
import type { FieldPatch, Layer } from "../../controller/core/layer.ts";
import type { Json, JsonObject } from "../../controller/model/json.ts";

const text = fc.string({ maxLength: 8 });
const word = fc.stringMatching(/^[a-z]{1,6}$/);
// Through text and back: JSON has no -0.
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const names = ["app", "proxy", "worker", "log-router"] as const;
const optionNames = [
  "awslogs-group",
  "awslogs-region",
  "mode",
  "max-buffer-size",
  "a.b.c",
  "__proto__x",
  "toString",
] as const;

/** Members that no version of the API has, so far. */
const unknownMembers = fc.dictionary(
  word.map((key) => `future-${key}`),
  json,
  { maxKeys: 3 },
);

const options = fc.dictionary(fc.constantFrom(...optionNames), text, { maxKeys: 4 });
const logConfiguration = fc
  .record(
    {
      logDriver: fc.constantFrom("awslogs", "splunk", "awsfirelens"),
      options,
      secretOptions: fc.constantFrom<Json>([], [{ name: "s", valueFrom: "v" }]),
    },
    { requiredKeys: ["logDriver"] },
  )
  .chain((log) => unknownMembers.map((more) => ({ ...more, ...log })));
const healthCheck = fc
  .record(
    {
      command: fc.array(text, { minLength: 1, maxLength: 3 }),
      interval: fc.nat(300),
      retries: fc.nat(10),
      startPeriod: fc.nat(300),
    },
    { requiredKeys: ["command"] },
  )
  .chain((check) => unknownMembers.map((more) => ({ ...more, ...check })));
const variables = fc.array(fc.record({ name: word, value: text }), { maxLength: 3 });

export const userContainer = fc
  .record(
    {
      image: text,
      essential: fc.boolean(),
      cpu: fc.nat(1024),
      command: fc.oneof(fc.constant(null), fc.array(text, { maxLength: 3 })),
      environment: fc.oneof(fc.constant(null), variables),
      dockerLabels: fc.oneof(fc.constant(null), fc.dictionary(text, text, { maxKeys: 2 })),
      healthCheck: fc.oneof(fc.constant(null), healthCheck),
      logConfiguration: fc.oneof(fc.constant(null), logConfiguration),
      user: fc.constantFrom("", "root"),
    },
    { requiredKeys: ["image"] },
  )
  .chain((container) => unknownMembers.map((more) => ({ ...more, ...container }) as JsonObject));

export const definitionOf = fc
  .record({
    containers: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), userContainer), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 3,
    }),
    more: unknownMembers,
    volumes: fc.constantFrom<Json>(null, [], [{ name: "v", host: {} }]),
  })
  .map(({ containers, more, volumes }): JsonObject => {
    return {
      ...more,
      family: "web",
      volumes,
      containerDefinitions: containers.map(([name, container]) => ({ name, ...container })),
    };
  });

const sidecar = fc
  .record(
    {
      image: text,
      essential: fc.boolean(),
      memory: fc.nat(512),
      environment: variables,
      dockerLabels: fc.dictionary(word, text, { maxKeys: 1 }),
      healthCheck,
    },
    { requiredKeys: ["image"] },
  )
  .map((container) => container as JsonObject);

const secretOptions = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("s", "apikey", "t"), valueFrom: word }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);
const driver = fc.constantFrom("awslogs", "awsfirelens");

/** Patches as resolveLayer makes them: a check, the leaves of a log configuration, or the whole of it. */
function patchesOf(container: string): fc.Arbitrary<FieldPatch[]> {
  const check = healthCheck.map(({ command, interval }): FieldPatch[] => [
    {
      container,
      path: ["healthCheck"],
      value: { command, ...(interval === undefined ? {} : { interval }) } as JsonObject,
    },
  ]);
  const secrets = fc.option(secretOptions, { nil: undefined });
  const leaves = fc.tuple(driver, options, secrets).map(([logDriver, given, list]): FieldPatch[] => [
    { container, path: ["logConfiguration", "logDriver"], value: logDriver },
    ...Object.entries(given).map(([key, value]) => ({
      container,
      path: ["logConfiguration", "options", key],
      value,
    })),
    ...(list === undefined ? [] : [{ container, path: ["logConfiguration", "secretOptions"], value: list }]),
  ]);
  const whole = fc.tuple(driver, options, secrets).map(([logDriver, given, list]): FieldPatch[] => [
    {
      container,
      path: ["logConfiguration"],
      value: { logDriver, options: given, ...(list === undefined ? {} : { secretOptions: list }) },
    },
  ]);
  const none = fc.constant<FieldPatch[]>([]);
  return fc.tuple(fc.oneof(none, check), fc.oneof(none, leaves, whole)).map((parts) => parts.flat());
}

export const layerOf: fc.Arbitrary<Layer> = fc
  .record({
    sidecars: fc.uniqueArray(fc.tuple(fc.constantFrom("side-a", "side-b", "agent"), sidecar), {
      selector: ([name]) => name,
      maxLength: 2,
    }),
    patches: fc.tuple(...names.map(patchesOf)),
  })
  .map(({ sidecars, patches }) => ({
    sidecars: sidecars.map(([name, container]) => ({ name, ...container })),
    patches: patches.flat(),
  }));

/** What a deploy tool does to a container of the user's when it copies a revision. */
export interface Deploy {
  readonly image: string;
  readonly environment: Json;
  readonly added: readonly JsonObject[];
}

export const deployOf: fc.Arbitrary<Deploy> = fc.record({
  image: text,
  environment: variables as fc.Arbitrary<Json>,
  added: fc.array(
    userContainer.map((container) => ({ name: "added", ...container })),
    { maxLength: 1 },
  ),
});

export function deploy(
  input: JsonObject,
  { image, environment, added }: Deploy,
  isTheirs: (name: string) => boolean,
): JsonObject {
  const containers = input["containerDefinitions"] as readonly JsonObject[];
  const edited = containers.map((one) =>
    isTheirs(String(one["name"])) ? { ...one, image, environment } : one,
  );
  return { ...input, containerDefinitions: [...added, ...edited] };
}

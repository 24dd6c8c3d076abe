// A snapshot conceals what a plan hides, and a plan from it comes out the same: what the layer does to a concealed task
// definition is what it does to the open one, concealed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactChange } from "../../controller/cli/render/redact.ts";
import { concealDefinition } from "../../controller/core/conceal.ts";
import { createConcealKey, holdsConcealed } from "../../controller/core/conceal-token.ts";
import { type Concealment, concealLayer, withoutEqual } from "../../controller/core/conceal-wanted.ts";
import { findDifferences } from "../../controller/core/differences.ts";
import { parseRecord } from "../../controller/core/hidden-values.ts";
import {
  canonicalTaskDefinition,
  containersOf,
  ejectLayer,
  injectLayer,
  type Layer,
  unreadableRecords,
} from "../../controller/core/layer.ts";
import { isObject, type Json, type JsonObject, stableStringify } from "../../controller/model/json.ts";
import { definitionOf, deploy, deployOf, layerOf } from "./arbitraries.ts";

const runs = { seed: 42, numRuns: 150 };
const by = "ecsmon";
const { conceal } = createConcealKey("a key for the tests of it");
const hide = (input: JsonObject): JsonObject => concealDefinition(input, conceal);
const known: Concealment = { key: "known", conceal };
const keyless = (): Concealment & { key: "missing" } => ({ key: "missing", uncompared: new Set() });

/** Few, so that the owner's value is often ours. */
const value = fc.constantFrom("one", "two", "", "x".repeat(200), "concealed:no", "ü");
const secrets = fc.dictionary(
  fc.constantFrom("splunk-token", "apikey", "HTTP_Passwd", "mode", "Name"),
  value,
  {
    maxKeys: 4,
  },
);
const variables = fc.array(fc.record({ name: fc.constantFrom("API_TOKEN", "MODE", "DB_PASSWORD"), value }), {
  maxLength: 4,
});
/** With secrets in several places, and with what looks like some. */
const secretText = fc.constantFrom("one", "s3c/ret+1?&=ü", "x".repeat(80), "$TOKEN", "concealed:no");
const argument = fc.oneof(
  fc.constantFrom(
    "CMD-SHELL",
    "curl",
    "-H",
    "-u",
    "--token",
    "--password=",
    "redis-cli",
    "-a",
    "-p",
    "",
    "http://h/",
  ),
  secretText,
  fc
    .tuple(
      fc.array(
        fc.constantFrom(
          "-H 'Authorization: Bearer @' ",
          '-H "X-Key:@" ',
          "-H X-Key:@ ",
          "-u me:@ ",
          "--token @ ",
          "TOKEN=@ ",
          "https://me:@@h/?key=@&a=b ",
          "Basic @ ",
          '{"password": "@"} ',
          '\\"api-key\\": \\"@\\" ',
          "'",
        ),
        { maxLength: 4 },
      ),
      secretText,
    )
    .map(([parts, text]) => parts.join("").replaceAll("@", text)),
);
const command = fc.array(argument, { maxLength: 5 });
const extras = fc.record({ secrets, variables, command, label: value });
type Extras = typeof extras extends fc.Arbitrary<infer T> ? T : never;

/** Its containers with secrets in them. */
function spice(input: JsonObject, { secrets, variables, command, label }: Extras): JsonObject {
  const containers = containersOf(input).map((container): JsonObject => {
    const { logConfiguration: log, dockerLabels: labels, environment } = container;
    const given = Array.isArray(environment) ? (environment as readonly Json[]) : [];
    return {
      ...container,
      environment: [...given, ...variables],
      command,
      ...(isObject(container["healthCheck"])
        ? { healthCheck: { ...container["healthCheck"], command } }
        : {}),
      ...(isObject(log)
        ? { logConfiguration: { ...log, options: { ...(log["options"] as JsonObject), ...secrets } } }
        : {}),
      ...(isObject(labels) ? { dockerLabels: { ...labels, "com.example.api-key": label } } : {}),
    };
  });
  return { ...input, containerDefinitions: containers };
}

function spiceLayer(layer: Layer, { secrets, variables, command, label }: Extras): Layer {
  const logged = new Set(
    layer.patches.filter(({ path }) => path[1] === "logDriver").map(({ container }) => container),
  );
  return {
    sidecars: layer.sidecars.map((one) => ({
      ...one,
      environment: variables,
      command,
      healthCheck: { command },
      dockerLabels: { "com.example.api-key": label },
      logConfiguration: { logDriver: "awsfirelens", options: secrets },
    })),
    patches: [
      ...layer.patches.map((patch) => {
        if (patch.path[0] === "healthCheck") return { ...patch, value: { command } };
        return patch.path.length === 1 && isObject(patch.value) && isObject(patch.value["options"])
          ? { ...patch, value: { ...patch.value, options: { ...patch.value["options"], ...secrets } } }
          : patch;
      }),
      ...[...logged].flatMap((container) =>
        Object.entries(secrets)
          .filter(([key]) => !hasPatch(layer, container, key))
          .map(([key, text]) => ({ container, path: ["logConfiguration", "options", key], value: text })),
      ),
    ],
  };
}

function hasPatch(layer: Layer, container: string, key: string): boolean {
  return layer.patches.some((one) => one.container === container && one.path[2] === key);
}

const definition = fc.tuple(definitionOf, extras).map(([input, more]) => spice(input, more));
const layers = fc.tuple(layerOf, extras).map(([layer, more]) => spiceLayer(layer, more));

/** What a plan would say: the change as it is shown. */
function show(before: JsonObject, after: JsonObject, concealment?: Concealment): string {
  const [from, to] = [canonicalTaskDefinition(before), canonicalTaskDefinition(after)];
  const differences = withoutEqual(findDifferences(from, to), concealment);
  if (differences.length === 0) return "none";
  return stableStringify(
    redactChange({
      kind: "TaskDefinition",
      name: "web",
      id: "web",
      action: "update",
      policies: [],
      enforcement: "Enforce",
      before,
      after,
      differences,
      impact: "deployment",
      deletes: 0,
      needs: [],
    }),
  );
}

/** The next pass over what stands there. */
function pass(live: JsonObject, layer: Layer, concealment?: Concealment): JsonObject {
  const base = ejectLayer(live, by);
  const wanted =
    concealment === undefined ? layer : concealLayer(layer, { live, base, id: "web" }, concealment);
  return injectLayer(base, by, wanted);
}

describe("a concealed task definition", () => {
  it("stays as it is when it is concealed again", () => {
    fc.assert(
      fc.property(definition, layers, deployOf, (input, layer, change) => {
        const once = hide(deploy(injectLayer(input, by, layer), change, () => true));
        expect(hide(once)).toEqual(once);
      }),
      runs,
    );
  });

  it("gives its layer back as the open one does", () => {
    fc.assert(
      fc.property(definition, layers, (input, layer) => {
        const live = injectLayer(input, by, layer);
        expect(ejectLayer(hide(live), by)).toEqual(hide(input));
        expect(ejectLayer(hide(live), by)).toEqual(hide(ejectLayer(live, by)));
        expect(unreadableRecords(hide(live), by)).toEqual([]);
      }),
      runs,
    );
  });

  it("gives its layer back as the open one does, whatever the owner did to it meanwhile", () => {
    fc.assert(
      fc.property(definition, layers, extras, (input, layer, edits) => {
        const live = spice(injectLayer(input, by, layer), edits);
        // What the owner wrote over ours was shown as ours, and is theirs without the record.
        expect(hide(ejectLayer(hide(live), by))).toEqual(hide(ejectLayer(live, by)));
      }),
      runs,
    );
  });

  it("takes a layer as the open one does", () => {
    fc.assert(
      fc.property(definition, layers, layers, (input, first, layer) => {
        for (const live of [input, injectLayer(input, by, first)]) {
          const after = pass(live, layer);
          expect(pass(hide(live), layer, known)).toEqual(hide(after));
          expect(show(hide(live), pass(hide(live), layer, known), known)).toBe(show(live, after));
        }
      }),
      runs,
    );
  });

  it("shows the same change, whatever the owner did to it meanwhile", () => {
    fc.assert(
      fc.property(definition, layers, extras, layers, (input, first, edits, layer) => {
        const live = spice(injectLayer(input, by, first), edits);
        expect(show(hide(live), pass(hide(live), layer, known), known)).toBe(show(live, pass(live, layer)));
      }),
      runs,
    );
  });

  it("keeps the layers of two owners apart", () => {
    fc.assert(
      fc.property(definition, layers, layers, (input, theirs, ours) => {
        const below = injectLayer(input, "other", theirs);
        const live = injectLayer(below, by, named(ours));
        // What we wrote is open, also where the same stood before.
        expect(hide(ejectLayer(hide(live), by))).toEqual(hide(below));
        expect(hide(ejectLayer(ejectLayer(hide(live), by), "other"))).toEqual(hide(input));
      }),
      runs,
    );
  });

  it("is unchanged without the key where the policies are", () => {
    fc.assert(
      fc.property(definition, layers, (input, layer) => {
        const live = hide(injectLayer(input, by, layer));
        expect(canonicalTaskDefinition(pass(live, layer, keyless()))).toEqual(canonicalTaskDefinition(live));
      }),
      runs,
    );
  });

  it("counts without the key what could not be compared", () => {
    fc.assert(
      fc.property(definition, layers, layers, (input, first, layer) => {
        const concealment = keyless();
        const live = hide(injectLayer(input, by, first));
        const [blind, seeing] = [pass(live, layer, concealment), pass(live, layer, known)];
        if (show(live, blind) !== show(live, seeing)) expect(concealment.uncompared.size).toBeGreaterThan(0);
      }),
      runs,
    );
  });
});

/** Sidecars of two owners have names of their own. */
function named(layer: Layer): Layer {
  return { ...layer, sidecars: layer.sidecars.map((one) => ({ ...one, name: `our-${one["name"]}` })) };
}

describe("what a snapshot holds", () => {
  it("holds no hidden value in any form", () => {
    fc.assert(
      fc.property(definition, layers, layers, (input, layer, other) => {
        const canaries: string[] = [];
        const planted = plant(injectLayer(plant(input, canaries), by, layer), canaries);
        const text = JSON.stringify(hide(injectLayer(planted, "other", named(other))));
        for (const canary of canaries)
          for (const form of formsOf(canary)) expect(text.includes(form)).toBe(false);
        expect(canaries.length === 0 || holdsConcealed(text)).toBe(true);
      }),
      runs,
    );
  });

  it("tells values apart, and nothing else of them", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const other = createConcealKey("another key, as long as it has to be");
        expect(conceal(a) === conceal(b)).toBe(a === b);
        expect(other.conceal(a)).not.toBe(conceal(a));
        if (a.length > 3) expect(conceal(a)).not.toContain(a);
      }),
      { ...runs, numRuns: 20 },
    );
  });
});

/** Each value of a container that no layer of ours gave it becomes another secret. */
function plant(input: JsonObject, canaries: string[]): JsonObject {
  const secret = (): string => {
    const canary = `c4n/ry+${canaries.length}?&=ü"`;
    canaries.push(canary);
    return canary;
  };
  const containers = containersOf(input).map((container): JsonObject => {
    const { environment, logConfiguration: log, dockerLabels: labels } = container;
    const isOurs = isObject(labels) && `ecsmon.dev/layer.${by}` in labels;
    const { sidecar } = parseRecord(isObject(labels) ? labels[`ecsmon.dev/layer.${by}`] : undefined);
    if (isOurs && sidecar !== true) return container;
    return {
      ...container,
      command: ["sh", "-c", `curl -H 'Authorization: Bearer ${secret()}' http://h/`],
      ...(Array.isArray(environment)
        ? { environment: environment.map((one) => ({ ...(one as JsonObject), value: secret() })) }
        : {}),
      ...(isObject(log)
        ? {
            logConfiguration: {
              ...log,
              options: { ...(log["options"] as JsonObject), "x-token": secret(), other: secret() },
            },
          }
        : {}),
      ...(isObject(labels) ? { dockerLabels: { ...labels, "my-password": secret() } } : {}),
    };
  });
  return { ...input, containerDefinitions: containers };
}

function formsOf(canary: string): string[] {
  const bytes = Buffer.from(canary);
  return [
    canary,
    JSON.stringify(canary).slice(1, -1),
    JSON.stringify(JSON.stringify(canary).slice(1, -1)).slice(1, -1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    encodeURIComponent(canary),
  ];
}

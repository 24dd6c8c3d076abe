// Our layer on a task definition: laid on, taken off byte for byte, and kept apart from what others do meanwhile.
import { describe, expect, it } from "vitest";
import {
  canonicalTaskDefinition,
  countLeaving,
  ejectLayer,
  type FieldPatch,
  hasLayer,
  injectLayer,
  type Layer,
  layerLabel,
  unreadableRecords,
} from "../../../controller/core/layer.ts";
import { hashValues } from "../../../controller/core/layer-record.ts";
import { type JsonObject, stableStringify } from "../../../controller/model/json.ts";
import { appContainer, at, containerNamed, definition } from "./builders.ts";

const label = layerLabel("ecsmon");
const check = { command: ["CMD-SHELL", "curl localhost || exit 1"], interval: 15 };
const option = (key: string, value: string, container = "app"): FieldPatch => ({
  container,
  path: ["logConfiguration", "options", key],
  value,
});
const logging: readonly FieldPatch[] = [
  { container: "app", path: ["logConfiguration", "logDriver"], value: "awslogs" },
  option("awslogs-group", "/ecs/prod/web"),
  option("awslogs-region", "eu-central-1"),
  option("dotted.option.name", "x"),
];
const side = {
  name: "side",
  image: "side:1",
  essential: false,
  memory: 64,
  environment: [{ name: "A", value: "1" }],
};
const full: Layer = {
  sidecars: [side],
  patches: [{ container: "app", path: ["healthCheck"], value: check }, ...logging],
};

const inject = (input: JsonObject, layer: Layer = full, owner = "ecsmon"): JsonObject =>
  injectLayer(input, owner, layer);
const eject = (input: JsonObject, owner = "ecsmon"): JsonObject => ejectLayer(input, owner);

/** The definition with one container changed. */
function edit(input: JsonObject, name: string, change: (container: JsonObject) => JsonObject): JsonObject {
  const containers = input["containerDefinitions"] as readonly JsonObject[];
  return {
    ...input,
    containerDefinitions: containers.map((one) => (one["name"] === name ? change(one) : one)),
  };
}

const awslogs = (options: JsonObject) => ({ logDriver: "awslogs", options });

const definitions: readonly (readonly [string, JsonObject])[] = [
  ["a bare container", definition([{ name: "app", image: "a" }])],
  [
    "what ECS fills in",
    definition([
      appContainer({
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        portMappings: [],
        systemControls: [],
      }),
    ]),
  ],
  [
    "fields that no SDK knows",
    definition([appContainer({ futureField: { a: [1, { b: null }] }, other: "" })], {
      futureTop: [{}],
      tags: [],
    }),
  ],
  [
    "empty strings",
    definition([
      appContainer({
        user: "",
        workingDirectory: "",
        hostname: "",
        environment: [{ name: "EMPTY", value: "" }],
      }),
    ]),
  ],
  ["no labels, but a map for them", definition([appContainer({ dockerLabels: {} })])],
  [
    "labels of its own",
    definition([appContainer({ dockerLabels: { team: "x", "com.datadoghq.ad.logs": "[]" } })]),
  ],
  [
    "nulls",
    definition([appContainer({ healthCheck: null, command: null, cpu: null, links: null })], {
      volumes: null,
    }),
  ],
  ["null where we put something", definition([appContainer({ logConfiguration: null })])],
  ["null labels", definition([appContainer({ dockerLabels: null })])],
  [
    "a health check of its own",
    definition([
      appContainer({
        healthCheck: { command: ["CMD", "old"], interval: 30, timeout: 5, retries: 3, new: 1 },
      }),
    ]),
  ],
  [
    "log options of its own",
    definition([
      appContainer({
        logConfiguration: { ...awslogs({ "awslogs-group": "/old", mode: "blocking" }), secretOptions: [] },
      }),
    ]),
  ],
  ["a driver without options", definition([appContainer({ logConfiguration: { logDriver: "awslogs" } })])],
  ["empty options", definition([appContainer({ logConfiguration: awslogs({}) })])],
  [
    "several containers, ours not the last in the alphabet",
    definition([appContainer({ name: "zz" }), appContainer(), appContainer({ name: "aa" })]),
  ],
  [
    "another owner's layer",
    injectLayer(definition(), "other", {
      sidecars: [{ name: "their", image: "t" }],
      patches: [option("mode", "blocking")],
    }),
  ],
];

describe("a definition with", () => {
  it.each(definitions)("%s comes back as it was", (_, input) => {
    const text = stableStringify(input);
    const injected = inject(input);
    expect(stableStringify(eject(injected))).toBe(text);
    expect(stableStringify(input)).toBe(text);
    expect(stableStringify(inject(eject(injected)))).toBe(stableStringify(injected));
    expect(hasLayer(injected, "ecsmon")).toBe(true);
    expect(hasLayer(eject(injected), "ecsmon")).toBe(false);
  });

  it.each(definitions)("%s is canonical after once", (_, input) => {
    const once = canonicalTaskDefinition(inject(input));
    expect(canonicalTaskDefinition(once)).toEqual(once);
  });
});

describe("injectLayer", () => {
  it("writes what is asked for, and nothing else", () => {
    const injected = inject(definition([appContainer({ user: "app" }), appContainer({ name: "b" })]));
    expect(containerNamed(injected, "app")).toMatchObject({
      ...appContainer({ user: "app" }),
      healthCheck: check,
      logConfiguration: awslogs({
        "awslogs-group": "/ecs/prod/web",
        "awslogs-region": "eu-central-1",
        "dotted.option.name": "x",
      }),
    });
    expect(containerNamed(injected, "b")).toEqual(appContainer({ name: "b" }));
    expect(containerNamed(injected, "side")).toEqual({
      ...side,
      dockerLabels: { [label]: `{"name":"side","sidecar":true,"v":1,"written":"${hashValues(side)}"}` },
    });
    expect(countLeaving(injected, ejectLayer(injected, "ecsmon"), "ecsmon")).toBe(1);
    const { containerDefinitions: _, ...rest } = injected;
    const { containerDefinitions: __, ...before } = definition();
    expect(rest).toEqual(before);
  });

  it("owes nothing to a sidecar whose record has no hash of its values, or another", () => {
    const injected = inject(definition());
    const written = `,"written":"${hashValues(side)}"`;
    for (const other of ["", ',"written":"0123456789abcdef"']) {
      const old = edit(injected, "side", (container) => ({
        ...container,
        dockerLabels: { [label]: `{"name":"side","sidecar":true,"v":1${other}}` },
      }));
      expect(JSON.stringify(old)).not.toContain(JSON.stringify(written).slice(1, -1));
      expect(canonicalTaskDefinition(old)).toEqual(canonicalTaskDefinition(injected));
      expect(ejectLayer(old, "ecsmon")).toEqual(definition());
    }
    const byHand = edit(injected, "side", (container) => ({
      ...container,
      dockerLabels: { [label]: '{ "name":"side","sidecar":true,"v":1}' },
    }));
    expect(canonicalTaskDefinition(byHand)).not.toEqual(canonicalTaskDefinition(injected));
  });

  it("leaves a container alone that is as it should be, without a record", () => {
    const input = definition([appContainer({ healthCheck: { ...check, timeout: 5, retries: 3 } })]);
    const layer = { sidecars: [], patches: [{ container: "app", path: ["healthCheck"], value: check }] };
    expect(inject(input, layer)).toEqual(input);
  });

  it("does nothing without a layer", () => {
    expect(inject(definition(), { sidecars: [], patches: [] })).toEqual(definition());
    expect(eject(definition())).toEqual(definition());
  });

  it("keeps no value of ours and no secret in a record, only originals", () => {
    const layer: Layer = { sidecars: [], patches: [option("token", "very-secret")] };
    expect(at(containerNamed(inject(definition(), layer), "app"), "dockerLabels", label)).not.toContain(
      "very-secret",
    );
  });
});

describe("after somebody else", () => {
  const injected = inject(definition());

  it("copied the revision with a new image and new variables, the layer comes off as before", () => {
    const edits = { image: "example.com/app:2", environment: [{ name: "NEW", value: "1" }] };
    const deployed = edit(injected, "app", (app) => ({ ...app, ...edits }));
    expect(stableStringify(eject(deployed))).toBe(stableStringify(definition([appContainer(edits)])));
    expect(inject(eject(deployed))).toEqual(deployed);
  });

  it("changed a field of ours, theirs is the new original", () => {
    const theirs = { command: ["CMD", "theirs"] };
    const deployed = edit(injected, "app", (app) => ({ ...app, healthCheck: theirs }));
    expect(containerNamed(eject(deployed), "app")).toEqual(appContainer({ healthCheck: theirs }));
    const again = inject(eject(deployed));
    expect(containerNamed(again, "app")["healthCheck"]).toEqual(check);
    expect(containerNamed(eject(again), "app")["healthCheck"]).toEqual(theirs);
  });

  it("removed a field of ours, there is nothing to put back", () => {
    const original = { command: ["CMD", "old"] };
    const deployed = edit(
      inject(definition([appContainer({ healthCheck: original })])),
      "app",
      ({ healthCheck: _, ...app }) => app,
    );
    expect(containerNamed(eject(deployed), "app")).toEqual(appContainer());
  });

  it("changed one log option of ours, the others go back", () => {
    const input = definition([appContainer({ logConfiguration: awslogs({ "awslogs-group": "/old" }) })]);
    const deployed = edit(inject(input), "app", (app) => ({
      ...app,
      logConfiguration: awslogs({
        "awslogs-group": "/theirs",
        "awslogs-region": "eu-central-1",
        "dotted.option.name": "x",
      }),
    }));
    expect(containerNamed(eject(deployed), "app")["logConfiguration"]).toEqual(
      awslogs({ "awslogs-group": "/theirs" }),
    );
  });

  it("added an option to a log configuration that we made, it keeps a driver and is valid", () => {
    const deployed = edit(injected, "app", (app) => ({
      ...app,
      logConfiguration: awslogs({
        ...(at(app, "logConfiguration", "options") as JsonObject),
        mode: "non-blocking",
      }),
    }));
    const ejected = eject(deployed);
    expect(at(containerNamed(ejected, "app"), "logConfiguration", "logDriver")).toBe("awslogs");
    expect(at(containerNamed(ejected, "app"), "logConfiguration", "options", "mode")).toBe("non-blocking");
    expect(hasLayer(ejected, "ecsmon")).toBe(false);
    expect(inject(eject(inject(ejected)))).toEqual(inject(ejected));
  });

  it("removed our sidecar, it is gone without us too, and comes back with us", () => {
    const deployed = { ...injected, containerDefinitions: [containerNamed(injected, "app")] };
    expect(eject(deployed)).toEqual(definition());
    expect(countLeaving(inject(eject(deployed)), deployed, "ecsmon")).toBe(1);
  });

  it("changed our sidecar's image, it is ours to put right", () => {
    const deployed = edit(injected, "side", (one) => ({ ...one, image: "side:evil" }));
    expect(eject(deployed)).toEqual(definition());
    expect(inject(eject(deployed))).toEqual(injected);
    expect(canonicalTaskDefinition(deployed)).not.toEqual(canonicalTaskDefinition(injected));
  });

  it("dropped the record, what stands there is theirs, and the same layer needs nothing", () => {
    const deployed = edit(injected, "app", ({ dockerLabels: _, ...app }) => app);
    expect(eject(deployed)).toEqual({ ...deployed, containerDefinitions: [containerNamed(deployed, "app")] });
    expect(containerNamed(inject(eject(deployed)), "app")).toEqual(containerNamed(deployed, "app"));
  });

  it("renamed the container, its record comes along", () => {
    const deployed = edit(injected, "app", (app) => ({ ...app, name: "main" }));
    expect(eject(deployed)).toEqual(definition([appContainer({ name: "main" })]));
  });

  it("added labels beside ours, they stay", () => {
    const deployed = edit(injected, "app", (app) => ({
      ...app,
      dockerLabels: { ...(app["dockerLabels"] as JsonObject), team: "x" },
    }));
    expect(containerNamed(eject(deployed), "app")["dockerLabels"]).toEqual({ team: "x" });
  });
});

describe("a sidecar's record", () => {
  it("of the first version, without a name, is read", () => {
    const old = edit(inject(definition()), "side", (one) => ({
      ...one,
      dockerLabels: { [label]: '{"v":1,"sidecar":true}' },
    }));
    expect(eject(old)).toEqual(definition());
  });

  it("copied onto every container takes none of them away", () => {
    const copied = inject(definition([appContainer(), appContainer({ name: "b" })]), {
      sidecars: [side],
      patches: [],
    });
    const labels = containerNamed(copied, "side")["dockerLabels"] as JsonObject;
    const spread = ["app", "b"].reduce(
      (input, name) => edit(input, name, (one) => ({ ...one, dockerLabels: labels })),
      copied,
    );
    expect(eject(spread)).toEqual(
      definition([appContainer({ dockerLabels: {} }), appContainer({ name: "b", dockerLabels: {} })]),
    );
  });
});

describe("the task's own size", () => {
  const grown: Layer = {
    sidecars: [side],
    patches: [{ container: "app", path: ["healthCheck"], value: check }],
    task: { cpu: "512", memory: "2048" },
  };
  const before = definition([appContainer()], { cpu: ".5 vCPU", memory: "1 GB" });
  const injected = inject(before, grown);
  const without = (input: JsonObject, ...names: string[]): JsonObject => ({
    ...input,
    containerDefinitions: (input["containerDefinitions"] as JsonObject[]).filter(
      ({ name }) => !names.includes(String(name)),
    ),
  });

  it("grows, and comes back as it was written", () => {
    expect(injected).toMatchObject({ cpu: "512", memory: "2048" });
    expect(stableStringify(eject(injected))).toBe(stableStringify(before));
    expect(stableStringify(inject(eject(injected), grown))).toBe(stableStringify(injected));
  });

  it("was not there, and is not there again", () => {
    const { cpu: _, memory: __, ...open } = before;
    expect(eject(inject(open, grown))).toEqual(open);
  });

  it.each([
    ["our sidecar", "side"],
    ["the container that we touched", "app"],
  ])("comes back when only %s is gone", (_, name) => {
    expect(eject(without(injected, name))).toMatchObject({ cpu: ".5 vCPU", memory: "1 GB" });
  });

  it("stays as it stands when no record is left", () => {
    const bare = edit(without(injected, "side"), "app", ({ dockerLabels: _, ...app }) => app);
    expect(eject(bare)).toMatchObject({ cpu: "512", memory: "2048" });
  });

  it.each([
    ["memory alone, in a pair that there is", { memory: "4096" }, { cpu: ".5 vCPU", memory: "4096" }],
    ["in the API's other form, not at all", { memory: "2 GB", cpu: 512 }, { cpu: ".5 vCPU", memory: "1 GB" }],
    ["both", { cpu: "1024", memory: "8192" }, { cpu: "1024", memory: "8192" }],
    ["CPU, with a memory that only ours goes with", { cpu: "1024" }, { cpu: "1024", memory: "2048" }],
  ])("is the owner's where they edit %s", (_, change, expected) => {
    expect(eject({ ...injected, ...change })).toMatchObject(expected);
  });

  it("is not what an unreadable record says", () => {
    const text = JSON.stringify({ v: 1, sidecar: true, task: { cpu: "256" } });
    const input = edit(injected, "side", (one) => ({ ...one, dockerLabels: { [label]: text } }));
    expect(unreadableRecords(input, "ecsmon")).toEqual(["side"]);
  });

  it("grows only for sidecars", () => {
    expect(() => inject(before, { ...grown, sidecars: [] })).toThrow(RangeError);
  });
});

describe("what the API adds", () => {
  const withAdditions = (input: JsonObject): JsonObject => {
    const one = edit(input, "app", (app) => ({
      ...app,
      ...(app["healthCheck"]
        ? {
            healthCheck: {
              retries: 3,
              timeout: 5,
              startPeriod: 0,
              future: true,
              ...(app["healthCheck"] as JsonObject),
            },
          }
        : {}),
      logConfiguration: { ...(app["logConfiguration"] as JsonObject), secretOptions: [] },
    }));
    const filled = {
      cpu: 0,
      mountPoints: [],
      portMappings: [],
      volumesFrom: [],
      systemControls: [],
      future: { a: 1 },
    };
    return edit(one, "side", (container) => ({ ...container, ...filled }));
  };
  const replace: FieldPatch = { container: "app", path: ["logConfiguration"], value: awslogs({ a: "b" }) };
  const foreign = definition([
    appContainer({ logConfiguration: { logDriver: "splunk", options: { "splunk-url": "u" } } }),
  ]);

  it.each([
    ["to what we made", definition(), full],
    ["to a driver that we replaced", foreign, { ...full, patches: [replace] }],
  ])("%s changes nothing", (_, input, layer) => {
    const returned = withAdditions(inject(input, layer));
    expect(stableStringify(eject(returned))).toBe(stableStringify(input));
    expect(canonicalTaskDefinition(returned)).toEqual(
      canonicalTaskDefinition(inject(eject(returned), layer)),
    );
  });

  it("in another order is the same", () => {
    const layer: Layer = {
      sidecars: [
        {
          ...side,
          environment: [
            { name: "B", value: "2" },
            { name: "A", value: "1" },
          ],
          portMappings: [
            { containerPort: 2000, protocol: "tcp" },
            { containerPort: 2000, protocol: "udp" },
            { containerPort: 80 },
          ],
          secrets: [
            { name: "Y", valueFrom: "y" },
            { name: "X", valueFrom: "x" },
          ],
          dependsOn: [
            { containerName: "b", condition: "START" },
            { containerName: "app", condition: "HEALTHY" },
          ],
        },
      ],
      patches: [],
    };
    const injected = inject(definition(), layer);
    const reversed = edit(injected, "side", (container) =>
      Object.fromEntries(
        Object.entries(container).map(([key, value]) => [
          key,
          Array.isArray(value) ? [...value].reverse() : value,
        ]),
      ),
    );
    const turned = {
      ...reversed,
      containerDefinitions: [...(reversed["containerDefinitions"] as JsonObject[])].reverse(),
    };
    expect(canonicalTaskDefinition(turned)).toEqual(canonicalTaskDefinition(injected));
  });

  it.each([
    ["environment", [{ name: "A", value: "2" }]],
    ["command", ["b", "a"]],
    ["image", "side:2"],
    ["memory", 65],
    ["essential", true],
    ["portMappings", [{ containerPort: 81 }]],
    ["healthCheck", { command: ["CMD", "x"] }],
  ])("is told apart from a %s that differs", (key, value) => {
    const injected = inject(definition());
    expect(canonicalTaskDefinition(edit(injected, "side", (one) => ({ ...one, [key]: value })))).not.toEqual(
      canonicalTaskDefinition(injected),
    );
  });
});

describe("a record that cannot be read", () => {
  it.each([
    ["of a newer version", '{"v":2,"fields":{}}'],
    ["that is no JSON", "v1"],
    ["that is no object", "[1]"],
    ["with fields of no shape", '{"v":1,"fields":{"healthCheck":null}}'],
    ["with a field that says nothing of what was written", '{"v":1,"fields":{"healthCheck":{}}}'],
    ["with something made that is no list", '{"v":1,"fields":{},"made":5}'],
  ])("%s is left as it stands, and told of", (_, text) => {
    const input = definition([appContainer({ healthCheck: check, dockerLabels: { [label]: text } })]);
    expect(eject(input)).toEqual(input);
    expect(hasLayer(input, "ecsmon")).toBe(true);
    expect(unreadableRecords(input, "ecsmon")).toEqual(["app"]);
    expect(countLeaving(input, eject(input), "ecsmon")).toBe(0);
  });

  it("is nobody's business but its owner's", () => {
    const input = definition([appContainer({ dockerLabels: { [layerLabel("other")]: "?" } })]);
    expect(unreadableRecords(input, "ecsmon")).toEqual([]);
    expect(stableStringify(eject(inject(input)))).toBe(stableStringify(input));
  });
});

describe("two owners on one definition", () => {
  const ours: Layer = { sidecars: [side], patches: logging };
  const theirs: Layer = {
    sidecars: [{ name: "their", image: "t" }],
    patches: [{ container: "app", path: ["healthCheck"], value: check }],
  };

  it.each([
    ["first in, last out", ["other", "ecsmon"]],
    ["first in, first out", ["ecsmon", "other"]],
  ])("go in peace: %s", (_, order) => {
    const both = inject(inject(definition(), ours), theirs, "other");
    expect(stableStringify(order.reduce((input, owner) => eject(input, owner), both))).toBe(
      stableStringify(definition()),
    );
  });

  it("leave each other alone while both stay", () => {
    const both = inject(inject(definition(), ours), theirs, "other");
    expect(canonicalTaskDefinition(inject(eject(both), ours))).toEqual(canonicalTaskDefinition(both));
    expect(canonicalTaskDefinition(inject(eject(both, "other"), theirs, "other"))).toEqual(
      canonicalTaskDefinition(both),
    );
  });

  it.each(["ecsmon", "other"])(
    "take what the API adds for nothing, also in what is not the first one's: %s",
    (by) => {
      const both = inject(inject(definition(), ours), theirs, "other");
      const returned = edit(both, "app", (app) => ({
        ...app,
        healthCheck: { ...check, timeout: 5, retries: 3, future: 1 },
        logConfiguration: { ...(app["logConfiguration"] as JsonObject), secretOptions: [] },
      }));
      const layer = by === "ecsmon" ? ours : theirs;
      expect(canonicalTaskDefinition(inject(eject(returned, by), layer, by))).toEqual(
        canonicalTaskDefinition(returned),
      );
    },
  );
});

// Whatever a task definition holds, our layer comes off it as it went on; a second pass finds nothing to do.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalTaskDefinition, ejectLayer, hasLayer, injectLayer } from "../../controller/core/layer.ts";
import { stableStringify } from "../../controller/model/json.ts";
import { definitionOf, deploy, deployOf, layerOf } from "./arbitraries.ts";

const runs = { seed: 42, numRuns: 120 };
const by = "ecsmon";
const isTheirs = (name: string): boolean => !/^(side-|agent)/.test(name);

describe("the layer", () => {
  it("comes off byte for byte", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, (input, layer) => {
        const text = stableStringify(input);
        const ejected = ejectLayer(injectLayer(input, by, layer), by);
        expect(stableStringify(ejected)).toBe(text);
        expect(hasLayer(ejected, by)).toBe(false);
      }),
      runs,
    );
  });

  it("is there once, however often it is put on", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, (input, layer) => {
        const once = injectLayer(input, by, layer);
        expect(injectLayer(ejectLayer(once, by), by, layer)).toEqual(once);
      }),
      runs,
    );
  });

  it("gives way to another layer without a trace", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, layerOf, (input, first, second) => {
        const replaced = injectLayer(ejectLayer(injectLayer(input, by, first), by), by, second);
        expect(replaced).toEqual(injectLayer(input, by, second));
      }),
      runs,
    );
  });

  it("comes off a revision that a deploy tool has copied and changed, with the same changes left", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, deployOf, (input, layer, change) => {
        const deployed = deploy(injectLayer(input, by, layer), change, isTheirs);
        expect(stableStringify(ejectLayer(deployed, by))).toBe(
          stableStringify(deploy(input, change, isTheirs)),
        );
        expect(injectLayer(ejectLayer(deployed, by), by, layer)).toEqual(
          injectLayer(deploy(input, change, isTheirs), by, layer),
        );
      }),
      runs,
    );
  });

  it("of one owner leaves the other's alone", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, (input, layer) => {
        // The other owner has sidecars of other names, and no say in fields that we patch.
        const theirs = {
          sidecars: layer.sidecars.map((sidecar) => ({
            ...sidecar,
            name: `their-${String(sidecar["name"])}`,
          })),
          patches: [],
        };
        const both = injectLayer(injectLayer(input, "other", theirs), by, layer);
        expect(stableStringify(ejectLayer(ejectLayer(both, "other"), by))).toBe(stableStringify(input));
        expect(stableStringify(ejectLayer(ejectLayer(both, by), "other"))).toBe(stableStringify(input));
      }),
      runs,
    );
  });

  it("is canonical after once", () => {
    fc.assert(
      fc.property(definitionOf, layerOf, (input, layer) => {
        const once = canonicalTaskDefinition(injectLayer(input, by, layer));
        expect(canonicalTaskDefinition(once)).toEqual(once);
      }),
      runs,
    );
  });
});

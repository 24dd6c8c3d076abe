// What the conformance test plays with a kind, and the scene that most kinds are in.
import { webPolicy } from "../../scenarios/estate.ts";
import type { World } from "../../scenarios/harness.ts";

export interface Scene {
  /** A policy that makes at least two items of the kind. */
  readonly first: string;
  /** The same items, each with another value. */
  readonly second: string;
  /** What else makes the kind send something that `first` and `second` do not. */
  readonly others?: readonly string[];
  /** No item of the kind is wanted any more. */
  readonly nobody: string;
  /** What must stand beside the common estate. */
  readonly prepare?: (world: World) => void;
}

const second = webPolicy({
  cpuThreshold: 70,
  retention: "60d",
  pattern: "Fatal",
  image: "x:2",
  insights: "enabled",
});

export const commonScene: Scene = {
  first: webPolicy(),
  second,
  others: [second.replace("    retention: 60d\n", "")],
  nobody: webPolicy({ services: '"none-*"' }),
};

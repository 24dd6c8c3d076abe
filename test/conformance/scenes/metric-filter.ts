// Metric filters, some of them to be retained for a while: the mark is laid on their log groups, and taken off again.
import { commonScene, type Scene } from "./common.ts";

const { first, second, others = [] } = commonScene;
const retained = second.replace("spec:\n", "spec:\n  deletionPolicy: Retain\n");

export const metricFilterScene: Scene = {
  ...commonScene,
  first,
  second,
  others: [retained, second, ...others],
};

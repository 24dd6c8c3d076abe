// The scene of each kind. One that the common scene does not touch brings its own: a file and a line here.
import type { KindName } from "../../../controller/model/plan.ts";
import { commonScene, type Scene } from "./common.ts";
import { taskDefinitionScene } from "./task-definition.ts";

const scenes: Partial<Record<KindName, Scene>> = {
  TaskDefinition: taskDefinitionScene,
};

export function sceneOf(kind: KindName): Scene {
  return scenes[kind] ?? commonScene;
}

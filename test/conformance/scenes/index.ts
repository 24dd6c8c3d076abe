// The scene of each kind. One that the common scene does not touch brings its own: a file and a line here.
import type { KindName } from "../../../controller/model/plan.ts";
import { commonScene, type Scene } from "./common.ts";
import { compositeAlarmScene } from "./composite-alarm.ts";
import { dashboardScene } from "./dashboard.ts";
import { eventRuleScene } from "./event-rule.ts";
import { mackerelMonitorScene } from "./mackerel-monitor.ts";
import { metricFilterScene } from "./metric-filter.ts";
import { queriesScene } from "./queries.ts";
import { serviceScene } from "./service.ts";
import { targetGroupScene } from "./target-group.ts";
import { taskDefinitionScene } from "./task-definition.ts";

const scenes: Partial<Record<KindName, Scene>> = {
  TargetGroup: targetGroupScene,
  TaskDefinition: taskDefinitionScene,
  Service: serviceScene,
  CompositeAlarm: compositeAlarmScene,
  EventRule: eventRuleScene,
  QueryDefinition: queriesScene,
  LogAlarm: queriesScene,
  Dashboard: dashboardScene,
  MetricFilter: metricFilterScene,
  MackerelMonitor: mackerelMonitorScene,
};

export function sceneOf(kind: KindName): Scene {
  return scenes[kind] ?? commonScene;
}

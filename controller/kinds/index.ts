// Every managed kind. Adding one is a file and a line here.
import { clusterSettings } from "./cluster-settings.ts";
import { compositeAlarm } from "./composite-alarm.ts";
import { dashboard } from "./dashboard.ts";
import { eventRule } from "./event-rule.ts";
import type { Kind } from "./kind.ts";
import { logAlarm } from "./log-alarm.ts";
import { logGroup } from "./log-group.ts";
import { mackerelMonitor } from "./mackerel-monitor.ts";
import { metricAlarm } from "./metric-alarm.ts";
import { metricFilter } from "./metric-filter.ts";
import { queryDefinition } from "./query-definition.ts";
import { service } from "./service.ts";
import { targetGroup } from "./target-group.ts";
import { taskDefinition } from "./task-definition.ts";

export const kinds: readonly Kind[] = [
  clusterSettings,
  logGroup,
  metricFilter,
  queryDefinition,
  targetGroup,
  taskDefinition,
  service,
  metricAlarm,
  logAlarm,
  compositeAlarm,
  eventRule,
  dashboard,
  mackerelMonitor,
];

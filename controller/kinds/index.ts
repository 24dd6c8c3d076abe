// Every managed kind. Adding one is a file and a line here.
import { clusterSettings } from "./cluster-settings.ts";
import type { Kind } from "./kind.ts";
import { logGroup } from "./log-group.ts";
import { metricAlarm } from "./metric-alarm.ts";
import { metricFilter } from "./metric-filter.ts";
import { taskDefinition } from "./task-definition.ts";

export const kinds: readonly Kind[] = [clusterSettings, logGroup, metricFilter, taskDefinition, metricAlarm];

// The standard dashboard of one service: what one looks at first when something is wrong with it. Only what the service
// has: no graph without a load balancer's figures, no log lines without a log group. Pure, and the same for the same
// service, so that a plan changes it only when there is something else to show.
import type { Failure } from "../model/errors.ts";
import { compareText, type JsonObject } from "../model/json.ts";
import { consoleHost } from "../model/partition.ts";
import type { Workload } from "../model/workload.ts";
import {
  alarmWidgets,
  graphWidget,
  type Line,
  layOut,
  logWidget,
  textWidget,
  type Widget,
} from "./dashboard-widgets.ts";
import { findLogGroup } from "./log-metric.ts";
import { findMetric } from "./metrics.ts";
import { metricNamespace } from "./names.ts";
import type { MergedLogMetric, Selected } from "./select.ts";
import { withoutWaiver } from "./waivers.ts";

export interface DashboardParts {
  readonly selected: Selected;
  readonly owner: string;
  /** Whether Container Insights is on in the cluster, as policies say or else as it is. */
  readonly containerInsights: boolean;
  /** Full names of the service's alarms, of all types. */
  readonly alarms: readonly string[];
}

export type BuiltDashboard =
  | { readonly state: "built"; readonly body: JsonObject }
  | { readonly state: "unknown"; readonly failure: Failure };

export function buildDashboard(parts: DashboardParts): BuiltDashboard {
  const { selected, owner } = parts;
  const { workload } = selected;
  // What depends on a read that failed would come and go with it.
  if (!workload.targetGroups.known) return { state: "unknown", failure: workload.targetGroups.failure };
  const group = findLogGroup({}, selected, owner);
  if (!group.ok && group.state.is === "unknown") return { state: "unknown", failure: group.state.failure };
  const logGroup = group.ok ? group.name : undefined;
  const widgets = [
    textWidget(head(parts, logGroup), 3),
    ...alarmWidgets("Alarms", parts.alarms.map((name) => alarmArn(name, workload)).sort(compareText)),
    ...useGraphs(parts),
    ...requestGraphs(workload),
    ...logGraphs(selected, owner),
    ...(logGroup === undefined ? [] : [errorLines(workload, logGroup)]),
  ];
  return { state: "built", body: { widgets: layOut(widgets) } };
}

function alarmArn(name: string, { partition, region, account }: Workload): string {
  return `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;
}

function head({ selected, owner }: DashboardParts, logGroup: string | undefined): string {
  const { workload, dashboard, policies } = selected;
  const { cluster, service, region } = workload;
  const by = (dashboard?.contributors ?? policies).map(({ name }) => name).join(", ");
  return [
    `# ${cluster} / ${service}`,
    "",
    `Managed by ${owner} from Git (policies: ${by}); changes by hand are put back.`,
    "",
    links(workload, logGroup)
      .map(([text, url]) => `[${text}](${url})`)
      .join(" · ") || `${cluster}, ${region}`,
  ].join("\n");
}

/** Where people go next; nowhere, where the console of their partition is not known. */
function links(
  { partition, region, cluster, service }: Workload,
  logGroup: string | undefined,
): (readonly [text: string, url: string])[] {
  const domain = consoleHost(partition);
  if (domain === undefined) return [];
  const console = `https://${region}.${domain}`;
  const ofService = `${console}/ecs/v2/clusters/${cluster}/services/${service}`;
  return [
    ["Service", `${ofService}/health?region=${region}`],
    ["Tasks", `${ofService}/tasks?region=${region}`],
    ["Deployments", `${ofService}/deployments?region=${region}`],
    ...(logGroup === undefined
      ? []
      : [
          [
            "Logs",
            `${console}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twiceEncoded(logGroup)}`,
          ] as const,
        ]),
  ];
}

/** As the CloudWatch console writes names into the part behind `#`. */
function twiceEncoded(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}

function useGraphs({ selected: { workload }, containerInsights }: DashboardParts): Widget[] {
  const { region } = workload;
  const use = (metricName: string): Line[] => [
    ...linesOf("AWS/ECS", metricName, "Average", "average", workload),
    ...linesOf("AWS/ECS", metricName, "Maximum", "busiest task", workload),
  ];
  // AWS/ECS counts tasks too, but not how many there should be.
  const tasks = containerInsights
    ? ["Running", "Desired", "Pending"].flatMap((word) =>
        linesOf("ECS/ContainerInsights", `${word}TaskCount`, "Average", word.toLowerCase(), workload),
      )
    : linesOf("AWS/ECS", "LiveTaskCount", "Average", "live", workload);
  return [
    graphWidget("CPU (percent)", region, use("CPUUtilization")),
    graphWidget("Memory (percent)", region, use("MemoryUtilization")),
    graphWidget(containerInsights ? "Tasks: running and desired" : "Tasks", region, tasks),
  ];
}

const alb = "AWS/ApplicationELB";

function requestGraphs(workload: Workload): Widget[] {
  const { region } = workload;
  const of = (metricName: string, statistic: string, label: string): Line[] =>
    linesOf(alb, metricName, statistic, label, workload);
  const hosts = (metricName: string, statistic: string, label: string): Line[] => [
    ...of(metricName, statistic, label),
    ...linesOf("AWS/NetworkELB", metricName, statistic, label, workload),
  ];
  const graphs: (readonly [title: string, lines: readonly Line[]])[] = [
    ["Requests per minute", of("RequestCount", "Sum", "requests")],
    ["Latency (seconds)", ["p50", "p90", "p99"].flatMap((stat) => of("TargetResponseTime", stat, stat))],
    [
      "Responses of 5xx per minute",
      [
        ...of("HTTPCode_Target_5XX_Count", "Sum", "service"),
        ...of("HTTPCode_ELB_5XX_Count", "Sum", "load balancer, all its services"),
      ],
    ],
    [
      "Targets",
      [
        ...hosts("HealthyHostCount", "Minimum", "healthy"),
        ...hosts("UnHealthyHostCount", "Maximum", "unhealthy"),
      ],
    ],
  ];
  return graphs.flatMap(([title, lines]) => (lines.length === 0 ? [] : [graphWidget(title, region, lines)]));
}

/** One line for each target group or load balancer; none where the service has no such metric. */
function linesOf(
  namespace: string,
  metricName: string,
  statistic: string,
  label: string,
  workload: Workload,
): Line[] {
  const targets = findMetric({ namespace, metricName }, workload);
  if (targets.state !== "found") return [];
  const { sets } = targets;
  return sets.map((dimensions) => ({
    namespace,
    metricName,
    dimensions,
    statistic,
    label: sets.length === 1 ? label : `${label} (${shortTarget(dimensions.at(-1)?.Value ?? "")})`,
  }));
}

/** `targetgroup/web-blue/0123` → `web-blue`; `app/front/4567` → `front`. */
function shortTarget(value: string): string {
  return value.split("/")[1] ?? value;
}

/** What log metrics count stands together; what they measure has other units, so each has a graph of its own. */
function logGraphs(selected: Selected, owner: string): Widget[] {
  const { workload, logMetrics } = selected;
  const { cluster, service, region } = workload;
  const namespace = metricNamespace(owner, cluster, service);
  const shown = [...logMetrics].flatMap(([name, item]) => {
    const { result } = withoutWaiver(item);
    return result.ok && result.value.pattern != null && findLogGroup(result.value, selected, owner).ok
      ? [{ name, metric: result.value }]
      : [];
  });
  const counts = shown.filter(({ metric }) => !measures(metric));
  const line = (name: string, metric: MergedLogMetric, statistic: string, label: string): Line => {
    const dimensions = Object.keys(metric.dimensions ?? {});
    if (dimensions.length === 0) return { namespace, metricName: name, dimensions: [], statistic, label };
    const schema = [namespace, ...dimensions.sort(compareText)].map((word) => `"${word}"`).join(",");
    return { expression: `SEARCH('{${schema}} MetricName="${name}"', '${statistic}', 60)`, label };
  };
  return [
    ...(counts.length === 0
      ? []
      : [
          graphWidget(
            "Log lines per minute",
            region,
            counts.map(({ name, metric }) => line(name, metric, "Sum", name)),
          ),
        ]),
    ...shown
      .filter(({ metric }) => measures(metric))
      .map(({ name, metric }) =>
        graphWidget(
          `Logs: ${name}`,
          region,
          ["Average", "Maximum"].map((stat) => line(name, metric, stat, stat.toLowerCase())),
        ),
      ),
  ];
}

/** Its value is a field of the log line, not a count. */
function measures({ value }: MergedLogMetric): boolean {
  return typeof value === "string" && value.startsWith("$");
}

function errorLines({ region }: Workload, group: string): Widget {
  const query =
    "fields @timestamp, @message\n| filter @message like /(?i)(fatal|error|exception|panic)/\n| sort @timestamp desc\n| limit 50";
  return logWidget("Recent errors", region, group, query);
}

// The first pillar: does anything send metrics of the application itself, and can what sends them take it down?
import { findOption, outputOf } from "../../api/log-options.ts";
import type { ServiceFacts } from "../../model/audit-facts.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import { driverOf } from "../log-destination.ts";
import { optionsOf } from "../service-log-group.ts";
import {
  isEssential,
  nameOf,
  readContainers,
  type SortedContainers,
  variablesOf,
  versionOf,
} from "./containers.ts";
import { fine, found, foundIn, untold, type Verdict } from "./verdicts.ts";

export function judgeAppMetrics({ workload }: ServiceFacts): Verdict[] {
  const containers = readContainers(workload);
  if (containers === undefined) return [];
  if (!containers.known) return [untold("NoAgent", containers.failure)];
  const { apps, agents, isAgent } = containers.value;
  if (isAgent) return [];
  return [judgeAgent(containers.value), ...(agents.length === 0 ? [] : judgeAgents(apps, agents))];
}

function judgeAgent({ apps, agents, routers }: SortedContainers): Verdict {
  const sends = agents.length > 0 || apps.some(sendsByItself) || [...apps, ...routers].some(sendsByFireLens);
  return sends
    ? fine("NoAgent")
    : found(
        "NoAgent",
        "no container is an agent or exporter that we know, and none is told where to send metrics",
      );
}

/**
 * Variables by which a library in the application is told to send metrics: OpenTelemetry's specification (an exporter alone
 * sends to a collector on localhost), Datadog's and StatsD's clients, the embedded metric format's libraries, Micrometer, New
 * Relic's agents.
 */
const metricVariables =
  /^(OTEL_EXPORTER_OTLP_(METRICS_)?ENDPOINT|OTEL_METRICS_EXPORTER|(DD_)?(DOGSTATSD|STATSD)_(HOST|PORT|URL|ADDR|ADDRESS|ENDPOINT|SERVER|SOCKET)|DD_AGENT_HOST|AWS_EMF_(AGENT_ENDPOINT|ENVIRONMENT|NAMESPACE)|MANAGEMENT_.*_METRICS_EXPORT_.*|NEW_RELIC_LICENSE_KEY|PROMETHEUS_PUSHGATEWAY(_URL)?)$/;

function sendsByItself(container: JsonObject): boolean {
  const variables = variablesOf(container);
  const isOff =
    variables.get("OTEL_METRICS_EXPORTER") === "none" || variables.get("OTEL_SDK_DISABLED") === "true";
  const named = [...variables].filter(([name, value]) => metricVariables.test(name) && value !== "");
  if (named.some(([name]) => !name.startsWith("OTEL_") || !isOff)) return true;
  // The CloudWatch agent finds what to scrape by this label (CloudWatch user guide, Prometheus on ECS).
  const labels = container["dockerLabels"];
  return isObject(labels) && Object.keys(labels).some((label) => /PROMETHEUS_EXPORTER_PORT/i.test(label));
}

/** Outputs of Fluent Bit that carry metrics, and log lines that CloudWatch makes metrics of. */
function sendsByFireLens(container: JsonObject): boolean {
  if (driverOf(container) !== "awsfirelens") return false;
  const options = optionsOf(container);
  if (findOption(options, "log_format")?.[1].toLowerCase() === "json/emf") return true;
  return /^(prometheus_(remote_write|exporter)|opentelemetry)$/.test(outputOf(options) ?? "");
}

/** A FireLens router is no agent here: to wait for it loses no first lines, and without it there is no log at all. */
function judgeAgents(apps: readonly JsonObject[], agents: readonly JsonObject[]): Verdict[] {
  const essential = agents.filter(isEssential).map(nameOf);
  const names = new Set(agents.map(nameOf));
  const waiting = apps.flatMap((app) => waitsOf(app).filter((name) => names.has(name)));
  const unpinned = agents.filter((agent) => /^(latest)?$/.test(versionOf(agent) ?? "")).map(nameOf);
  return [
    foundIn("AgentEssential", essential, (list) => `${list} is essential: the task ends when it does`),
    foundIn(
      "AppWaitsForAgent",
      [...new Set(waiting)],
      (list) => `the application does not start before ${list} is healthy or has ended well`,
    ),
    foundIn("AgentUnpinned", unpinned, (list) => `the image of ${list} names no version`),
  ];
}

/** The containers that one waits for to be healthy, or to end: START alone keeps nothing up. */
function waitsOf({ dependsOn }: JsonObject): string[] {
  const list = Array.isArray(dependsOn) ? dependsOn.filter(isObject) : [];
  return list.flatMap(({ containerName, condition }) =>
    condition === "START" ? [] : [String(containerName)],
  );
}

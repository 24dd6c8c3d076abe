// The containers of a service as an audit sorts them: the application's own, agents beside it, and the FireLens router.
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import { known, type Read } from "../../model/read.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";
import { isRouter } from "../log-destination.ts";

export interface SortedContainers {
  /** The user's own; where there are only agents, they are the application. */
  readonly apps: readonly JsonObject[];
  /** Agents and exporters of metrics, beside the application. */
  readonly agents: readonly JsonObject[];
  readonly routers: readonly JsonObject[];
  /** The service is an agent itself: nothing beside it is missing. */
  readonly isAgent: boolean;
}

/**
 * undefined: the service has no task definition of its own (its task sets have).
 */
export function readContainers({ taskDefinition }: Workload): Read<SortedContainers> | undefined {
  if (!taskDefinition.known)
    return taskDefinition.failure.code === "NoTaskDefinition" ? undefined : taskDefinition;
  return known(sortContainers(containersOf(taskDefinition.value.input)));
}

export function sortContainers(containers: readonly JsonObject[]): SortedContainers {
  const routers = containers.filter(isRouter);
  const rest = containers.filter((container) => !isRouter(container));
  const isAgent = (container: JsonObject): boolean => isKnownAgent(container) || isExporter(container);
  const agents = rest.filter(isAgent);
  const apps = rest.filter((container) => !isAgent(container) && !isHelper(container));
  if (apps.length > 0) return { apps, agents, routers, isAgent: false };
  if (rest.length === 0) return { apps: routers, agents: [], routers: [], isAgent: true };
  return { apps: rest, agents: [], routers, isAgent: !rest.some(isExporter) };
}

/**
 * Repositories of agents: those of our presets, and of the vendors' own documentation; by names that mean nothing else, so
 * that mirrors and images built on them are known, too.
 */
const agentImages =
  /(^|[/_-])(mackerel-container-agent|cloudwatch-agent|otel-collector|opentelemetry-collector|otelcol|adot-collector|datadog-agent|(datadog|datadoghq)\/agent|(newrelic\/)?nri-ecs|newrelic\/infrastructure|grafana[/-](alloy|agent)|prom\/pushgateway|oneagent|activegate|elastic-agent|metricbeat|signalfx-agent|instana\/agent)(-[a-z0-9-]+)?$/;

/** Words that are in the names of many an application: only as the whole name. */
const agentNames =
  /(^|\/)(adot|alloy|cwagent|prometheus|pushgateway|vector|statsd|telegraf|netdata|collectd)$/;

/** What only an agent is given, each list as one agent's documentation has it. */
const agentVariables: readonly (readonly string[])[] = [
  ["CW_CONFIG_CONTENT"],
  ["AOT_CONFIG_CONTENT"],
  ["NRIA_LICENSE_KEY"],
  ["DD_API_KEY", "ECS_FARGATE"],
  ["MACKEREL_APIKEY", "MACKEREL_CONTAINER_PLATFORM"],
];

function isKnownAgent(container: JsonObject): boolean {
  const repository = repositoryOf(container);
  if (agentImages.test(repository) || agentNames.test(repository)) return true;
  const variables = variablesOf(container);
  return agentVariables.some((names) => names.every((name) => variables.has(name)));
}

/** Exporters of what runs beside them, as Prometheus's own list has them. */
const exporterImages =
  /(^|[/_-])(apache|blackbox|celery|elasticsearch|fpm|haproxy|jmx|kafka|memcached|mongodb|mysqld?|nginx|node|pgbouncer|postgres|process|prometheus|rabbitmq|redis|sql|statsd|uwsgi|varnish)[-_]exporter$/;

/**
 * As Prometheus calls them. A name alone is not enough: what exports invoices calls itself so, too. Alone in a task it is an
 * application that exports something else.
 */
function isExporter(container: JsonObject): boolean {
  const repository = repositoryOf(container);
  if (exporterImages.test(repository)) return true;
  return /[-_/]exporter$/.test(repository) && (!isEssential(container) || isScraped(container));
}

/** Prometheus's list of default ports. */
function isScraped({ portMappings }: JsonObject): boolean {
  const mappings = Array.isArray(portMappings) ? portMappings.filter(isObject) : [];
  return mappings.some(({ containerPort: port }) => typeof port === "number" && port >= 9100 && port <= 9999);
}

/** Sidecars that are no application and send no metrics of it: tracing, service mesh, log shipping, guards. */
const helperImages =
  /(aws-xray-daemon|appmesh-envoy|envoyproxy\/envoy|ecs-service-connect-agent|fluent-bit|fluentd|amazon-guardduty|aws-guardduty-agent-fargate|falcon-sensor|sysdig\/.*|lacework\/datacollector)(-[a-z0-9-]+)?$/s;

function isHelper(container: JsonObject): boolean {
  return helperImages.test(repositoryOf(container));
}

/** Without registry host, tag and digest; in lower case. */
function repositoryOf({ image }: JsonObject): string {
  const [reference = ""] = String(image ?? "").split("@");
  return reference.replace(/:[^/:]*$/, "").toLowerCase();
}

/** `undefined` where the image has neither tag nor digest. */
export function versionOf({ image }: JsonObject): string | undefined {
  const [reference = "", digest] = String(image ?? "").split("@");
  return digest ?? /:([^/:]*)$/.exec(reference)?.[1];
}

export function nameOf(container: JsonObject): string {
  return String(container["name"]);
}

/** ECS's default is true. */
export function isEssential(container: JsonObject): boolean {
  return container["essential"] !== false;
}

/** Names of environment variables with values that are given, in the clear or as secrets. */
export function variablesOf({ environment, secrets }: JsonObject): ReadonlyMap<string, string | undefined> {
  const entries = (list: Json | undefined): JsonObject[] =>
    Array.isArray(list) ? list.filter(isObject) : [];
  return new Map([
    ...entries(environment).map(({ name, value }): [string, string | undefined] => [
      String(name),
      typeof value === "string" ? value : undefined,
    ]),
    ...entries(secrets).map(({ name }): [string, undefined] => [String(name), undefined]),
  ]);
}

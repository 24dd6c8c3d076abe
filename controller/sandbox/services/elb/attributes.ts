// Key-value attributes of load balancers, target groups and listeners, with AWS's defaults.
import type { Input, Operation } from "../../service.ts";
import { checks } from "./errors.ts";
import type { ElbStore } from "./store.ts";

const ACCESS_LOGS = {
  "access_logs.s3.enabled": "false",
  "access_logs.s3.bucket": "",
  "access_logs.s3.prefix": "",
};
const ZONAL_SHIFT = { "zonal_shift.config.enabled": "false" };
const TARGET_GROUP_HEALTH = {
  "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
};

export const ATTRIBUTES = {
  application: {
    ...ACCESS_LOGS,
    ...ZONAL_SHIFT,
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
  },
  network: {
    ...ACCESS_LOGS,
    ...ZONAL_SHIFT,
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "false",
  },
  applicationGroup: {
    ...TARGET_GROUP_HEALTH,
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
  },
  networkGroup: {
    ...TARGET_GROUP_HEALTH,
    "deregistration_delay.connection_termination.enabled": "false",
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
  },
  lambdaGroup: { "lambda.multi_value_headers.enabled": "false" },
  httpListener: { "routing.http.response.server.enabled": "true" },
  networkListener: { "tcp.idle_timeout.seconds": "350" },
} as const;

const SECONDS: Readonly<Record<string, (seconds: number) => boolean>> = {
  "deregistration_delay.timeout_seconds": (seconds) => seconds >= 0 && seconds <= 3600,
  "slow_start.duration_seconds": (seconds) => seconds === 0 || (seconds >= 30 && seconds <= 900),
  "idle_timeout.timeout_seconds": (seconds) => seconds >= 1 && seconds <= 4000,
  "tcp.idle_timeout.seconds": (seconds) => seconds >= 60 && seconds <= 6000,
};

export function createAttributeOperations(store: ElbStore): Record<string, Operation> {
  return {
    ...pair("LoadBalancer", (input) => store.loadBalancer(checks.requiredText(input, "LoadBalancerArn"))),
    ...pair("TargetGroup", (input) => store.targetGroup(checks.requiredText(input, "TargetGroupArn"))),
    ...pair("Listener", (input) => store.listener(checks.requiredText(input, "ListenerArn"))),
  };
}

function pair(
  what: string,
  find: (input: Input) => { readonly attributes: Map<string, string> },
): Record<string, Operation> {
  return {
    [`Describe${what}Attributes`]: (input) => ({ Attributes: listOf(find(input).attributes) }),
    [`Modify${what}Attributes`]: (input) => {
      const { attributes } = find(input);
      const list = checks.list(input, "Attributes", { min: 1, max: 20 });
      if (list === undefined) throw checks.fail("Attributes must not be null");
      const changes = list.map((each) => readAttribute(each, attributes));
      for (const [key, value] of changes) attributes.set(key, value);
      return { Attributes: listOf(attributes) };
    },
  };
}

function readAttribute(input: Input, known: ReadonlyMap<string, string>): [string, string] {
  const key = checks.requiredText(input, "Key", { max: 256 });
  const value = checks.text(input, "Value", { max: 1024 }) ?? "";
  const old = known.get(key);
  if (old === undefined) throw checks.fail(`Attribute key '${key}' is not recognized`);
  if ((old === "true" || old === "false") && value !== "true" && value !== "false")
    throw checks.fail(`'${value}' is not a valid value for '${key}'; it must be true or false`);
  const allowed = SECONDS[key];
  if (allowed !== undefined && !(/^\d+$/.test(value) && allowed(Number(value))))
    throw checks.fail(`'${value}' is not a valid value for '${key}'`);
  return [key, value];
}

function listOf(attributes: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...attributes].map(([Key, Value]) => ({ Key, Value })).sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

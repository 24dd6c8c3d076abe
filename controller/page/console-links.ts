// Where things stand in the AWS console, in the partition of their Region.
import { encode } from "./query.ts";

const consoles: readonly (readonly [start: string, host: string])[] = [
  ["cn-", "console.amazonaws.cn"],
  ["us-gov-", "console.amazonaws-us-gov.com"],
  ["", "console.aws.amazon.com"],
];

interface Place {
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
}

export function serviceInConsole({ region, cluster, service }: Place): string {
  const place = `clusters/${encode(cluster)}/services/${encode(service)}`;
  return `${consoleOf(region)}/ecs/v2/${place}/health?region=${encode(region)}`;
}

export function alarmInConsole(region: string, name: string): string {
  return `${cloudWatch(region)}#alarmsV2:alarm/${encode(name)}`;
}

export function logGroupInConsole(region: string, name: string): string {
  const twice = encode(encode(name)).replaceAll("%", "$");
  return `${cloudWatch(region)}#logsV2:log-groups/log-group/${twice}`;
}

export function dashboardInConsole(region: string, name: string): string {
  return `${cloudWatch(region)}#dashboards/dashboard/${encode(name)}`;
}

function cloudWatch(region: string): string {
  return `${consoleOf(region)}/cloudwatch/home?region=${encode(region)}`;
}

/** A Region that is none leads nowhere else: what of it is no label of a host is left out. */
function consoleOf(region: string): string {
  const [, host] = consoles.find(([start]) => region.startsWith(start)) ?? ["", "console.aws.amazon.com"];
  const label = /^[a-z0-9-]{1,40}$/.test(region) ? `${region}.` : "";
  return `https://${label}${host}`;
}

// Where things stand in the AWS console, in the partition of their Region; nowhere, where its console is not known.
import { consoleHost, partitionOf } from "../model/partition.ts";
import { encode } from "./query.ts";

interface Place {
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
}

export function serviceInConsole({ region, cluster, service }: Place): string | undefined {
  const place = `clusters/${encode(cluster)}/services/${encode(service)}`;
  return under(region, `/ecs/v2/${place}/health?region=${encode(region)}`);
}

export function alarmInConsole(region: string, name: string): string | undefined {
  return inCloudWatch(region, `alarmsV2:alarm/${encode(name)}`);
}

export function logGroupInConsole(region: string, name: string): string | undefined {
  const twice = encode(encode(name)).replaceAll("%", "$");
  return inCloudWatch(region, `logsV2:log-groups/log-group/${twice}`);
}

export function dashboardInConsole(region: string, name: string): string | undefined {
  return inCloudWatch(region, `dashboards/dashboard/${encode(name)}`);
}

function inCloudWatch(region: string, place: string): string | undefined {
  return under(region, `/cloudwatch/home?region=${encode(region)}#${place}`);
}

/** A Region that is none leads nowhere else: what of it is no label of a host is left out. */
function under(region: string, path: string): string | undefined {
  const host = consoleHost(partitionOf(region));
  const label = /^[a-z0-9-]{1,40}$/.test(region) ? `${region}.` : "";
  return host === undefined ? undefined : `https://${label}${host}${path}`;
}

// What an audit of a large estate without any monitoring costs in calls, time and memory, all in one pass.
import { startSandbox } from "../controller/sandbox/server.ts";
import { useEndpoint } from "./estate.ts";
import { sum } from "./floor.ts";
import { type Command, measureSuccess } from "./measure.ts";
import { countWithoutService } from "./results.ts";

export interface AuditResult {
  readonly services: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly floor: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Before a real account: inside AWS's request rates. */
  readonly secondsInRates: number;
  readonly peakMegabytes: number | undefined;
}

/** @param node makes a command of the arguments after `node` */
export async function benchAudit(
  cli: string,
  services: number,
  node: (args: readonly string[]) => Command,
): Promise<AuditResult> {
  const sandbox = await startSandbox({ services, seed: "empty", region: "us-east-1" });
  useEndpoint(sandbox.endpoint);
  try {
    const audit = node([cli, "audit", "--format", "json"]);
    sandbox.control.clearCalls();
    const { seconds, peakMegabytes } = await measureSuccess(audit);
    const calls = countWithoutService(sandbox.control.counts());
    const inRates = { ...audit, env: { ...audit.env, ECSMON_RATE_LIMITS: "on" } };
    const { seconds: secondsInRates } = await measureSuccess(inRates);
    return {
      services,
      calls,
      floor: countAuditFloor(sandbox, services),
      seconds,
      secondsInRates,
      peakMegabytes,
    };
  } finally {
    await sandbox.close();
  }
}

/** The fewest calls, by the page and batch sizes of the AWS API references. */
function countAuditFloor(
  { control }: Awaited<ReturnType<typeof startSandbox>>,
  services: number,
): Record<string, number> {
  const { clusterArns } = control.call("ecs", "ListClusters", {}) as { clusterArns: string[] };
  const pages = (items: number, size: number): number => Math.max(1, Math.ceil(items / size));
  const sizes = clusterArns.map((cluster) => {
    const { clusters } = control.call("ecs", "DescribeClusters", { clusters: [cluster] }) as {
      clusters: { activeServicesCount: number }[];
    };
    return clusters[0]?.activeServicesCount ?? 0;
  });
  return {
    ListClusters: 1,
    DescribeClusters: pages(sizes.length, 100),
    ListServices: sum(sizes.map((count) => pages(count, 100))),
    DescribeServices: sum(sizes.map((count) => Math.ceil(count / 10))),
    // Each has a revision, a target group and a log group of its own.
    DescribeTaskDefinition: services,
    DescribeTargetGroups: pages(services, 400),
    DescribeLogGroups: pages(services, 50),
    DescribeAlarms: 1,
    DescribeMetricFilters: 1,
    ListRules: 1,
  };
}

export function renderAudit({
  services,
  calls,
  floor,
  seconds,
  secondsInRates,
  peakMegabytes,
}: AuditResult): string {
  const rows = Object.entries(calls).map(
    ([operation, made]) => `  ${operation.padEnd(24)} ${made} (needed: ${floor[operation] ?? 0})`,
  );
  return [
    `audit of ${services} services: ${sum(Object.values(calls))} calls (needed: ${sum(Object.values(floor))}), ${seconds.toFixed(2)} s, inside AWS's rates ${secondsInRates.toFixed(2)} s, ${peakMegabytes === undefined ? "?" : peakMegabytes.toFixed(0)} MB`,
    ...rows,
    "",
  ].join("\n");
}

// The one table of prices: AWS's list prices of us-east-1 in USD, and where each was found. AWS's pricing pages load their
// numbers by script and its price list has no stable form, so that none of this can be read when a plan is made; who
// needs other numbers (another Region, a discount) gives them with `--prices`. Pure.
import type { GivenPrices, PriceBasis, PriceList, PriceName } from "../model/cost.ts";

export interface Price {
  /** USD a unit, the first tier where there are several; undefined: none was found. */
  readonly usd: number | undefined;
  readonly what: string;
  readonly unit: string;
  /** The page of AWS's that tells what is charged; its usage type in AWS's bills and price list, where it has one. */
  readonly source: string;
  readonly usageType?: string;
  /** The number was found as what AWS's Price List API answers for the usage type. */
  readonly isConfirmed: boolean;
}

const cloudWatch = "https://aws.amazon.com/cloudwatch/pricing/";
const fargate = "https://aws.amazon.com/fargate/pricing/";

/** When the numbers were looked up, and whose they are. */
export const priceTable = {
  date: "2026-11-22",
  region: "us-east-1",
  source: `${cloudWatch} and ${fargate}`,
} as const;

/** AWS's own month: 730 hours. */
export const hoursPerMonth = 730;

export const prices: Readonly<Record<PriceName, Price>> = {
  // Metrics are what is charged, not alarms: each metric that an alarm names, and two more for the band of an anomaly
  // alarm (CloudWatch user guide, "CloudWatch billing and cost").
  alarmMetric: {
    usd: 0.1,
    what: "metrics of alarms",
    unit: "metric-month",
    source: cloudWatch,
    usageType: "CW:AlarmMonitorUsage",
    isConfirmed: true,
  },
  alarmMetricHighResolution: {
    usd: 0.3,
    what: "metrics of alarms, high resolution",
    unit: "metric-month",
    source: cloudWatch,
    usageType: "CW:HighResAlarmMonitorUsage",
    isConfirmed: true,
  },
  compositeAlarm: {
    usd: 0.5,
    what: "composite alarms",
    unit: "alarm-month",
    source: cloudWatch,
    usageType: "CW:CompositeAlarmMonitorUsage",
    isConfirmed: true,
  },
  // Newer than every text on prices that was found.
  logAlarm: {
    usd: undefined,
    what: "log alarms",
    unit: "alarm-month",
    source: cloudWatch,
    isConfirmed: false,
  },
  customMetric: {
    usd: 0.3,
    what: "custom metrics (the first 10,000)",
    unit: "metric-month",
    source: cloudWatch,
    usageType: "CW:MetricMonitorUsage",
    isConfirmed: true,
  },
  insightsMetric: {
    usd: 0.07,
    what: "metrics of Container Insights, enhanced",
    unit: "metric-month",
    source: cloudWatch,
    isConfirmed: false,
  },
  dashboard: {
    usd: 3,
    what: "dashboards",
    unit: "dashboard-month",
    source: cloudWatch,
    usageType: "DashboardsUsageHour",
    isConfirmed: false,
  },
  fargateVcpuHour: {
    usd: 0.04048,
    what: "Fargate vCPU, Linux on x86",
    unit: "vCPU-hour",
    source: fargate,
    usageType: "Fargate-vCPU-Hours:perCPU",
    isConfirmed: true,
  },
  fargateGbHour: {
    usd: 0.004445,
    what: "Fargate memory, Linux on x86",
    unit: "GB-hour",
    source: fargate,
    usageType: "Fargate-GB-Hours",
    isConfirmed: true,
  },
  fargateArmVcpuHour: {
    usd: 0.03238,
    what: "Fargate vCPU, Linux on ARM",
    unit: "vCPU-hour",
    source: fargate,
    usageType: "Fargate-ARM-vCPU-Hours:perCPU",
    isConfirmed: true,
  },
  fargateArmGbHour: {
    usd: 0.00356,
    what: "Fargate memory, Linux on ARM",
    unit: "GB-hour",
    source: fargate,
    usageType: "Fargate-ARM-GB-Hours",
    isConfirmed: true,
  },
  // Older answers of the Price List API have about twice as much for these two, newer texts that quote it have these.
  fargateWindowsVcpuHour: {
    usd: 0.046552,
    what: "Fargate vCPU, Windows",
    unit: "vCPU-hour",
    source: fargate,
    usageType: "Fargate-Windows-vCPU-Hours:perCPU",
    isConfirmed: false,
  },
  fargateWindowsLicenceVcpuHour: {
    usd: 0.046,
    what: "Windows licences on Fargate",
    unit: "vCPU-hour",
    source: fargate,
    usageType: "Fargate-Windows-OS-Hours:perCPU",
    isConfirmed: true,
  },
  fargateWindowsGbHour: {
    usd: 0.00511175,
    what: "Fargate memory, Windows",
    unit: "GB-hour",
    source: fargate,
    usageType: "Fargate-Windows-GB-Hours",
    isConfirmed: false,
  },
};

/** What holds in one Region: what was given for it, what was given for all, the table. */
export interface PricesHere {
  readonly given: PriceList;
  readonly find: (name: PriceName) => { readonly usd: number | undefined; readonly basis: PriceBasis };
}

export function pricesIn(region: string, file?: GivenPrices): PricesHere {
  const given: PriceList = { ...file?.prices, ...file?.regions[region] };
  return {
    given,
    find(name) {
      const own = given[name];
      if (own !== undefined) return { usd: own, basis: "given" };
      const { usd, isConfirmed } = prices[name];
      if (usd === undefined) return { usd, basis: "unknown" };
      return { usd, basis: isConfirmed ? "confirmed" : "unconfirmed" };
    },
  };
}

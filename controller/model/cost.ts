// What a plan would cost: its shape, what its changes are multiplied by, and the names of the prices that it is made of.

/** What `--prices` takes; the table of them is core/prices.ts. */
export const priceNames = [
  "alarmMetric",
  "alarmMetricHighResolution",
  "compositeAlarm",
  "logAlarm",
  "customMetric",
  "insightsMetric",
  "dashboard",
  "fargateVcpuHour",
  "fargateGbHour",
  "fargateArmVcpuHour",
  "fargateArmGbHour",
  "fargateWindowsVcpuHour",
  "fargateWindowsLicenceVcpuHour",
  "fargateWindowsGbHour",
] as const;
export type PriceName = (typeof priceNames)[number];

/** USD by name; what is left out is the table's. */
export type PriceList = Readonly<Partial<Record<PriceName, number>>>;

/** What a file of prices says. */
export interface GivenPrices {
  readonly prices: PriceList;
  /** Region → what is stronger there. */
  readonly regions: Readonly<Record<string, PriceList>>;
}

/**
 * `given`: by `--prices`; `confirmed`: found as what AWS's Price List API answers; `unconfirmed`: only in texts of others;
 * `unknown`: not found at all.
 */
export type PriceBasis = "given" | "confirmed" | "unconfirmed" | "unknown";

export interface CostLine {
  readonly price: PriceName;
  readonly what: string;
  /** Units a month that come (or, below 0, go). */
  readonly count: number;
  readonly unit: string;
  readonly basis: PriceBasis;
  /** USD of one unit; left out: unknown. */
  readonly each?: number;
  /** USD, to the cent. */
  readonly monthly?: number;
}

/** Of a plan: what its changes, once written, add to a month's bill. */
export interface Cost {
  readonly currency: "USD";
  /** The sum of the lines; below 0: the bill becomes smaller. */
  readonly monthly: number;
  /** In the order of {@link priceNames}; none counts 0. */
  readonly lines: readonly CostLine[];
  readonly prices: {
    /** `YYYY-MM-DD`: when the table was looked up. */
    readonly date: string;
    /** Whose list prices the table has. */
    readonly region: string;
    readonly source: string;
    /** Those that a file of prices gave for this Region. */
    readonly given: readonly PriceName[];
  };
  /** What is not counted, or is counted by an assumption. */
  readonly notes: readonly string[];
}

export type InsightsMode = "disabled" | "enabled" | "enhanced";

/** Container Insights of one cluster: how many metrics it sends. */
export interface InsightsUse {
  readonly mode: InsightsMode;
  readonly metrics: number;
}

/** What changes are multiplied by, as it runs at the time of the plan. */
export interface Scale {
  /** Of services whose task definitions change, by the service's ARN. */
  readonly services: ReadonlyMap<string, { readonly tasks: number; readonly onFargate: boolean }>;
  /** Of clusters in which the plan changes what Container Insights sends. */
  readonly insights: readonly {
    readonly cluster: string;
    readonly before: InsightsUse;
    readonly after: InsightsUse;
    /** Not all of the cluster's services were read. */
    readonly isPartial: boolean;
  }[];
}

// Whether metrics have ever been seen, from ListMetrics, which knows those of the last two weeks (API reference).
import { ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import type { WatchedMetric } from "../model/alarm-facts.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";

/** ListMetrics takes so many dimensions. */
const maxDimensions = 10;

/** Whether there is one with these very dimensions and no others. */
export async function isMetricSeen(
  aws: AwsClients,
  { namespace, name, dimensions }: WatchedMetric,
): Promise<Read<boolean>> {
  const wanted = new Map(dimensions.map(({ Name, Value }) => [Name, Value]));
  const operation = "cloudwatch:ListMetrics";
  const seen = new Set<string>();
  let NextToken: string | undefined;
  try {
    do {
      const answer = await aws.cloudwatch.send(
        new ListMetricsCommand({
          Namespace: namespace,
          MetricName: name,
          Dimensions: dimensions.slice(0, maxDimensions).map(({ Name, Value }) => ({ Name, Value })),
          NextToken,
        }),
      );
      if (answer.Metrics === undefined) throw malformed(operation, "its list");
      const isThere = answer.Metrics.some(({ Dimensions = [] }) => {
        const isSame = Dimensions.every(({ Name = "", Value }) => wanted.get(Name) === Value);
        return isSame && Dimensions.length === wanted.size;
      });
      if (isThere) return known(true);
      NextToken = answer.NextToken || undefined;
      if (NextToken !== undefined && seen.has(NextToken))
        throw malformed(operation, "an end: it gave the same page token twice");
      if (NextToken !== undefined) seen.add(NextToken);
    } while (NextToken !== undefined);
    return known(false);
  } catch (error) {
    return unknown(describeAwsError(error, operation));
  }
}

// Whether metrics have ever been seen, from ListMetrics, which knows those of the last two weeks (API reference).
import { ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import PQueue from "p-queue";
import { metricKey, type WatchedMetric } from "../model/alarm-facts.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";

/** ListMetrics takes so many dimensions. */
const maxDimensions = 10;
/** With more metrics of one name than these, all of that name are listed, 500 a call, instead of each for itself. */
const maxAsked = 20;
/** Requests at once. */
const concurrency = 10;

const operation = "cloudwatch:ListMetrics";

/**
 * Whether there is one with the very dimensions of each and no others, by {@link metricKey}.
 * @param report told of how many are done
 */
export async function readSeenMetrics(
  aws: AwsClients,
  metrics: Iterable<WatchedMetric>,
  report: (done: number, total: number) => void,
): Promise<ReadonlyMap<string, Read<boolean>>> {
  const wanted = new Map([...metrics].map((metric) => [metricKey(metric), metric]));
  const byName = new Map<string, WatchedMetric[]>();
  for (const metric of wanted.values()) {
    const name = JSON.stringify([metric.namespace, metric.name]);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [metric]);
    else same.push(metric);
  }
  const seen = new Map<string, Read<boolean>>();
  const tell = (metric: WatchedMetric, answer: Read<boolean>): void => {
    seen.set(metricKey(metric), answer);
    report(seen.size, wanted.size);
  };
  const queue = new PQueue({ concurrency });
  if (wanted.size > 0) report(0, wanted.size);
  const left = await queue.addAll(
    [...byName.values()].map((same) => async () => {
      if (same.length <= maxAsked) return same;
      const listed = await attempt(() => listKeys(aws, same));
      // A name that very many have: those that are not found soon are asked for after all.
      const isLeft = (metric: WatchedMetric) =>
        listed.known && !listed.value.isWhole && !listed.value.keys.has(metricKey(metric));
      for (const metric of same)
        if (!isLeft(metric))
          tell(metric, listed.known ? known(listed.value.keys.has(metricKey(metric))) : listed);
      return same.filter(isLeft);
    }),
  );
  await queue.addAll(
    left.flat().map((metric) => async () => tell(metric, await attempt(() => isMetricSeen(aws, metric)))),
  );
  return seen;
}

async function attempt<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return known(await read());
  } catch (error) {
    return unknown(describeAwsError(error, operation));
  }
}

async function isMetricSeen(aws: AwsClients, metric: WatchedMetric): Promise<boolean> {
  const key = metricKey(metric);
  for await (const page of listPages(aws, metric, metric.dimensions.slice(0, maxDimensions)))
    if (page.includes(key)) return true;
  return false;
}

/** Of metrics of one name, in no more calls than asking for each of them would take. */
async function listKeys(
  aws: AwsClients,
  wanted: readonly WatchedMetric[],
): Promise<{ readonly keys: ReadonlySet<string>; readonly isWhole: boolean }> {
  const [any] = wanted;
  const keys = new Set<string>();
  const missing = new Set(wanted.map(metricKey));
  let calls = 0;
  if (any !== undefined)
    for await (const page of listPages(aws, any, [])) {
      calls += 1;
      for (const key of page) if (missing.delete(key)) keys.add(key);
      if (missing.size === 0) break;
      if (calls >= wanted.length) return { keys, isWhole: false };
    }
  return { keys, isWhole: true };
}

async function* listPages(
  aws: AwsClients,
  { namespace, name }: Pick<WatchedMetric, "namespace" | "name">,
  dimensions: WatchedMetric["dimensions"],
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  let NextToken: string | undefined;
  do {
    const answer = await aws.cloudwatch.send(
      new ListMetricsCommand({
        Namespace: namespace,
        MetricName: name,
        Dimensions: dimensions.map(({ Name, Value }) => ({ Name, Value })),
        NextToken,
      }),
    );
    if (answer.Metrics === undefined) throw malformed(operation, "its list");
    yield answer.Metrics.map(({ Dimensions = [] }) =>
      metricKey({
        namespace,
        name,
        dimensions: Dimensions.map(({ Name = "", Value = "" }) => ({ Name, Value })),
      }),
    );
    NextToken = answer.NextToken || undefined;
    if (NextToken !== undefined && seen.has(NextToken))
      throw malformed(operation, "an end: it gave the same page token twice");
    if (NextToken !== undefined) seen.add(NextToken);
  } while (NextToken !== undefined);
}

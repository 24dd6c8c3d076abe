// The past of metrics, from GetMetricData: what alarms are tested with. Metric math, percentiles and anomaly bands are
// computed by CloudWatch. Answers are handed on as they come: thousands of alarms have more datapoints than there is room.
// Source: CloudWatch API reference, GetMetricData.
import {
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import PQueue from "p-queue";
import type { MetricQuery, Series } from "../model/backtest.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, errorName, malformed } from "./errors.ts";

/** What belongs together: an alarm's queries, which may name each other. */
export interface HistoryRequest {
  readonly key: string;
  readonly queries: readonly MetricQuery[];
}

export interface HistoryTime {
  /** Epoch milliseconds, whole steps; `until` is not in it. */
  readonly from: number;
  readonly until: number;
  /** Seconds between datapoints. */
  readonly step: number;
}

/** Of one request. */
const maxQueries = 500;
/** More come in pages; but of requests with metric math there are no pages. */
const maxDatapoints = 100_800;
/** Requests at once: each answer may be some megabytes. */
const concurrency = 4;

const operation = "cloudwatch:GetMetricData";

/** Gives each request's series to `use`, once. */
export async function readMetricHistory(
  aws: AwsClients,
  time: HistoryTime,
  requests: readonly HistoryRequest[],
  use: (key: string, history: Read<readonly Series[]>) => void,
): Promise<void> {
  const queue = new PQueue({ concurrency });
  const batches = pack(requests, (time.until - time.from) / (time.step * 1000));
  await queue.addAll(batches.map((batch) => () => readBatch(aws, time, batch, use)));
}

function pack(requests: readonly HistoryRequest[], points: number): HistoryRequest[][] {
  const batches: HistoryRequest[][] = [];
  let room = { queries: 0, datapoints: 0 };
  for (const request of requests) {
    const needs = { queries: request.queries.length, datapoints: countSeries(request) * points };
    const isAlone = request.queries.some(({ Expression = "" }) => /\bMETRICS\s*\(/.test(Expression));
    const open = batches.at(-1);
    if (
      open !== undefined &&
      !isAlone &&
      needs.queries <= room.queries &&
      needs.datapoints <= room.datapoints
    )
      open.push(request);
    else {
      batches.push([request]);
      room = { queries: maxQueries, datapoints: maxDatapoints };
    }
    // METRICS() means every metric of its request, so nothing may join it.
    room = isAlone
      ? { queries: 0, datapoints: 0 }
      : { queries: room.queries - needs.queries, datapoints: room.datapoints - needs.datapoints };
  }
  return batches;
}

/** A band is two of them. */
function countSeries({ queries }: HistoryRequest): number {
  return queries
    .filter(({ ReturnData }) => ReturnData)
    .reduce((sum, { Expression = "" }) => sum + (Expression.includes("ANOMALY_DETECTION_BAND") ? 2 : 1), 0);
}

async function readBatch(
  aws: AwsClients,
  time: HistoryTime,
  batch: readonly HistoryRequest[],
  use: (key: string, history: Read<readonly Series[]>) => void,
): Promise<void> {
  try {
    const queries = batch.flatMap(({ queries: own }, index) => rename(own, prefixOf(index)));
    const results = await readResults(aws, time, queries);
    for (const [index, { key, queries: own }] of batch.entries())
      use(key, collect(own, results, prefixOf(index)));
  } catch (error) {
    // One query that CloudWatch does not take spoils the whole request: halves of it tell which.
    if (batch.length > 1 && /Validation|InvalidParameter/.test(errorName(error))) {
      const middle = Math.ceil(batch.length / 2);
      await readBatch(aws, time, batch.slice(0, middle), use);
      await readBatch(aws, time, batch.slice(middle), use);
      return;
    }
    const failure = describeAwsError(error, operation);
    for (const { key } of batch) use(key, unknown(failure));
  }
}

function prefixOf(index: number): string {
  return `q${index}_`;
}

/** Ids are unique within a request; expressions name them. */
function rename(queries: readonly MetricQuery[], prefix: string): MetricDataQuery[] {
  const ids = new Set(queries.map(({ Id }) => Id));
  return queries.map(({ Expression, ...query }) => ({
    ...(query as MetricDataQuery),
    Id: `${prefix}${query.Id}`,
    ...(Expression === undefined
      ? {}
      : {
          Expression: Expression.replace(/"[^"]*"|'[^']*'|\d[\w.]*|[A-Za-z_]\w*/g, (word) =>
            ids.has(word) ? `${prefix}${word}` : word,
          ),
        }),
  }));
}

interface Result {
  /** As CloudWatch calls it: the edges of a band have one id. */
  readonly label: string;
  readonly times: number[];
  readonly values: number[];
  status: string;
  message: string;
}

/** By id; a band has two of one. */
type Results = Map<string, Result[]>;

async function readResults(
  aws: AwsClients,
  { from, until }: HistoryTime,
  MetricDataQueries: MetricDataQuery[],
): Promise<Results> {
  const results: Results = new Map();
  const seen = new Set<string>();
  let NextToken: string | undefined;
  do {
    const answer = await aws.cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries,
        StartTime: new Date(from),
        EndTime: new Date(until),
        ScanBy: "TimestampAscending",
        NextToken,
      }),
    );
    if (answer.MetricDataResults === undefined) throw malformed(operation, "its list");
    const said = (answer.Messages ?? []).map(({ Value }) => Value ?? "").join("; ");
    addPage(results, answer.MetricDataResults, said);
    NextToken = answer.NextToken || undefined;
    if (NextToken !== undefined && seen.has(NextToken))
      throw malformed(operation, "an end: it gave the same page token twice");
    if (NextToken !== undefined) seen.add(NextToken);
  } while (NextToken !== undefined);
  return results;
}

function addPage(results: Results, page: readonly MetricDataResult[], said: string): void {
  const added = new Set<Result>();
  for (const { Id = "", Label = "", Timestamps = [], Values = [], StatusCode, Messages = [] } of page) {
    const all = results.get(Id) ?? [];
    results.set(Id, all);
    const found = all.find((one) => one.label === Label && !added.has(one));
    const result = found ?? { label: Label, times: [], values: [], status: "", message: "" };
    if (found === undefined) all.push(result);
    added.add(result);
    const [begin] = Timestamps;
    // What does not go on where the page before ended is of something else: edges of a band that are called alike.
    if (begin !== undefined && begin.getTime() <= (result.times.at(-1) ?? Number.NEGATIVE_INFINITY))
      throw malformed(operation, `pages of ${Id} that follow each other`);
    for (const time of Timestamps) result.times.push(time.getTime());
    for (const value of Values) result.values.push(value);
    result.status = StatusCode ?? "Complete";
    result.message = [...Messages.map(({ Value }) => Value ?? ""), said]
      .filter((text) => text !== "")
      .join("; ");
  }
  for (const { Id = "", Label = "" } of page) {
    const alike = (results.get(Id) ?? []).filter(({ label }) => label === Label);
    if (alike.length > 1 && !alike.every((one) => added.has(one)))
      throw malformed(operation, `the same results of ${Id} on each page`);
  }
}

/** A part of the past is not the past. */
function collect(queries: readonly MetricQuery[], results: Results, prefix: string): Read<readonly Series[]> {
  const series: Series[] = [];
  for (const { Id, ReturnData } of queries) {
    if (!ReturnData) continue;
    const found = results.get(`${prefix}${Id}`) ?? [];
    if (found.length === 0)
      return unknown({ code: "MalformedAnswer", message: `${operation} gave no result for ${Id}` });
    for (const { times, values, status, message } of found) {
      if (status !== "Complete" || times.length !== values.length)
        return unknown({
          code: status === "Complete" ? "MalformedAnswer" : status,
          message: `${operation} gave only a part of ${Id}${message === "" ? "" : `: ${message}`}`,
        });
      series.push({ id: Id, times, values });
    }
  }
  return known(series);
}

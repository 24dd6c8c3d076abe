// Whether metrics are there, in no more calls than it takes. Against the sandbox.
import { describe, expect, it } from "vitest";
import { readSeenMetrics } from "../../../controller/aws/seen-metrics.ts";
import { metricKey, type WatchedMetric } from "../../../controller/model/alarm-facts.ts";
import { useSandboxClients } from "../../support/sandbox-clients.ts";

const given = useSandboxClients();

type Dimensions = WatchedMetric["dimensions"];

function plant(Dimensions: Dimensions, MetricName = "M"): void {
  const Timestamp = new Date(given.sandbox.control.now() - 60_000);
  given.sandbox.control.plantMetrics({
    Namespace: "N",
    MetricData: [{ MetricName, Dimensions: [...Dimensions], Timestamp, Value: 1 }],
  });
}
const metric = (dimensions: Dimensions, name = "M"): WatchedMetric => ({
  namespace: "N",
  name,
  dimensions,
  statistic: "Sum",
});
const service = (index: number): Dimensions => [
  { Name: "Cluster", Value: "c" },
  { Name: "Service", Value: `s${index}` },
];
const calls = () => given.sandbox.control.counts()["monitoring:ListMetrics"] ?? 0;

async function ask(metrics: readonly WatchedMetric[]) {
  const reports: (readonly [number, number])[] = [];
  const seen = await readSeenMetrics(given.aws, metrics, (...report) => reports.push(report));
  return { answers: metrics.map((one) => seen.get(metricKey(one))), reports };
}
const yes = { known: true, value: true };
const no = { known: true, value: false };

describe("a metric is seen", () => {
  it("with its very dimensions, on whatever page", async () => {
    for (let index = 0; index < 600; index += 1) plant(service(index));
    const cluster = service(0).slice(0, 1);
    expect((await ask([metric(cluster)])).answers).toEqual([no]);
    expect(calls()).toBe(2);
    plant(cluster);
    expect((await ask([metric(cluster), metric([...service(7)].reverse())])).answers).toEqual([yes, yes]);
  });

  it("not, where that could not be read", async () => {
    given.sandbox.control.addFault({ operation: "ListMetrics", action: "denied" });
    const denied = { known: false, failure: { code: "AccessDenied" } };
    expect((await ask([metric([])])).answers).toMatchObject([denied]);
    const many = Array.from({ length: 30 }, (_, index) => metric(service(index)));
    expect((await ask(many)).answers).toMatchObject(many.map(() => denied));
  });
});

describe("many metrics of one name", () => {
  it("are found in one list of all, and progress is told", async () => {
    for (let index = 0; index < 100; index += 2) plant(service(index));
    plant(service(1), "Other");
    const many = Array.from({ length: 100 }, (_, index) => metric(service(index)));
    const { answers, reports } = await ask([...many, metric(service(1), "Other"), ...many]);
    const expected = many.map((_, index) => (index % 2 === 0 ? yes : no));
    expect(answers).toEqual([...expected, yes, ...expected]);
    expect(calls()).toBe(2);
    expect(reports[0]).toEqual([0, 101]);
    expect(reports.at(-1)).toEqual([101, 101]);
    expect(reports.map(([done]) => done)).toEqual(Array.from({ length: 102 }, (_, index) => index));
  });

  it("take no more calls than twice as many, however many others have the name", async () => {
    for (let index = 0; index < 12_000; index += 1) plant(service(index));
    const some = Array.from({ length: 21 }, (_, index) => metric(service(index * 571)));
    const none = metric(service(99_999));
    const { answers } = await ask([...some, none]);
    expect(answers).toEqual([...some.map(() => yes), no]);
    expect(calls()).toBeLessThanOrEqual(44);
  });
});

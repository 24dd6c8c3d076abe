// GetMetricData in as few requests as it takes, and never a part of the past for the whole. Against the sandbox.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsClients } from "../../../controller/aws/clients.ts";
import { type HistoryRequest, readMetricHistory } from "../../../controller/aws/metric-history.ts";
import type { MetricQuery, Series } from "../../../controller/model/backtest.ts";
import type { Read } from "../../../controller/model/read.ts";
import { useSandboxClients } from "../../support/sandbox-clients.ts";

const minute = 60_000;
const hour = 60 * minute;
const given = useSandboxClients();
let now: number;

beforeEach(() => {
  now = Math.floor(given.sandbox.control.now() / hour) * hour;
});

function plant(name: string, minutes: number, valueAt: (index: number) => number = (index) => index): void {
  given.sandbox.control.plantMetrics({
    Namespace: "AWS/ECS",
    MetricData: Array.from({ length: minutes }, (_, index) => ({
      MetricName: name,
      Timestamp: new Date(now - (minutes - index) * minute),
      Value: valueAt(index),
    })),
  });
}

const stat = (Id: string, MetricName: string, over: Partial<MetricQuery> = {}): MetricQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: "AWS/ECS", MetricName, Dimensions: [] }, Period: 60, Stat: "Sum" },
  ReturnData: true,
  ...over,
});

async function read(requests: readonly HistoryRequest[], minutes: number) {
  const answers = new Map<string, Read<readonly Series[]>>();
  const time = { from: now - minutes * minute, until: now, step: 60 };
  await readMetricHistory(given.aws, time, requests, (key, history) => {
    expect(answers.has(key)).toBe(false);
    answers.set(key, history);
  });
  return answers;
}

const values = (answer: Read<readonly Series[]> | undefined) =>
  answer?.known ? answer.value.map((series) => series.values) : answer;
const calls = () => given.sandbox.control.calls({ operation: "GetMetricData" });

describe("metric history", () => {
  it("asks for 500 at once, oldest first", async () => {
    plant("a", 3);
    const requests = Array.from({ length: 750 }, (_, index) => ({
      key: `k${index}`,
      queries: [stat("m1", index % 2 === 0 ? "a" : "none")],
    }));
    const answers = await read(requests, 3);
    expect(answers.size).toBe(750);
    expect(values(answers.get("k748"))).toEqual([[0, 1, 2]]);
    expect(values(answers.get("k749"))).toEqual([[]]);
    expect(
      calls()
        .map(({ input }) => (input as { MetricDataQueries: unknown[] }).MetricDataQueries.length)
        .sort(),
    ).toEqual([250, 500]);
  });

  it("asks for no more datapoints than an answer holds: with math there is no second page", async () => {
    plant("a", 20_000, () => 2);
    const requests = Array.from({ length: 12 }, (_, index) => ({
      key: `k${index}`,
      queries: [
        stat("m", "a", { ReturnData: false }),
        { Id: "e", Expression: "m * 10", ReturnData: true } satisfies MetricQuery,
      ],
    }));
    const answers = await read(requests, 20_000);
    for (const answer of answers.values()) {
      const [found = []] = answer.known ? answer.value.map((series) => series.values) : [];
      expect([found.length, new Set(found)]).toEqual([20_000, new Set([20])]);
    }
    expect(calls().length).toBe(3);
  });

  it("keeps the ids of requests apart, in expressions too", async () => {
    plant("a", 2);
    plant("b", 2, () => 100);
    const of = (key: string, metric: string): HistoryRequest => ({
      key,
      queries: [
        stat("m1", metric, { ReturnData: false }),
        stat("m10", metric, { ReturnData: false }),
        { Id: "m1x", Expression: "m1 + m10 * 1e1 + MAX([m1, m10])", ReturnData: true },
      ],
    });
    const answers = await read([of("x", "a"), of("y", "b")], 2);
    expect(values(answers.get("x"))).toEqual([[0, 12]]);
    expect(values(answers.get("y"))).toEqual([[1200, 1200]]);
  });

  it("gives both edges of a band", async () => {
    plant("a", 4, (index) => (index % 2 === 0 ? 10 : 20));
    const queries: MetricQuery[] = [
      stat("m1", "a"),
      { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 2)", ReturnData: true },
    ];
    const answer = (await read([{ key: "x", queries }], 4)).get("x");
    expect(values(answer)).toEqual([
      [10, 20, 10, 20],
      [25, 25, 25, 25],
      [5, 5, 5, 5],
    ]);
  });

  it("finds the one that spoils its request", async () => {
    plant("a", 2);
    const requests = Array.from({ length: 9 }, (_, index) => ({
      key: `k${index}`,
      queries: index === 6 ? [stat("m1", "a", { MetricStat: undefined as never })] : [stat("m1", "a")],
    }));
    const answers = await read(requests, 2);
    const failed = [...answers].filter(([, answer]) => !answer.known).map(([key]) => key);
    expect(failed).toEqual(["k6"]);
    expect(values(answers.get("k8"))).toEqual([[0, 1]]);
  });

  it.each(["denied", "error500", "empty"] as const)("%s is a failure of all of them", async (action) => {
    plant("a", 2);
    given.sandbox.control.addFault({ operation: "GetMetricData", action });
    const answers = await read(
      [1, 2].map((index) => ({ key: `k${index}`, queries: [stat("m1", "a")] })),
      2,
    );
    expect([...answers.values()].map(({ known }) => known)).toEqual([false, false]);
  });

  it("takes a part of the past for a failure", async () => {
    const result = { Id: "q0_m1", Timestamps: [], Values: [], StatusCode: "PartialData" };
    const client = { send: () => Promise.resolve({ MetricDataResults: [result] }) };
    const fake = { cloudwatch: client } as unknown as AwsClients;
    const answers: Read<readonly Series[]>[] = [];
    const time = { from: 0, until: minute, step: 60 };
    const ask = () =>
      readMetricHistory(fake, time, [{ key: "x", queries: [stat("m1", "a")] }], (_key, history) =>
        answers.push(history),
      );
    await ask();
    expect(answers).toMatchObject([{ known: false, failure: { code: "PartialData" } }]);
    result.Id = "other";
    await ask();
    expect(answers[1]).toMatchObject({ known: false, failure: { code: "MalformedAnswer" } });
  });

  it("puts pages together", async () => {
    const pages = [
      {
        MetricDataResults: [
          { Id: "q0_m1", Timestamps: [new Date(0)], Values: [1], StatusCode: "PartialData" },
        ],
        NextToken: "a",
      },
      {
        MetricDataResults: [
          { Id: "q0_m1", Timestamps: [new Date(minute)], Values: [2], StatusCode: "Complete" },
        ],
      },
    ];
    const client = { send: () => Promise.resolve(pages.shift()) };
    const answers: Read<readonly Series[]>[] = [];
    await readMetricHistory(
      { cloudwatch: client } as unknown as AwsClients,
      { from: 0, until: 2 * minute, step: 60 },
      [{ key: "x", queries: [stat("m1", "a")] }],
      (_key, history) => answers.push(history),
    );
    expect(answers).toEqual([{ known: true, value: [{ id: "m1", times: [0, minute], values: [1, 2] }] }]);
  });

  describe("of a band in pages", () => {
    const edge = (Label: string, from: number, values: readonly number[]) => ({
      Id: "q0_band",
      Label,
      Timestamps: values.map((_, index) => new Date((from + index) * minute)),
      Values: [...values],
      StatusCode: "Complete",
    });
    const readPages = async (...pages: readonly (readonly object[])[]) => {
      const answers = pages.map((MetricDataResults, index) => ({
        MetricDataResults,
        NextToken: index < pages.length - 1 ? `t${index}` : undefined,
      }));
      const client = { send: () => Promise.resolve(answers.shift()) };
      const queries: MetricQuery[] = [
        { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 2)", ReturnData: true },
      ];
      let found: Read<readonly Series[]> | undefined;
      await readMetricHistory(
        { cloudwatch: client } as unknown as AwsClients,
        { from: 0, until: 4 * minute, step: 60 },
        [{ key: "x", queries }],
        (_key, history) => {
          found = history;
        },
      );
      return values(found);
    };

    it("adds to the edge that a page is of", async () => {
      const first = [edge("lower", 0, [1, 1]), edge("upper", 0, [9, 9])];
      expect(await readPages(first, [edge("upper", 2, [8, 8])])).toEqual([
        [1, 1],
        [9, 9, 8, 8],
      ]);
    });

    it.each([
      [
        "one of two edges that are called alike",
        [edge("band", 0, [1]), edge("band", 0, [9])],
        [edge("band", 1, [8])],
      ],
      ["the time once more", [edge("band", 0, [1, 1])], [edge("band", 0, [9, 9])]],
    ])("says nothing of %s", async (_name, ...pages) => {
      expect(await readPages(...pages)).toMatchObject({ known: false, failure: { code: "MalformedAnswer" } });
    });
  });
});

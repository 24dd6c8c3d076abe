// What one look has read, the next one is given: the first answer first, the second one second, failures too.
import { expect, test } from "vitest";
import { rememberAnswers } from "../../../controller/aws/remember-answers.ts";

/** Answers with how often it was asked; every third time it fails. */
function createCounter() {
  let asked = 0;
  const ask = async (): Promise<{ n: number }> => {
    asked += 1;
    if (asked % 3 === 0) throw new Error(`${asked}`);
    return { n: asked };
  };
  return { ask, count: () => asked };
}

const call = (operation: string, input: object = {}) => ({ service: "ECS", operation, input });

test("asked again, each time, for the same as before", async () => {
  const { answerer, rewind } = rememberAnswers();
  const { ask, count } = createCounter();
  const lookAtIt = () =>
    Promise.allSettled([
      answerer(call("DescribeServices", { a: 1 }), ask),
      answerer(call("DescribeServices", { a: 1 }), ask),
      answerer(call("DescribeServices", { a: 2 }), ask),
    ]);
  const first = await lookAtIt();
  expect(first.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  rewind();
  expect(await lookAtIt()).toEqual(first);
  expect(count()).toBe(3);
});

test("what was not asked before, or less often, is asked now", async () => {
  const { answerer, rewind } = rememberAnswers();
  const { ask, count } = createCounter();
  await answerer(call("ListClusters"), ask);
  rewind();
  expect(await answerer(call("ListClusters"), ask)).toEqual({ n: 1 });
  expect(await answerer(call("ListClusters"), ask)).toEqual({ n: 2 });
  await expect(answerer({ ...call("ListClusters"), service: "EKS" }, ask)).rejects.toThrow("3");
  expect(count()).toBe(3);
});

test("of two that are asked at once, each has its own", async () => {
  const { answerer, rewind } = rememberAnswers();
  const { ask } = createCounter();
  const both = () => Promise.all([answerer(call("ListTasks"), ask), answerer(call("ListTasks"), ask)]);
  expect(await both()).toEqual([{ n: 1 }, { n: 2 }]);
  rewind();
  expect(await both()).toEqual([{ n: 1 }, { n: 2 }]);
});

test.each(["PutMetricAlarm", "DeleteAlarms", "TagResource", "UpdateService", "RegisterTaskDefinition"])(
  "%s is never answered from memory",
  async (operation) => {
    const { answerer, rewind } = rememberAnswers();
    const { ask } = createCounter();
    await answerer(call(operation), ask);
    rewind();
    expect(await answerer(call(operation), ask)).toEqual({ n: 2 });
  },
);

test("once it has ended, everything is asked", async () => {
  const { answerer, end } = rememberAnswers();
  const { ask } = createCounter();
  await answerer(call("ListClusters"), ask);
  end();
  expect(await answerer(call("ListClusters"), ask)).toEqual({ n: 2 });
});

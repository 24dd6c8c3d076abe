// `ecsmon test`: the example of the docs holds, and what does not hold is told with its line and what was planned.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import type { Io } from "../../controller/cli/io.ts";
import { runTest } from "../../controller/cli/test.ts";

const environment = { ...process.env };
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});

const example = "docs/examples/testing/tests/web.yaml";

async function play(path: string): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const io = {
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      err += text;
    },
    now: () => new Date("2026-11-23T02:00:00Z"),
    colour: { stdout: false, stderr: false },
  } as unknown as Io;
  const code = await runTest(path, io);
  return { code, out, err };
}

/** The example, changed, in a folder of its own. */
function changed(...changes: readonly (readonly [from: string, to: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-policy-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let text = readFileSync(example, "utf8").replace("../policies", resolve("docs/examples/testing/policies"));
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  writeFileSync(join(folder, "web.yaml"), text);
  return join(folder, "web.yaml");
}

test("the example holds", async () => {
  expect(await play("docs/examples/testing/tests")).toEqual({
    code: 0,
    out: `ok    ${example}  web-services\n\n1 test, 0 failed\n`,
    err: "",
  });
});

test.each<[string, [string, string][], RegExp[]]>([
  [
    "another threshold",
    [["Threshold: 1.5", "Threshold: 2"]],
    [
      /:19: create MetricAlarm ecsmon\/prod\/shop\/p99-latency is planned, but not as expected\n\s+Threshold: expected 2, planned 1\.5\n/,
    ],
  ],
  [
    "an alarm that no policy has",
    [["name: p99-latency, after", "name: p95-latency, after"]],
    [/MetricAlarm p95-latency of shop is not planned\n\s+planned: create MetricAlarm/],
  ],
  [
    "an action that is another",
    [["- { kind: MetricAlarm", "- { action: delete, kind: MetricAlarm"]],
    [/delete MetricAlarm p99/],
  ],
  [
    "something blocked that is not",
    [["service: worker, name: p99-latency }", "service: shop, name: p99-latency }"]],
    [/an item p99-latency of shop is not blocked as NotApplicable\n\s+planned: create MetricAlarm/],
  ],
  [
    "another reason",
    [["code: NotApplicable", "code: Conflict"]],
    [/is not blocked as Conflict\n\s+blocked: MetricAlarm .* NotApplicable/],
  ],
  [
    "something absent that is there",
    [["service: batch } #", "service: shop } #"]],
    [/TaskDefinition of shop must not be planned, and is/],
  ],
  [
    "more than is expected",
    [["  expect:", "  expect:\n    exact: true"]],
    [/more is in the plan than is expected\n\s+planned: create LogGroup/],
  ],
  [
    "lines that the pattern does not tell",
    [
      ['"fatalistic"', '"Fatal: x"'],
      ['"12:00 FATAL x"', '"oops"'],
    ],
    [/the pattern of fatal, \?Fatal \?FATAL, does not/, /does not match: oops/, /matches: Fatal: x/],
  ],
  [
    "a metric that no policy has",
    [["metric: fatal", "metric: errors"]],
    [/no metric filter errors is planned for shop/],
  ],
])("%s fails", async (_name, changes, says) => {
  const { code, out } = await play(changed(...changes));
  expect(code).toBe(1);
  for (const text of says) expect(out).toMatch(text);
  expect(out).toMatch(/^FAIL {2}.*\n/);
  expect(out).toMatch(/1 test, 1 failed\n$/);
});

test.each<[string, [string, string][], RegExp]>([
  [
    "a field that is unknown",
    [["loadBalancers:", "loadBalancer:"]],
    /unknown field "loadBalancer"; did you mean "loadBalancers"\?/,
  ],
  [
    "an instant that is none",
    [["2026-11-23T02:00:00Z", "today"]],
    /asOf "today" is not valid: use an instant such as/,
  ],
])("%s is a finding with its place", async (_name, changes, says) => {
  const { code, err } = await play(changed(...changes));
  expect(code).toBe(1);
  expect(err).toMatch(says);
  expect(err).toMatch(/web\.yaml:\d+:\d+/);
});

test("what AWS would refuse names the line", async () => {
  const path = changed([
    "service: batch\n",
    "service: batch\n      taskDefinition: { networkMode: awsvpc, containerDefinitions: [] }\n",
  ]);
  const { code, out } = await play(path);
  expect(code).toBe(1);
  expect(out).toMatch(/web\.yaml:15:\d+: cannot be made: /);
});

test("policies with errors, and a folder without tests, are told", async () => {
  const { out } = await play(
    changed([resolve("docs/examples/testing/policies"), resolve("test/golden/inject")]),
  );
  expect(out).toMatch(/FAIL/);
  await expect(play("docs/examples/testing/policies")).rejects.toThrow(/no document of kind PolicyTest/);
  // Not of policies, whose absence would delete everything.
  const empty = mkdtempSync(join(tmpdir(), "ecsmon-no-tests-"));
  onTestFinished(() => rmSync(empty, { recursive: true }));
  await expect(play(empty)).rejects.toThrow(
    /^no document of kind PolicyTest in .*; see docs\/testing-policies\.md$/,
  );
});

// Windows that could never open are found before anybody waits for them.
import { expect, test } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

const parse = (window: string) =>
  parsePolicies([
    {
      file: "p.yaml",
      text: `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: a }
spec:
  selector: { services: ["*"] }
  rollout:
    windows:
      - ${window}
`,
    },
  ]).diagnostics.map(({ line, path, message }) => `${line} ${path} ${message}`);

test.each([
  ['{ cron: "0 10 * * 1-5", duration: 6h, timeZone: Asia/Tokyo }', []],
  [
    '{ cron: "0 10 * *", duration: 6h }',
    ['8 spec.rollout.windows[0].cron cron "0 10 * *" must have five fields'],
  ],
  ['{ cron: "0 25 * * *", duration: 6h }', ['8 spec.rollout.windows[0].cron cron "0 25 * * *" is not valid']],
  ['{ cron: "0 0 30 2 *", duration: 6h }', ['8 spec.rollout.windows[0].cron cron "0 0 30 2 *" never fires']],
  [
    '{ cron: "0 10 * * *", duration: 6h, timeZone: Asia/Tokio }',
    ['8 spec.rollout.windows[0].timeZone "Asia/Tokio" is no time zone'],
  ],
  [
    '{ cron: "0 10 * *", duration: 6h, timeZone: Asia/Tokio }',
    [
      '8 spec.rollout.windows[0].cron cron "0 10 * *" must have five fields',
      '8 spec.rollout.windows[0].timeZone "Asia/Tokio" is no time zone',
    ],
  ],
])("%s", (window, expected) => {
  const found = parse(window);
  expect(found).toHaveLength(expected.length);
  for (const [index, start] of expected.entries()) expect(found[index]).toContain(start);
});

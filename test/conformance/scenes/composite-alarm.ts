// Two composites of one service over an alarm and a log metric's alarm; the second one changes both rules.
import { webPolicy } from "../../scenarios/estate.ts";
import type { Scene } from "./common.ts";

const page = (any: string): string =>
  webPolicy({
    services: '"web-000"',
    extra: `    - { name: bad, composite: 'ALARM("cpu-high") ${any} ALARM("fatal")', severity: critical }
    - { name: worse, composite: 'ALARM("cpu-high") AND NOT (OK("fatal") ${any} FALSE)' }
`,
  });

export const compositeAlarmScene: Scene = {
  first: page("OR"),
  second: page("AND"),
  nobody: webPolicy({ services: '"none-*"' }),
};

// Saved queries, and the log alarms on them.
import { webPolicy } from "../../scenarios/estate.ts";
import { commonScene, type Scene } from "./common.ts";

function withQueries(text: string, threshold: number): string {
  return webPolicy({
    extra: `  queries:
    - name: slow-requests
      query: "${text}"
      alarm:
        aggregation: count(*)
        roleArn: arn:aws:iam::\${account}:role/log-alarms
        comparison: GreaterThanThreshold
        threshold: ${threshold}
        severity: warning
`,
  });
}

export const queriesScene: Scene = {
  ...commonScene,
  first: withQueries("filter took > 1000", 3),
  second: withQueries("filter took > 2000", 5),
};

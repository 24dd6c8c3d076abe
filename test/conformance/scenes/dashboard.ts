// Dashboards: the standard one, and another body of the policy's own.
import { webPolicy } from "../../scenarios/estate.ts";
import { commonScene, type Scene } from "./common.ts";

const own = `  dashboard:
    widgets:
      - { type: text, x: 0, y: 0, width: 6, height: 3, properties: { markdown: "# \${service.name}" } }
`;

export const dashboardScene: Scene = {
  ...commonScene,
  first: webPolicy({ extra: "  dashboard: true\n" }),
  second: webPolicy({ extra: own }),
};

// What a policy gives in clear and its name tells of a secret stands in the task definition, and in nothing we print.
import { expect, test } from "vitest";
import { createService, currentTask } from "./estate.ts";
import { useWorld } from "./harness.ts";

const world = useWorld();

const policy = (value: string) => `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: logs }
spec:
  selector: { clusters: [prod-a] }
  logging: { container: app, driver: awsfirelens, options: { Name: datadog, apikey: ${value}-option } }
  sidecars:
    - container:
        name: side
        image: side:1
        essential: false
        memory: 64
        environment: [{ name: API_TOKEN, value: ${value}-token }, { name: MODE, value: plain-to-see }]
        dockerLabels: { api-key: ${value}-label }
`;

test("is shown in no plan and no outcome: made, changed, taken away", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  createService(world, "prod-a", "web", {}, [], { app: { environment: [] } });
  const flags = { maxDeletes: 50 };
  const said: string[] = [];
  for (const text of [
    policy("PLANTED-a"),
    policy("PLANTED-b"),
    policy("x").replace(/ {2}logging:[\s\S]*/, ""),
  ]) {
    said.push((await world.planText(text, flags)).stdout);
    const applied = await world.apply(text, flags);
    said.push((await world.plan(text, flags)).stdout, applied.stdout, applied.stderr);
    if (text.includes("PLANTED-b"))
      expect(JSON.stringify(currentTask(world, "prod-a", "web"))).toContain("PLANTED-b-token");
  }
  expect(said.join("\n")).toContain("plain-to-see");
  expect(said.join("\n")).toContain("(hidden)");
  expect(said.join("\n")).not.toContain("PLANTED");
});

// A large estate of services that are all alike: to measure against.
import { type Balancer, builder, type CallOperation, type Home, tagList } from "./seed-builder.ts";

const PER_CLUSTER = 250;
const GROUPS_PER_BALANCER = 100;

/** Many web services alike over clusters prod-a, prod-b, …, each with a target group and a log group. */
export function seedEstate(call: CallOperation, home: Home, services: number): void {
  const build = builder(call, home);
  let cluster = "";
  let balancer: Balancer | undefined;
  for (let index = 0; index < services; index++) {
    if (index % PER_CLUSTER === 0) {
      cluster = `prod-${letters(Math.floor(index / PER_CLUSTER))}`;
      call("ecs", "CreateCluster", { clusterName: cluster, tags: tagList({ env: "prod" }) });
    }
    if (balancer === undefined || index % GROUPS_PER_BALANCER === 0)
      balancer = build.loadBalancer(`estate-${index / GROUPS_PER_BALANCER}`, "application");
    const name = `web-${String(index).padStart(4, "0")}`;
    const logGroup = `/ecs/${cluster}/${name}`;
    build.logGroup(logGroup);
    build.service({
      cluster,
      name,
      desiredCount: 2,
      tags: { tier: "web", product: `product-${index % 20}`, team: `team-${index % 8}` },
      containers: [build.web("app", `acme/web:${1 + (index % 9)}.0.0`, 8080, logGroup)],
      balancers: [balancer.target(name, "app", 8080, "/")],
    });
  }
}

/** a, b, …, z, aa, ab, … */
function letters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letters(Math.floor(index / 26) - 1) + letter;
}

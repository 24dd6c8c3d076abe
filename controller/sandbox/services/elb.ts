// Elastic Load Balancing v2 as the sandbox plays it: application and network load balancers, their
// listeners and rules, target groups with health checks. No request is ever balanced.
import { compareText } from "../checks.ts";
import type { SandboxService } from "../service.ts";
import { createAttributeOperations } from "./elb/attributes.ts";
import { createListenerOperations } from "./elb/listeners.ts";
import { createLoadBalancerOperations } from "./elb/load-balancers.ts";
import { createRuleOperations } from "./elb/rules.ts";
import { ElbStore } from "./elb/store.ts";
import { createTagOperations, taggedResourcesOf } from "./elb/tags.ts";
import { createTargetGroupOperations } from "./elb/target-groups.ts";
import { createTargetOperations } from "./elb/targets.ts";
import { isolated, plainState } from "./isolated.ts";

export type ElbService = SandboxService & {
  /** For ECS, which refuses a service whose target group has no load balancer. */
  targetGroup(arn: string): { loadBalancerArns: string[] } | undefined;
  state(): unknown;
};

export function createElb(): ElbService {
  const store = new ElbStore();
  const sorted = <T extends { readonly arn: string }>(resources: ReadonlyMap<string, T>) =>
    [...resources.values()]
      .sort((a, b) => compareText(a.arn, b.arn))
      .map((resource) =>
        "attributes" in resource
          ? { ...resource, attributes: Object.fromEntries(resource.attributes as Map<string, string>) }
          : resource,
      );

  return {
    id: "elasticloadbalancing",
    query: {
      version: "2015-12-01",
      xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
      // `Port` isn't among them: in a redirect it is a text such as `#{port}`.
      numbers: [
        ...["HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount"],
        ...["UnhealthyThresholdCount", "PageSize", "Priority", "Weight", "Order", "DurationSeconds"],
        "SessionTimeout",
      ],
      booleans: ["HealthCheckEnabled", "Enabled", "IsDefault", "UseExistingClientSecret", "ResetTransforms"],
    },
    operations: isolated({
      ...createLoadBalancerOperations(store),
      ...createListenerOperations(store),
      ...createRuleOperations(store),
      ...createTargetGroupOperations(store),
      ...createTargetOperations(store),
      ...createAttributeOperations(store),
      ...createTagOperations(store),
    }),
    taggedResources: () => taggedResourcesOf(store),
    targetGroup: (arn) =>
      store.targetGroups.has(arn) ? { loadBalancerArns: store.loadBalancersOf(arn) } : undefined,
    state: () =>
      plainState({
        loadBalancers: sorted(store.loadBalancers),
        listeners: sorted(store.listeners),
        rules: sorted(store.rules),
        targetGroups: sorted(store.targetGroups),
      }),
  };
}

// Load balancers. There is no EC2 beside this: each subnet is taken at its word and stands in a zone
// of its own, and all stand in one VPC.
import { checkTags, compareText, present, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { ATTRIBUTES } from "./attributes.ts";
import { checks, elbError, invalidConfiguration, invalidMarker } from "./errors.ts";
import type { ElbStore, StoredLoadBalancer } from "./store.ts";

const NAME = { min: 1, max: 32, pattern: /^(?!internal-)(?!-)[A-Za-z0-9-]+(?<!-)$/ };
const VPC_ID = "vpc-0a1b2c3d4e5f60718";
const HOSTED_ZONE_ID = "Z14GRHDCWA56QT";
const PAGE = { min: 1, max: 400 };
const MAX_ASKED = 20;

export function createLoadBalancerOperations(store: ElbStore): Record<string, Operation> {
  return {
    CreateLoadBalancer(input, context) {
      const name = checks.requiredText(input, "Name", NAME);
      const { Tags: _, ...settings } = input;
      const request = JSON.stringify(Object.entries(settings).sort());
      const existing = [...store.loadBalancers.values()].find((each) => each.name === name);
      if (existing !== undefined) {
        if (existing.request === request) return { LoadBalancers: [shown(existing)] };
        throw elbError(
          "DuplicateLoadBalancerName",
          `A load balancer with the same name '${name}' exists, but with different settings`,
        );
      }
      const type = (checks.text(input, "Type", { oneOf: ["application", "network"] }) ??
        "application") as StoredLoadBalancer["type"];
      const scheme =
        checks.text(input, "Scheme", { oneOf: ["internet-facing", "internal"] }) ?? "internet-facing";
      const subnets = readSubnets(input, type);
      const securityGroups = checks.texts(input, "SecurityGroups") ?? [];
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags, { tooMany: (message) => elbError("TooManyTags", message) });

      const id = store.newId(`loadbalancer/${name}`);
      const arn = store.newArn(
        context,
        `loadbalancer/${type === "application" ? "app" : "net"}/${name}/${id}`,
      );
      const host =
        type === "application" ? `${name}-${Number.parseInt(id.slice(0, 8), 16)}` : `${name}-${id}`;
      const domain = type === "application" ? `${context.region}.elb` : `elb.${context.region}`;
      const loadBalancer: StoredLoadBalancer = {
        arn,
        name,
        type,
        createdAt: context.now(),
        request,
        details: {
          DNSName: `${scheme === "internal" ? "internal-" : ""}${host}.${domain}.amazonaws.com`,
          CanonicalHostedZoneId: HOSTED_ZONE_ID,
          Scheme: scheme,
          VpcId: VPC_ID,
          State: { Code: "active" },
          AvailabilityZones: subnets.map((SubnetId, index) => ({
            ZoneName: `${context.region}${"abcdef"[index % 6]}`,
            SubnetId,
            LoadBalancerAddresses: [],
          })),
          // A network load balancer has the field only when it was created with groups.
          ...(type === "application" || securityGroups.length > 0 ? { SecurityGroups: securityGroups } : {}),
          IpAddressType: checks.text(input, "IpAddressType") ?? "ipv4",
        },
        attributes: new Map(Object.entries(ATTRIBUTES[type])),
        tags,
      };
      store.loadBalancers.set(arn, loadBalancer);
      return { LoadBalancers: [shown(loadBalancer)] };
    },

    DescribeLoadBalancers(input) {
      const arns = checks.texts(input, "LoadBalancerArns", { max: MAX_ASKED }) ?? [];
      const names = checks.texts(input, "Names", { max: MAX_ASKED }) ?? [];
      if (arns.length > 0 && names.length > 0)
        throw checks.fail("Load balancer names and load balancer ARNs cannot be specified at the same time");
      for (const arn of arns) store.loadBalancer(arn);
      const all = [...store.loadBalancers.values()].sort((a, b) => compareText(a.name, b.name));
      const missing = names.filter((name) => !all.some((each) => each.name === name));
      if (missing.length > 0)
        throw elbError("LoadBalancerNotFound", `Load balancers '[${missing.join(", ")}]' not found`);
      const found = all.filter(
        (each) =>
          (arns.length === 0 || arns.includes(each.arn)) && (names.length === 0 || names.includes(each.name)),
      );
      const { Marker, PageSize: _, ...asked } = input;
      const page = takePage(found, (each) => each.name, {
        limit: checks.integer(input, "PageSize", PAGE) ?? PAGE.max,
        token: Marker,
        scope: ["DescribeLoadBalancers", asked],
        invalidToken: invalidMarker,
      });
      return { LoadBalancers: page.items.map(shown), ...present({ NextMarker: page.nextToken }) };
    },

    /** Takes its listeners and rules along; a load balancer that doesn't exist is gone already. */
    DeleteLoadBalancer(input) {
      const arn = checks.requiredText(input, "LoadBalancerArn");
      const loadBalancer = store.loadBalancers.get(arn);
      if (loadBalancer?.attributes.get("deletion_protection.enabled") === "true")
        throw elbError(
          "OperationNotPermitted",
          `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
        );
      for (const listener of store.listenersOf(arn)) {
        for (const rule of store.rulesOf(listener.arn)) store.rules.delete(rule.arn);
        store.listeners.delete(listener.arn);
      }
      store.loadBalancers.delete(arn);
      return {};
    },

    /** Terraform asks for it with every load balancer; nothing is ever reserved here. */
    DescribeCapacityReservation(input) {
      store.loadBalancer(checks.requiredText(input, "LoadBalancerArn"));
      return { CapacityReservationState: [] };
    },
  };
}

function shown(loadBalancer: StoredLoadBalancer): Output {
  return {
    LoadBalancerArn: loadBalancer.arn,
    LoadBalancerName: loadBalancer.name,
    Type: loadBalancer.type,
    CreatedTime: new Date(loadBalancer.createdAt),
    ...loadBalancer.details,
  };
}

function readSubnets(input: Input, type: StoredLoadBalancer["type"]): string[] {
  const plain = checks.texts(input, "Subnets") ?? [];
  const mapped = (checks.list(input, "SubnetMappings") ?? []).map((mapping) =>
    checks.requiredText(mapping, "SubnetId"),
  );
  if (plain.length > 0 && mapped.length > 0)
    throw checks.fail("Subnets and subnet mappings cannot be specified at the same time");
  const subnets = [...plain, ...mapped];
  if (subnets.length === 0) throw checks.fail("At least one subnet must be specified");
  if (type === "application" && subnets.length < 2)
    throw checks.fail("At least two subnets in two different Availability Zones must be specified");
  if (new Set(subnets).size < subnets.length)
    throw invalidConfiguration("A subnet cannot be specified more than once");
  return subnets;
}

// Target groups: created with a health check's defaults, found in four ways, changed in place.
import { checkTags, compareText, present, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { ATTRIBUTES } from "./attributes.ts";
import { checks, elbError, invalidMarker } from "./errors.ts";
import { isApplicationGroup, readHealthCheck } from "./health-check.ts";
import { type ElbStore, portOf, type StoredTargetGroup } from "./store.ts";

const NAME = { min: 1, max: 32, pattern: /^(?!-)[A-Za-z0-9-]+(?<!-)$/ };
const PROTOCOLS = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"];
const PAGE = { min: 1, max: 400 };

export function createTargetGroupOperations(store: ElbStore): Record<string, Operation> {
  const shown = (group: StoredTargetGroup, attachments = store.attachments()): Output => ({
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    ...group.details,
    ...group.healthCheck,
    LoadBalancerArns: attachments.get(group.arn) ?? [],
  });

  return {
    CreateTargetGroup(input, context) {
      const name = checks.requiredText(input, "Name", NAME);
      const { Tags: _, ...settings } = input;
      const request = JSON.stringify(Object.entries(settings).sort());
      const existing = [...store.targetGroups.values()].find((group) => group.name === name);
      if (existing !== undefined) {
        // The same request twice is one group; another one with that name is refused.
        if (existing.request === request) return { TargetGroups: [shown(existing)] };
        throw elbError(
          "DuplicateTargetGroupName",
          `A target group with the same name '${name}' exists, but with different settings`,
        );
      }
      const kind = readKind(input);
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags, { tooMany: (message) => elbError("TooManyTags", message) });
      const healthCheck = readHealthCheck(input, kind);
      const arn = store.newArn(context, `targetgroup/${name}/${store.newId(`targetgroup/${name}`)}`);
      const attributes =
        kind.targetType === "lambda"
          ? ATTRIBUTES.lambdaGroup
          : isApplicationGroup(kind)
            ? ATTRIBUTES.applicationGroup
            : ATTRIBUTES.networkGroup;
      const group: StoredTargetGroup = {
        arn,
        name,
        request,
        protocol: kind.protocol,
        protocolVersion: kind.protocolVersion,
        targetType: kind.targetType,
        details: kind.details,
        healthCheck,
        attributes: new Map(Object.entries(attributes)),
        targets: [],
        tags,
      };
      store.targetGroups.set(arn, group);
      // Nothing sends it traffic yet.
      return { TargetGroups: [shown(group, new Map())] };
    },

    DescribeTargetGroups(input) {
      const found = search(store, input);
      const { Marker, PageSize: _, ...asked } = input;
      const page = takePage(found, (group) => group.name, {
        limit: checks.integer(input, "PageSize", PAGE) ?? PAGE.max,
        token: Marker,
        scope: ["DescribeTargetGroups", asked],
        invalidToken: invalidMarker,
      });
      const attachments = store.attachments();
      return {
        TargetGroups: page.items.map((group) => shown(group, attachments)),
        ...present({ NextMarker: page.nextToken }),
      };
    },

    ModifyTargetGroup(input) {
      const group = store.targetGroup(checks.requiredText(input, "TargetGroupArn"));
      group.healthCheck = readHealthCheck(input, group, group.healthCheck);
      return { TargetGroups: [shown(group)] };
    },

    /** A group that doesn't exist is gone already: no error. */
    DeleteTargetGroup(input) {
      const arn = checks.requiredText(input, "TargetGroupArn");
      if (store.loadBalancersOf(arn).length > 0)
        throw elbError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
      store.targetGroups.delete(arn);
      return {};
    },
  };
}

function search(store: ElbStore, input: Input): StoredTargetGroup[] {
  const loadBalancerArn = checks.text(input, "LoadBalancerArn");
  const arns = checks.texts(input, "TargetGroupArns") ?? [];
  const names = checks.texts(input, "Names") ?? [];
  const ways = [loadBalancerArn !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length;
  if (ways > 1)
    throw checks.fail("Load balancer ARN, target group ARNs and target group names are mutually exclusive");
  for (const arn of arns) store.targetGroup(arn);
  if (loadBalancerArn !== undefined) store.loadBalancer(loadBalancerArn);
  const all = [...store.targetGroups.values()].sort((a, b) => compareText(a.name, b.name));
  if (names.some((name) => !all.some((group) => group.name === name)))
    throw elbError("TargetGroupNotFound", "One or more target groups not found");
  const attachments = store.attachments();
  return all.filter(
    (group) =>
      (arns.length === 0 || arns.includes(group.arn)) &&
      (names.length === 0 || names.includes(group.name)) &&
      (loadBalancerArn === undefined || attachments.get(group.arn)?.includes(loadBalancerArn) === true),
  );
}

function readKind(input: Input) {
  const targetType =
    checks.text(input, "TargetType", { oneOf: ["instance", "ip", "lambda", "alb"] }) ?? "instance";
  const protocol = checks.text(input, "Protocol", { oneOf: PROTOCOLS });
  const port = portOf(input.Port);
  const VpcId = checks.text(input, "VpcId");
  const version = checks.text(input, "ProtocolVersion", { oneOf: ["HTTP1", "HTTP2", "GRPC"] });
  if (targetType === "lambda") {
    if ((protocol ?? port ?? VpcId ?? version) !== undefined)
      throw checks.fail("Protocol, port and VPC are not allowed for target type 'lambda'");
    return {
      targetType,
      protocol: undefined,
      protocolVersion: undefined,
      details: { TargetType: targetType, IpAddressType: "ipv4" },
    };
  }
  if (protocol === undefined) throw checks.fail("A protocol must be specified");
  if (port === undefined) throw checks.fail("A port must be specified");
  if (VpcId === undefined) throw checks.fail("A VPC ID must be specified");
  if (targetType === "alb" && protocol !== "TCP")
    throw checks.fail("Target type 'alb' needs the protocol TCP");
  const overHttp = protocol === "HTTP" || protocol === "HTTPS";
  if (!overHttp && version !== undefined)
    throw checks.fail("A protocol version is only allowed for the protocols HTTP and HTTPS");
  const protocolVersion = overHttp ? (version ?? "HTTP1") : undefined;
  return {
    targetType,
    protocol,
    protocolVersion,
    details: {
      Protocol: protocol,
      Port: port,
      VpcId,
      TargetType: targetType,
      ...present({ ProtocolVersion: protocolVersion }),
      IpAddressType: checks.text(input, "IpAddressType", { oneOf: ["ipv4", "ipv6"] }) ?? "ipv4",
    },
  };
}

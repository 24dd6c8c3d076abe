// Targets of a group and their health, which follows the clock: a new target is healthy after one
// check's interval, a removed one drains for its delay and is gone.
import type { Input, Operation, Output } from "../../service.ts";
import { checks, elbError } from "./errors.ts";
import { type ElbStore, portOf, type StoredTarget, type StoredTargetGroup } from "./store.ts";

interface Target {
  readonly Id: string;
  readonly Port?: number;
  readonly AvailabilityZone?: string;
}

export function createTargetOperations(store: ElbStore): Record<string, Operation> {
  const groupOf = (input: Input, now: number): StoredTargetGroup => {
    const group = store.targetGroup(checks.requiredText(input, "TargetGroupArn"));
    const delay = Number(group.attributes.get("deregistration_delay.timeout_seconds") ?? 0) * 1000;
    group.targets = group.targets.filter(
      (target) => target.drainingSince === undefined || now < target.drainingSince + delay,
    );
    return group;
  };

  return {
    RegisterTargets(input, context) {
      const now = context.now();
      const group = groupOf(input, now);
      const targets = readTargets(input, group);
      if (targets.length === 0) throw checks.fail("At least one target must be specified");
      const others = group.targets.filter((old) => !targets.some((target) => isSame(old, target)));
      const registered = targets.map((target): StoredTarget => {
        const old = group.targets.find((each) => isSame(each, target) && each.drainingSince === undefined);
        return old ?? { ...target, registeredAt: now };
      });
      group.targets = [...others, ...registered];
      return {};
    },

    DeregisterTargets(input, context) {
      const now = context.now();
      const group = groupOf(input, now);
      const targets = readTargets(input, group);
      for (const target of group.targets)
        if (target.drainingSince === undefined && targets.some((each) => isSame(target, each)))
          target.drainingSince = now;
      return {};
    },

    DescribeTargetHealth(input, context) {
      const now = context.now();
      const group = groupOf(input, now);
      const asked = readTargets(input, group);
      const attached = store.loadBalancersOf(group.arn).length > 0;
      const known = group.targets.map((target) =>
        described(group, target, healthOf(group, target, attached, now)),
      );
      if (asked.length === 0) return { TargetHealthDescriptions: known };
      const found = group.targets.filter((target) => asked.some((each) => isSame(target, each)));
      const strangers = asked.filter((target) => !group.targets.some((each) => isSame(each, target)));
      return {
        TargetHealthDescriptions: [
          ...found.map((target) => described(group, target, healthOf(group, target, attached, now))),
          ...strangers.map((target) =>
            described(group, target, {
              State: "unused",
              Reason: "Target.NotRegistered",
              Description: "Target is not registered to the target group",
            }),
          ),
        ],
      };
    },
  };
}

function healthOf(group: StoredTargetGroup, target: StoredTarget, attached: boolean, now: number): Output {
  if (target.drainingSince !== undefined)
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  if (!attached)
    return {
      State: "unused",
      Reason: "Target.NotInUse",
      Description: "Target group is not configured to receive traffic from the load balancer",
    };
  if (!group.healthCheck.HealthCheckEnabled)
    return {
      State: "unavailable",
      Reason: "Target.HealthCheckDisabled",
      Description: "Health checks are not enabled for this target",
    };
  if (now < target.registeredAt + group.healthCheck.HealthCheckIntervalSeconds * 1000)
    return {
      State: "initial",
      Reason: "Elb.RegistrationInProgress",
      Description: "Target registration is in progress",
    };
  return { State: "healthy" };
}

function described(group: StoredTargetGroup, target: Target, health: Output): Output {
  const { Id, Port, AvailabilityZone } = target;
  const checkPort = group.healthCheck.HealthCheckPort;
  return {
    Target: {
      Id,
      ...(Port === undefined ? {} : { Port }),
      ...(AvailabilityZone === undefined ? {} : { AvailabilityZone }),
    },
    ...(checkPort === undefined
      ? {}
      : { HealthCheckPort: checkPort === "traffic-port" && Port !== undefined ? String(Port) : checkPort }),
    TargetHealth: health,
  };
}

function readTargets(input: Input, group: StoredTargetGroup): Target[] {
  return (checks.list(input, "Targets") ?? []).map((target, index) => {
    const at = `targets.${index + 1}.member`;
    const Id = checks.requiredText(target, "Id", { min: 1, at });
    if (group.targetType === "ip" && !/^[\d.]+$|:/.test(Id))
      throw elbError("InvalidTarget", `The IP address '${Id}' is not a valid IP address`);
    // Without a port, the group's own.
    const Port = portOf(target.Port) ?? (group.details.Port as number | undefined);
    const AvailabilityZone = checks.text(target, "AvailabilityZone", { at });
    return {
      Id,
      ...(Port === undefined ? {} : { Port }),
      ...(AvailabilityZone === undefined ? {} : { AvailabilityZone }),
    };
  });
}

function isSame(a: Target, b: Target): boolean {
  return a.Id === b.Id && a.Port === b.Port;
}

// Actions of listeners and rules: checked against the groups they forward to, and written out in both
// ways that AWS answers them, the short `TargetGroupArn` and the long `ForwardConfig`.
import type { Input } from "../../service.ts";
import { checks, elbError, invalidConfiguration } from "./errors.ts";
import { type Action, type ElbStore, type StoredListener, targetGroupsOf } from "./store.ts";

const TYPES = [
  "forward",
  "redirect",
  "fixed-response",
  "authenticate-oidc",
  "authenticate-cognito",
  "jwt-validation",
];
const MAX_WEIGHTED_GROUPS = 5;
/** Which groups a listener's protocol can forward to. */
const COMPATIBLE: Readonly<Record<string, readonly string[]>> = {
  HTTP: ["HTTP", "HTTPS"],
  HTTPS: ["HTTP", "HTTPS"],
  TCP: ["TCP", "TCP_UDP"],
  TLS: ["TCP", "TLS"],
  UDP: ["UDP", "TCP_UDP"],
  TCP_UDP: ["TCP_UDP"],
};

export function readActions(
  store: ElbStore,
  list: readonly Input[],
  listener: Pick<StoredListener, "loadBalancerArn" | "protocol">,
): Action[] {
  if (list.length === 0) throw checks.fail("At least one action must be specified");
  const actions = list.map(
    (action, index): Action => ({
      ...readAction(action),
      // Several actions run in an order, which a client may leave to AWS.
      ...(list.length > 1
        ? { Order: checks.integer(action, "Order", { min: 1, max: 50_000 }) ?? index + 1 }
        : {}),
    }),
  );
  const last = actions.map((action) => action.Type as string).filter((type) => TYPES.indexOf(type) < 3);
  if (last.length !== 1)
    throw invalidConfiguration(
      "Exactly one of forward, redirect and fixed-response must be among the actions",
    );
  for (const arn of actions.flatMap(targetGroupsOf)) {
    const group = store.targetGroup(arn);
    const compatible = COMPATIBLE[listener.protocol] ?? [];
    if (group.targetType !== "lambda" && !compatible.includes(group.protocol ?? ""))
      throw elbError(
        "IncompatibleProtocols",
        `The protocol ${group.protocol} of the target group '${arn}' does not fit the listener's ${listener.protocol}`,
      );
    const elsewhere = store.loadBalancersOf(arn).filter((each) => each !== listener.loadBalancerArn);
    if (elsewhere.length > 0)
      throw elbError(
        "TargetGroupAssociationLimit",
        `The target group '${arn}' is associated with another load balancer: ${elsewhere[0]}`,
      );
  }
  return actions;
}

function readAction(action: Input): Action {
  const Type = checks.requiredText(action, "Type", { oneOf: TYPES });
  if (Type === "forward") return { Type, ...readForward(action) };
  if (Type === "redirect") {
    const { Port, ...rest } = checks.object(action, "RedirectConfig") ?? {};
    checks.requiredText(rest, "StatusCode", { oneOf: ["HTTP_301", "HTTP_302"], at: "redirectConfig" });
    return {
      Type,
      RedirectConfig: {
        Protocol: "#{protocol}",
        Port: Port === undefined ? "#{port}" : String(Port),
        Host: "#{host}",
        Path: "/#{path}",
        Query: "#{query}",
        ...rest,
      },
    };
  }
  if (Type === "fixed-response") {
    const FixedResponseConfig = checks.object(action, "FixedResponseConfig") ?? {};
    checks.requiredText(FixedResponseConfig, "StatusCode", {
      pattern: /^(2|4|5)\d\d$/,
      at: "fixedResponseConfig",
    });
    return { Type, FixedResponseConfig };
  }
  // The ways to ask who someone is are kept as they are.
  const { Order: _, ...rest } = action;
  return rest;
}

function readForward(action: Input): Action {
  const single = checks.text(action, "TargetGroupArn");
  const config = checks.object(action, "ForwardConfig");
  const tuples =
    config === undefined ? [] : (checks.list(config, "TargetGroups", { at: "forwardConfig" }) ?? []);
  if (tuples.length > MAX_WEIGHTED_GROUPS)
    throw elbError(
      "TooManyTargetGroups",
      `An action can forward to at most ${MAX_WEIGHTED_GROUPS} target groups`,
    );
  const weighted = tuples.map((tuple, index) => {
    const at = `forwardConfig.targetGroups.${index + 1}.member`;
    return {
      TargetGroupArn: checks.requiredText(tuple, "TargetGroupArn", { at }),
      Weight: checks.integer(tuple, "Weight", { min: 0, max: 999, at }) ?? 1,
    };
  });
  if (weighted.length === 0 && single !== undefined) weighted.push({ TargetGroupArn: single, Weight: 1 });
  const [first, ...others] = weighted;
  if (first === undefined) throw checks.fail("A forward action must name a target group");
  if (single !== undefined && (others.length > 0 || first.TargetGroupArn !== single))
    throw invalidConfiguration("TargetGroupArn and ForwardConfig must name the same target group");
  const stickiness = config === undefined ? undefined : checks.object(config, "TargetGroupStickinessConfig");
  return {
    ...(others.length === 0 ? { TargetGroupArn: first.TargetGroupArn } : {}),
    ForwardConfig: {
      TargetGroups: weighted,
      TargetGroupStickinessConfig: { Enabled: false, ...stickiness },
    },
  };
}

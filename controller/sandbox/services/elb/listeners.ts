// Listeners of a load balancer. Each has a default rule, which shows the listener's own actions.
import { checkTags, compareText, present, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { readActions } from "./actions.ts";
import { ATTRIBUTES } from "./attributes.ts";
import { checks, elbError, invalidMarker } from "./errors.ts";
import { type ElbStore, portOf, type StoredListener, type StoredLoadBalancer } from "./store.ts";

const PROTOCOLS = { application: ["HTTP", "HTTPS"], network: ["TCP", "TLS", "UDP", "TCP_UDP"] };
const SECURE = ["HTTPS", "TLS"];
const SSL_POLICY = "ELBSecurityPolicy-2016-08";
const PAGE = { min: 1, max: 400 };

export function createListenerOperations(store: ElbStore): Record<string, Operation> {
  const refuseTakenPort = (loadBalancerArn: string, port: number, self?: StoredListener): void => {
    if (store.listenersOf(loadBalancerArn).some((other) => other !== self && other.port === port))
      throw elbError("DuplicateListener", "A listener already exists on this port for this load balancer");
  };

  return {
    CreateListener(input, context) {
      const loadBalancer = store.loadBalancer(checks.requiredText(input, "LoadBalancerArn"));
      const port = portOf(input.Port);
      if (port === undefined) throw checks.fail("A listener port must be specified");
      const protocol = readProtocol(input, loadBalancer);
      if (protocol === undefined) throw checks.fail("A listener protocol must be specified");
      const list = checks.list(input, "DefaultActions");
      if (list === undefined) throw checks.fail("DefaultActions must not be null");
      const actions = readActions(store, list, { loadBalancerArn: loadBalancer.arn, protocol });
      const details = readSecurity(input, protocol, {});
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags, { tooMany: (message) => elbError("TooManyTags", message) });
      const same = store
        .listenersOf(loadBalancer.arn)
        .find(
          (other) =>
            JSON.stringify([other.port, other.protocol, other.details, other.actions]) ===
            JSON.stringify([port, protocol, details, actions]),
        );
      // The same request twice is one listener.
      if (same !== undefined) return { Listeners: [shown(same)] };
      refuseTakenPort(loadBalancer.arn, port);

      const path = loadBalancer.arn.slice(
        loadBalancer.arn.indexOf(":loadbalancer/") + ":loadbalancer/".length,
      );
      const arn = store.newArn(context, `listener/${path}/${store.newId(`listener/${path}`)}`);
      const attributes =
        loadBalancer.type === "application" ? ATTRIBUTES.httpListener : ATTRIBUTES.networkListener;
      const listener: StoredListener = {
        arn,
        loadBalancerArn: loadBalancer.arn,
        port,
        protocol,
        details,
        actions,
        attributes: new Map(Object.entries(attributes)),
        tags,
      };
      store.listeners.set(arn, listener);
      const rule = `${arn.replace(":listener/", ":listener-rule/")}/${store.newId(`rule/${path}`)}`;
      store.rules.set(rule, {
        arn: rule,
        listenerArn: arn,
        priority: undefined,
        conditions: [],
        actions: [],
        tags: {},
      });
      return { Listeners: [shown(listener)] };
    },

    DescribeListeners(input) {
      const loadBalancerArn = checks.text(input, "LoadBalancerArn");
      const arns = checks.texts(input, "ListenerArns") ?? [];
      if ((loadBalancerArn === undefined) === (arns.length === 0))
        throw checks.fail("You must specify either listener ARNs or a load balancer ARN");
      const found =
        loadBalancerArn === undefined
          ? [...new Set(arns)].map((arn) => store.listener(arn))
          : store.listenersOf(store.loadBalancer(loadBalancerArn).arn);
      const { Marker, PageSize: _, ...asked } = input;
      const page = takePage(
        found.sort((a, b) => compareText(a.arn, b.arn)),
        (listener) => listener.arn,
        {
          limit: checks.integer(input, "PageSize", PAGE) ?? PAGE.max,
          token: Marker,
          scope: ["DescribeListeners", asked],
          invalidToken: invalidMarker,
        },
      );
      return { Listeners: page.items.map(shown), ...present({ NextMarker: page.nextToken }) };
    },

    ModifyListener(input) {
      const listener = store.listener(checks.requiredText(input, "ListenerArn"));
      const port = portOf(input.Port) ?? listener.port;
      const protocol = readProtocol(input, store.loadBalancer(listener.loadBalancerArn)) ?? listener.protocol;
      refuseTakenPort(listener.loadBalancerArn, port, listener);
      const list = checks.list(input, "DefaultActions");
      const actions =
        list === undefined
          ? listener.actions
          : readActions(store, list, { loadBalancerArn: listener.loadBalancerArn, protocol });
      const details = readSecurity(input, protocol, listener.details);
      Object.assign(listener, { port, protocol, actions, details });
      return { Listeners: [shown(listener)] };
    },

    DeleteListener(input) {
      const listener = store.listener(checks.requiredText(input, "ListenerArn"));
      for (const rule of store.rulesOf(listener.arn)) store.rules.delete(rule.arn);
      store.listeners.delete(listener.arn);
      return {};
    },
  };
}

function shown(listener: StoredListener): Output {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol,
    ...listener.details,
    DefaultActions: listener.actions,
  };
}

function readProtocol(input: Input, { type }: StoredLoadBalancer): string | undefined {
  const protocol = checks.text(input, "Protocol");
  if (protocol !== undefined && !PROTOCOLS[type].includes(protocol))
    throw elbError(
      "UnsupportedProtocol",
      `The protocol '${protocol}' is not supported by ${type} load balancers`,
    );
  return protocol;
}

function readSecurity(
  input: Input,
  protocol: string,
  before: Record<string, unknown>,
): Record<string, unknown> {
  if (!SECURE.includes(protocol)) return {};
  const certificates =
    checks.list(input, "Certificates") ?? (before.Certificates as Input[] | undefined) ?? [];
  if (certificates.length === 0)
    throw elbError("CertificateNotFound", `A certificate must be specified for ${protocol} listeners`);
  return {
    Certificates: certificates.map((each) => ({
      CertificateArn: checks.requiredText(each, "CertificateArn"),
    })),
    SslPolicy: checks.text(input, "SslPolicy") ?? before.SslPolicy ?? SSL_POLICY,
    ...present({ AlpnPolicy: checks.texts(input, "AlpnPolicy") ?? before.AlpnPolicy }),
    ...(protocol === "HTTPS"
      ? { MutualAuthentication: checks.object(input, "MutualAuthentication") ?? { Mode: "off" } }
      : {}),
  };
}

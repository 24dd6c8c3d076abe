// A target group's health check: defaults by kind of group, and what ModifyTargetGroup may change.
import type { Input } from "../../service.ts";
import { checks, invalidConfiguration } from "./errors.ts";

export interface HealthCheck {
  readonly HealthCheckEnabled: boolean;
  readonly HealthCheckProtocol?: string;
  readonly HealthCheckPort?: string;
  readonly HealthCheckPath?: string;
  readonly HealthCheckIntervalSeconds: number;
  readonly HealthCheckTimeoutSeconds: number;
  readonly HealthyThresholdCount: number;
  readonly UnhealthyThresholdCount: number;
  readonly Matcher?: Matcher;
}

interface Matcher {
  readonly HttpCode?: string;
  readonly GrpcCode?: string;
}

/** What of the group decides on the defaults and the ranges. */
export interface GroupKind {
  readonly protocol: string | undefined;
  readonly protocolVersion: string | undefined;
  readonly targetType: string;
}

const HTTP = ["HTTP", "HTTPS"];
const CHECK_PROTOCOLS = ["HTTP", "HTTPS", "TCP"];
const PROTOCOLS = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"];

export function isApplicationGroup({ protocol, targetType }: GroupKind): boolean {
  return targetType === "lambda" || HTTP.includes(protocol ?? "");
}

/** The check after a request: fields left out keep `current`, or take the default when there is none. */
export function readHealthCheck(input: Input, kind: GroupKind, current?: HealthCheck): HealthCheck {
  const lambda = kind.targetType === "lambda";
  const application = isApplicationGroup(kind);
  const enabled = checks.boolean(input, "HealthCheckEnabled") ?? current?.HealthCheckEnabled ?? !lambda;
  if (!enabled && !lambda)
    throw invalidConfiguration(
      "Health check enabled must be true for target groups with target type other than 'lambda'",
    );

  const protocol = readProtocol(input, kind, current);
  const overHttp = lambda || HTTP.includes(protocol ?? "");
  // A check that goes from TCP to HTTP or back takes the other one's defaults.
  const before = current !== undefined && (current.Matcher !== undefined) === overHttp ? current : undefined;
  const interval =
    checks.integer(input, "HealthCheckIntervalSeconds", { min: 5, max: 300 }) ??
    current?.HealthCheckIntervalSeconds ??
    (lambda ? 35 : 30);
  const timeout =
    checks.integer(input, "HealthCheckTimeoutSeconds", { min: 2, max: 120 }) ??
    current?.HealthCheckTimeoutSeconds ??
    defaultTimeout(application, lambda, protocol);
  if (timeout >= interval)
    throw invalidConfiguration(
      `Health check timeout '${timeout}' must be smaller than the interval '${interval}'`,
    );

  const path = checks.text(input, "HealthCheckPath", { min: 1, max: 1024 });
  const matcher = readMatcher(input, kind, application);
  if (!overHttp && (path !== undefined || matcher !== undefined))
    throw invalidConfiguration(
      `Health check path and matcher are not supported for health checks with protocol '${protocol}'`,
    );
  if (path !== undefined && !path.startsWith("/"))
    throw checks.fail(`Health check path '${path}' must begin with a '/' character`);
  const port = readPort(input) ?? current?.HealthCheckPort ?? (lambda ? undefined : "traffic-port");
  return {
    HealthCheckEnabled: enabled,
    ...(protocol === undefined ? {} : { HealthCheckProtocol: protocol }),
    ...(port === undefined ? {} : { HealthCheckPort: port }),
    HealthCheckIntervalSeconds: interval,
    HealthCheckTimeoutSeconds: timeout,
    HealthyThresholdCount: threshold(input, "HealthyThresholdCount") ?? current?.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount:
      threshold(input, "UnhealthyThresholdCount") ?? current?.UnhealthyThresholdCount ?? 2,
    ...(overHttp
      ? {
          HealthCheckPath: path ?? before?.HealthCheckPath ?? defaultPath(kind),
          Matcher: matcher ?? before?.Matcher ?? defaultMatcher(kind, application),
        }
      : {}),
  };
}

function readProtocol(input: Input, kind: GroupKind, current: HealthCheck | undefined): string | undefined {
  const given = checks.text(input, "HealthCheckProtocol", { oneOf: PROTOCOLS });
  if (kind.targetType === "lambda") {
    if (given !== undefined)
      throw invalidConfiguration("Health check protocol is not supported for target type 'lambda'");
    return undefined;
  }
  const application = isApplicationGroup(kind);
  const overHttp = application || kind.targetType === "alb";
  if (given !== undefined && !(overHttp ? HTTP : CHECK_PROTOCOLS).includes(given))
    throw invalidConfiguration(
      `Health check protocol '${given}' is not supported for target groups with the ${kind.protocol} protocol`,
    );
  return given ?? current?.HealthCheckProtocol ?? (overHttp ? "HTTP" : "TCP");
}

function readPort(input: Input): string | undefined {
  const port = input.HealthCheckPort ?? undefined;
  if (port === undefined || port === "") return undefined;
  const text = String(port);
  const number = Number(text);
  if (text !== "traffic-port" && !(Number.isInteger(number) && number >= 1 && number <= 65_535))
    throw checks.fail(`Health check port '${text}' must be 'traffic-port' or in the range 1-65535`);
  return text;
}

function readMatcher(input: Input, kind: GroupKind, application: boolean): Matcher | undefined {
  const matcher = checks.object(input, "Matcher");
  if (matcher === undefined) return undefined;
  const HttpCode = checks.text(matcher, "HttpCode", { at: "matcher" });
  const GrpcCode = checks.text(matcher, "GrpcCode", { at: "matcher" });
  if ((HttpCode === undefined) === (GrpcCode === undefined))
    throw checks.fail("A matcher must hold exactly one of HttpCode and GrpcCode");
  const grpc = kind.protocolVersion === "GRPC";
  if (grpc !== (GrpcCode !== undefined))
    throw invalidConfiguration(
      `A ${grpc ? "GRPC" : "non-GRPC"} target group needs ${grpc ? "GrpcCode" : "HttpCode"}`,
    );
  if (GrpcCode !== undefined) {
    refuseBadCodes(GrpcCode, 0, 99);
    return { GrpcCode };
  }
  refuseBadCodes(HttpCode ?? "", 200, application ? 499 : 599);
  return { HttpCode: HttpCode ?? "" };
}

/** `200`, `200,202` or `200-299`. */
function refuseBadCodes(codes: string, least: number, most: number): void {
  for (const part of codes.split(",")) {
    const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part);
    const from = Number(range?.[1]);
    const to = Number(range?.[2] ?? range?.[1]);
    if (range === null || from < least || to > most || from > to)
      throw checks.fail(`Health check matcher '${codes}' must be codes from ${least} to ${most}`);
  }
}

function threshold(input: Input, field: string): number | undefined {
  return checks.integer(input, field, { min: 2, max: 10 });
}

function defaultTimeout(application: boolean, lambda: boolean, protocol: string | undefined): number {
  if (lambda) return 30;
  if (application) return 5;
  return protocol === "HTTP" ? 6 : 10;
}

function defaultPath({ protocolVersion }: GroupKind): string {
  return protocolVersion === "GRPC" ? "/AWS.ALB/healthcheck" : "/";
}

function defaultMatcher({ protocolVersion }: GroupKind, application: boolean): Matcher {
  if (protocolVersion === "GRPC") return { GrpcCode: "12" };
  return { HttpCode: application ? "200" : "200-399" };
}

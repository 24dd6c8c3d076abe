// Elastic Load Balancing as the sandbox plays it, called as plain functions.
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createElb } from "../../controller/sandbox/services/elb.ts";

let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "ap-northeast-1" };
let service = createElb();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const first = (operation: string, input: Input, list: string): Input =>
  (call(operation, input)[list] as Input[])[0];
const refused = (code: string, operation: string, input: Input) =>
  expect(() => call(operation, input)).toThrow(expect.objectContaining({ code, status: 400 }));

const createGroup = (Name: string, more: Input = {}): Input =>
  first(
    "CreateTargetGroup",
    { Name, Protocol: "HTTP", Port: 80, VpcId: "vpc-1", TargetType: "ip", ...more },
    "TargetGroups",
  );
const createBalancer = (Name: string, more: Input = {}): string =>
  first("CreateLoadBalancer", { Name, Subnets: ["subnet-1", "subnet-2"], ...more }, "LoadBalancers")
    .LoadBalancerArn;
const forward = (TargetGroupArn: string) => [{ Type: "forward", TargetGroupArn }];
const createListener = (LoadBalancerArn: string, DefaultActions: Input[], Port: unknown = 80): string =>
  first("CreateListener", { LoadBalancerArn, Protocol: "HTTP", Port, DefaultActions }, "Listeners")
    .ListenerArn;
const group = (TargetGroupArn: string) =>
  first("DescribeTargetGroups", { TargetGroupArns: [TargetGroupArn] }, "TargetGroups");
const nowhere = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }];

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createElb();
});

describe("ARNs", () => {
  it("have the ends that become metric dimensions, the same in each run and another for each resource", () => {
    const make = () => [
      createBalancer("web"),
      createBalancer("net", { Type: "network" }),
      createGroup("api").TargetGroupArn,
    ];
    const arns = make();
    expect(arns[0]).toMatch(
      /^arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer\/app\/web\/[0-9a-f]{16}$/,
    );
    expect(arns[1]).toMatch(/:loadbalancer\/net\/net\/[0-9a-f]{16}$/);
    expect(arns[2]).toMatch(/:targetgroup\/api\/[0-9a-f]{16}$/);
    service = createElb();
    expect(make()).toEqual(arns);
    call("DeleteTargetGroup", { TargetGroupArn: arns[2] });
    expect(createGroup("api").TargetGroupArn).not.toBe(arns[2]);
  });

  it("of listeners and rules hold those above them", () => {
    const arn = createBalancer("web");
    const listener = createListener(arn, nowhere);
    expect(listener.startsWith(`${arn.replace(":loadbalancer/", ":listener/")}/`)).toBe(true);
    const rule = first("DescribeRules", { ListenerArn: listener }, "Rules").RuleArn;
    expect(rule.startsWith(`${listener.replace(":listener/", ":listener-rule/")}/`)).toBe(true);
  });
});

describe("a new target group has the defaults of its kind", () => {
  const common = {
    HealthCheckEnabled: true,
    HealthCheckPort: "traffic-port",
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    HealthCheckIntervalSeconds: 30,
  };
  const cases: [string, Input, Input][] = [
    [
      "HTTP",
      {},
      {
        ...common,
        HealthCheckProtocol: "HTTP",
        HealthCheckTimeoutSeconds: 5,
        HealthCheckPath: "/",
        Matcher: { HttpCode: "200" },
        ProtocolVersion: "HTTP1",
      },
    ],
    [
      "gRPC",
      { ProtocolVersion: "GRPC" },
      { HealthCheckPath: "/AWS.ALB/healthcheck", Matcher: { GrpcCode: "12" } },
    ],
    ["TCP", { Protocol: "TCP" }, { ...common, HealthCheckProtocol: "TCP", HealthCheckTimeoutSeconds: 10 }],
    [
      "TCP checked by HTTP",
      { Protocol: "TCP", HealthCheckProtocol: "HTTP" },
      { HealthCheckTimeoutSeconds: 6, HealthCheckPath: "/", Matcher: { HttpCode: "200-399" } },
    ],
    ["an ALB behind", { Protocol: "TCP", TargetType: "alb" }, { HealthCheckProtocol: "HTTP" }],
  ];
  it.each(cases)("%s", (_name, more, expected) => {
    expect(createGroup("g", more)).toMatchObject(expected);
  });

  it("lambda has no port and no check", () => {
    const { TargetGroupArn, ...rest } = first(
      "CreateTargetGroup",
      { Name: "l", TargetType: "lambda" },
      "TargetGroups",
    );
    expect(rest).toMatchObject({
      HealthCheckEnabled: false,
      HealthCheckIntervalSeconds: 35,
      HealthCheckTimeoutSeconds: 30,
    });
    expect(rest).not.toHaveProperty("Port");
    expect(rest).not.toHaveProperty("HealthCheckProtocol");
  });

  it("TCP has neither path nor matcher", () => {
    const tcp = createGroup("g", { Protocol: "TCP" });
    expect(tcp).not.toHaveProperty("HealthCheckPath");
    expect(tcp).not.toHaveProperty("Matcher");
    expect(tcp).not.toHaveProperty("ProtocolVersion");
  });

  it("twice the same is one group, with other settings it is a duplicate", () => {
    const arn = createGroup("g").TargetGroupArn;
    expect(createGroup("g").TargetGroupArn).toBe(arn);
    expect(() => createGroup("g", { Port: 81 })).toThrow(
      expect.objectContaining({
        code: "DuplicateTargetGroupNameException",
        queryCode: "DuplicateTargetGroupName",
      }),
    );
  });

  it.each([
    ["a long name", { Name: "x".repeat(33) }],
    ["a name with an underscore", { Name: "a_b" }],
    ["no VPC", { VpcId: undefined }],
    ["no port", { Port: undefined }],
    ["port 0", { Port: 0 }],
    ["an unknown protocol", { Protocol: "SMTP" }],
    ["a version of TCP", { Protocol: "TCP", ProtocolVersion: "HTTP1" }],
  ])("refuses %s", (_name, more) => {
    expect(() => createGroup("g", more)).toThrow(expect.objectContaining({ code: "ValidationError" }));
  });
});

describe("ModifyTargetGroup", () => {
  const http: [string, Input, string | undefined][] = [
    [
      "the whole check",
      {
        HealthCheckProtocol: "HTTPS",
        HealthCheckPort: "8080",
        HealthCheckPath: "/h",
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 9,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 10,
        Matcher: { HttpCode: "200,202-299" },
      },
      undefined,
    ],
    ["a port as a number", { HealthCheckPort: 8080 }, undefined],
    ["interval 4", { HealthCheckIntervalSeconds: 4 }, "ValidationError"],
    ["interval 301", { HealthCheckIntervalSeconds: 301 }, "ValidationError"],
    ["timeout 1", { HealthCheckTimeoutSeconds: 1 }, "ValidationError"],
    [
      "timeout as long as the interval",
      { HealthCheckTimeoutSeconds: 30 },
      "InvalidConfigurationRequestException",
    ],
    [
      "interval as short as the timeout",
      { HealthCheckIntervalSeconds: 5 },
      "InvalidConfigurationRequestException",
    ],
    ["threshold 1", { HealthyThresholdCount: 1 }, "ValidationError"],
    ["threshold 11", { UnhealthyThresholdCount: 11 }, "ValidationError"],
    ["path without a slash", { HealthCheckPath: "health" }, "ValidationError"],
    ["a long path", { HealthCheckPath: `/${"x".repeat(1024)}` }, "ValidationError"],
    ["port 70000", { HealthCheckPort: "70000" }, "ValidationError"],
    ["a port's name", { HealthCheckPort: "http" }, "ValidationError"],
    ["TCP on HTTP", { HealthCheckProtocol: "TCP" }, "InvalidConfigurationRequestException"],
    ["switching it off", { HealthCheckEnabled: false }, "InvalidConfigurationRequestException"],
    ["a 500", { Matcher: { HttpCode: "200-500" } }, "ValidationError"],
    ["a 100", { Matcher: { HttpCode: "100" } }, "ValidationError"],
    ["a range backwards", { Matcher: { HttpCode: "299-200" } }, "ValidationError"],
    ["no codes", { Matcher: { HttpCode: "" } }, "ValidationError"],
    ["gRPC codes on HTTP", { Matcher: { GrpcCode: "0" } }, "InvalidConfigurationRequestException"],
  ];
  it.each(http)("HTTP: %s", (_name, change, code) => {
    const { TargetGroupArn, ...before } = createGroup("g");
    if (code === undefined) {
      const expected = change.HealthCheckPort === 8080 ? { HealthCheckPort: "8080" } : change;
      expect(first("ModifyTargetGroup", { TargetGroupArn, ...change }, "TargetGroups")).toEqual({
        TargetGroupArn,
        ...before,
        ...expected,
      });
    } else {
      refused(code, "ModifyTargetGroup", { TargetGroupArn, ...change });
      expect(group(TargetGroupArn)).toEqual({ TargetGroupArn, ...before });
    }
  });

  it("of a TCP group goes to HTTP and back, with what belongs to each", () => {
    const { TargetGroupArn } = createGroup("g", { Protocol: "TCP" });
    refused("InvalidConfigurationRequestException", "ModifyTargetGroup", {
      TargetGroupArn,
      HealthCheckPath: "/x",
    });
    call("ModifyTargetGroup", { TargetGroupArn, HealthCheckProtocol: "HTTP", Matcher: { HttpCode: "599" } });
    expect(group(TargetGroupArn)).toMatchObject({ HealthCheckPath: "/", Matcher: { HttpCode: "599" } });
    call("ModifyTargetGroup", { TargetGroupArn, HealthCheckProtocol: "TCP" });
    expect(group(TargetGroupArn)).not.toHaveProperty("Matcher");
  });

  it("changes nothing else, and knows who isn't there", () => {
    const { TargetGroupArn } = createGroup("g");
    call("ModifyTargetGroup", { TargetGroupArn, Port: 81, Protocol: "TCP", HealthyThresholdCount: 3 });
    expect(group(TargetGroupArn)).toMatchObject({ Port: 80, Protocol: "HTTP", HealthyThresholdCount: 3 });
    refused("TargetGroupNotFoundException", "ModifyTargetGroup", { TargetGroupArn: `${TargetGroupArn}0` });
    refused("ValidationError", "ModifyTargetGroup", { TargetGroupArn: "g" });
  });
});

describe("a target group's load balancers", () => {
  it("come from listeners, weighted forwards and rules, and go with them", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => createGroup(name).TargetGroupArn);
    const web = createBalancer("web");
    const listener = createListener(web, [
      {
        Type: "forward",
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: a, Weight: 9 },
            { TargetGroupArn: b, Weight: 0 },
          ],
        },
      },
    ]);
    const rule = first(
      "CreateRule",
      {
        ListenerArn: listener,
        Priority: 10,
        Conditions: [{ Field: "path-pattern", Values: ["/c"] }],
        Actions: forward(c),
      },
      "Rules",
    );
    expect([a, b, c, d].map((arn) => group(arn).LoadBalancerArns)).toEqual([[web], [web], [web], []]);
    expect(service.targetGroup(b)).toEqual({ loadBalancerArns: [web] });
    expect(service.targetGroup(d)).toEqual({ loadBalancerArns: [] });
    expect(service.targetGroup("nope")).toBeUndefined();
    const ofWeb = call("DescribeTargetGroups", { LoadBalancerArn: web }).TargetGroups as Input[];
    expect(ofWeb.map((each) => each.TargetGroupName)).toEqual(["a", "b", "c"]);

    refused("ResourceInUseException", "DeleteTargetGroup", { TargetGroupArn: c });
    refused("ResourceInUseException", "DeleteTargetGroup", { TargetGroupArn: b });
    call("DeleteRule", { RuleArn: rule.RuleArn });
    call("DeleteTargetGroup", { TargetGroupArn: c });
    call("ModifyListener", { ListenerArn: listener, DefaultActions: forward(d) });
    expect(group(a).LoadBalancerArns).toEqual([]);
    call("DeleteLoadBalancer", { LoadBalancerArn: web });
    expect(group(d).LoadBalancerArns).toEqual([]);
    refused("ListenerNotFoundException", "DescribeListeners", { ListenerArns: [listener] });
  });

  it("are never two", () => {
    const { TargetGroupArn } = createGroup("g");
    createListener(createBalancer("one"), forward(TargetGroupArn));
    expect(() => createListener(createBalancer("two"), forward(TargetGroupArn))).toThrow(
      expect.objectContaining({ queryCode: "TargetGroupAssociationLimit" }),
    );
  });
});

describe("describing", () => {
  it("target groups: by one way at a time, all found or an error, paged", () => {
    const arns = ["c", "a", "b"].map((name) => createGroup(name).TargetGroupArn);
    const names = (output: Output) => (output.TargetGroups as Input[]).map((each) => each.TargetGroupName);
    expect(names(call("DescribeTargetGroups"))).toEqual(["a", "b", "c"]);
    expect(names(call("DescribeTargetGroups", { Names: ["b"] }))).toEqual(["b"]);
    expect(names(call("DescribeTargetGroups", { TargetGroupArns: arns.slice(0, 2) }))).toEqual(["a", "c"]);
    refused("TargetGroupNotFoundException", "DescribeTargetGroups", { Names: ["a", "nope"] });
    refused("TargetGroupNotFoundException", "DescribeTargetGroups", { TargetGroupArns: [`${arns[0]}x`] });
    refused("LoadBalancerNotFoundException", "DescribeTargetGroups", { LoadBalancerArn: "nope" });
    refused("ValidationError", "DescribeTargetGroups", { Names: ["a"], TargetGroupArns: [arns[0]] });
    refused("ValidationError", "DescribeTargetGroups", { PageSize: 401 });
    const page = call("DescribeTargetGroups", { PageSize: 2 });
    expect(names(call("DescribeTargetGroups", { PageSize: 2, Marker: page.NextMarker }))).toEqual(["c"]);
    refused("ValidationError", "DescribeTargetGroups", { Marker: "made up" });
  });

  it("load balancers: with what Terraform reads", () => {
    const arn = createBalancer("web", { Scheme: "internal", SecurityGroups: ["sg-1"] });
    expect(first("DescribeLoadBalancers", { Names: ["web"] }, "LoadBalancers")).toMatchObject({
      LoadBalancerArn: arn,
      DNSName: expect.stringMatching(/^internal-web-\d+\.ap-northeast-1\.elb\.amazonaws\.com$/),
      CanonicalHostedZoneId: expect.any(String),
      CreatedTime: new Date(clock),
      Scheme: "internal",
      VpcId: expect.stringMatching(/^vpc-/),
      State: { Code: "active" },
      Type: "application",
      AvailabilityZones: [
        { ZoneName: "ap-northeast-1a", SubnetId: "subnet-1" },
        { ZoneName: "ap-northeast-1b", SubnetId: "subnet-2" },
      ],
      SecurityGroups: ["sg-1"],
      IpAddressType: "ipv4",
    });
    refused("LoadBalancerNotFoundException", "DescribeLoadBalancers", { Names: ["nope"] });
    refused("LoadBalancerNotFoundException", "DescribeLoadBalancers", { LoadBalancerArns: ["nope"] });
    refused("ValidationError", "DescribeLoadBalancers", { LoadBalancerArns: Array(21).fill(arn) });
    refused("ValidationError", "CreateLoadBalancer", { Name: "one-subnet", Subnets: ["subnet-1"] });
    refused("DuplicateLoadBalancerNameException", "CreateLoadBalancer", { Name: "web", Subnets: ["a", "b"] });
  });

  it("listeners and rules: actions both ways, the default rule last", () => {
    const { TargetGroupArn } = createGroup("g");
    const listener = createListener(createBalancer("web"), forward(TargetGroupArn), "8080");
    const both = {
      Type: "forward",
      TargetGroupArn,
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn, Weight: 1 }],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    };
    expect(first("DescribeListeners", { ListenerArns: [listener] }, "Listeners")).toMatchObject({
      Port: 8080,
      Protocol: "HTTP",
      DefaultActions: [both],
    });
    for (const Priority of [20, 3])
      call("CreateRule", {
        ListenerArn: listener,
        Priority,
        Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: ["x"] } }],
        Actions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301", Port: 443 } }],
      });
    const rules = call("DescribeRules", { ListenerArn: listener }).Rules as Input[];
    expect(rules.map((rule) => rule.Priority)).toEqual(["3", "20", "default"]);
    expect(rules[0]).toMatchObject({
      Conditions: [{ Field: "host-header", Values: ["x"], HostHeaderConfig: { Values: ["x"] } }],
      Actions: [{ Type: "redirect", RedirectConfig: { Port: "443", Host: "#{host}" } }],
      IsDefault: false,
    });
    expect(rules[2]).toMatchObject({ Actions: [both], Conditions: [], IsDefault: true });
    expect(() =>
      call("CreateRule", {
        ListenerArn: listener,
        Priority: 3,
        Conditions: [{ Field: "path-pattern", Values: ["/"] }],
        Actions: nowhere,
      }),
    ).toThrow(expect.objectContaining({ queryCode: "PriorityInUse" }));
    refused("OperationNotPermittedException", "DeleteRule", { RuleArn: rules[2].RuleArn });
  });

  it.each([
    ["a port twice", "DuplicateListenerException", { Port: 80 }],
    ["TCP on an application load balancer", "UnsupportedProtocolException", { Port: 81, Protocol: "TCP" }],
    ["HTTPS without certificate", "CertificateNotFoundException", { Port: 443, Protocol: "HTTPS" }],
    ["no action", "ValidationError", { Port: 81, DefaultActions: [] }],
    [
      "two ends",
      "InvalidConfigurationRequestException",
      { Port: 81, DefaultActions: [...nowhere, ...nowhere] },
    ],
    [
      "a group that isn't there",
      "TargetGroupNotFoundException",
      { Port: 81, DefaultActions: forward("arn:aws:x:targetgroup/y/z") },
    ],
  ])("listeners are refused for %s", (_name, code, more) => {
    const LoadBalancerArn = createBalancer("web");
    createListener(LoadBalancerArn, nowhere);
    const other = [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503" } }];
    refused(code, "CreateListener", { LoadBalancerArn, Protocol: "HTTP", DefaultActions: other, ...more });
  });

  it("a TCP group doesn't fit an HTTP listener", () => {
    const { TargetGroupArn } = createGroup("t", { Protocol: "TCP" });
    expect(() => createListener(createBalancer("web"), forward(TargetGroupArn))).toThrow(
      expect.objectContaining({ queryCode: "IncompatibleProtocols" }),
    );
  });
});

describe("targets", () => {
  it("are unused without a load balancer, then initial, healthy, draining and gone, by the clock", () => {
    const { TargetGroupArn } = createGroup("g");
    const Targets = [{ Id: "10.0.0.1" }];
    const health = (input: Input = {}) =>
      (call("DescribeTargetHealth", { TargetGroupArn, ...input }).TargetHealthDescriptions as Input[]).map(
        (each) => each.TargetHealth.State,
      );
    call("RegisterTargets", { TargetGroupArn, Targets });
    expect(health()).toEqual(["unused"]);
    createListener(createBalancer("web"), forward(TargetGroupArn));
    expect(health()).toEqual(["initial"]);
    clock += 30_000;
    call("RegisterTargets", { TargetGroupArn, Targets: [{ Id: "10.0.0.1", Port: 80 }] });
    expect(health()).toEqual(["healthy"]);
    expect(health({ Targets: [{ Id: "10.0.0.9" }] })).toEqual(["unused"]);
    call("DeregisterTargets", { TargetGroupArn, Targets });
    expect(health()).toEqual(["draining"]);
    clock += 300_000;
    expect(health()).toEqual([]);
    refused("InvalidTargetException", "RegisterTargets", { TargetGroupArn, Targets: [{ Id: "i-123" }] });
  });
});

describe("attributes", () => {
  it("have AWS's defaults, and change one by one", () => {
    const { TargetGroupArn } = createGroup("g");
    const Key = "deregistration_delay.timeout_seconds";
    const read = () =>
      Object.fromEntries(
        (call("DescribeTargetGroupAttributes", { TargetGroupArn }).Attributes as Input[]).map((each) => [
          each.Key,
          each.Value,
        ]),
      );
    expect(read()[Key]).toBe("300");
    call("ModifyTargetGroupAttributes", { TargetGroupArn, Attributes: [{ Key, Value: "5" }] });
    expect(read()).toMatchObject({ [Key]: "5", "stickiness.enabled": "false" });
    for (const attribute of [
      { Key, Value: "3601" },
      { Key: "slow_start.duration_seconds", Value: "10" },
      { Key: "nope", Value: "" },
      { Key: "stickiness.enabled", Value: "yes" },
    ])
      refused("ValidationError", "ModifyTargetGroupAttributes", {
        TargetGroupArn,
        Attributes: [{ Key: "stickiness.enabled", Value: "true" }, attribute],
      });
    expect(read()["stickiness.enabled"]).toBe("false");
  });

  it("can protect a load balancer from deletion", () => {
    const LoadBalancerArn = createBalancer("web");
    call("ModifyLoadBalancerAttributes", {
      LoadBalancerArn,
      Attributes: [{ Key: "deletion_protection.enabled", Value: "true" }],
    });
    refused("OperationNotPermittedException", "DeleteLoadBalancer", { LoadBalancerArn });
  });
});

describe("tags", () => {
  it("are set on several ARNs at once, all or none, for at most 20", () => {
    const arns = [
      createBalancer("web"),
      createGroup("g", { Tags: [{ Key: "a", Value: "1" }] }).TargetGroupArn,
    ];
    call("AddTags", { ResourceArns: arns, Tags: [{ Key: "b", Value: "2" }] });
    call("RemoveTags", { ResourceArns: [arns[1]], TagKeys: ["a"] });
    expect(call("DescribeTags", { ResourceArns: arns }).TagDescriptions).toEqual(
      arns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] })),
    );
    refused("TargetGroupNotFoundException", "AddTags", {
      ResourceArns: [arns[0], `${arns[1]}x`],
      Tags: [{ Key: "c", Value: "" }],
    });
    expect(service.taggedResources?.().map((each) => each.tags)).toEqual([{ b: "2" }, { b: "2" }]);
    refused("ValidationError", "DescribeTags", { ResourceArns: Array(21).fill(arns[0]) });
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
    refused("TooManyTagsException", "AddTags", { ResourceArns: [arns[0]], Tags });
  });
});

it("no caller can reach into the state", () => {
  const { TargetGroupArn } = createGroup("g");
  const before = JSON.stringify(service.state());
  group(TargetGroupArn).Matcher.HttpCode = "404";
  expect(JSON.stringify(service.state())).toBe(before);
});

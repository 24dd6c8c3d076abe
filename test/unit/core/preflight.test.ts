import { describe, expect, it, test } from "vitest";
import { findFlights, findWarnings } from "../../../controller/core/preflight.ts";
import { findRoleNeeds } from "../../../controller/core/role-needs.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { roleNeedKey } from "../../../controller/model/role-need.ts";
import type { Workload } from "../../../controller/model/workload.ts";
import {
  account,
  appContainer,
  definition,
  failedRead,
  plan,
  policies,
  region,
  targetGroup,
  workload,
} from "./builders.ts";

const role = `arn:aws:iam::${account}:role/execution`;
const shell = { command: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"] };

function warn(before: JsonObject, after: JsonObject, over: Partial<Workload> = {}): string[] {
  return warnAll([{ workload: workload(over as object), before, after }]);
}

function warnAll(
  flights: readonly { workload: Workload; before: JsonObject; after: JsonObject }[],
  refused: ReadonlyMap<string, readonly string[]> = new Map(),
): string[] {
  return findWarnings(flights, refused).map(({ severity, code, message }) => {
    expect(severity).toBe("warning");
    return `${code}: ${message}`;
  });
}

function side(image: string, command: readonly string[], over: JsonObject = {}): JsonObject {
  return { name: "side", image, essential: false, healthCheck: { command }, ...over };
}

function withSide(image: string, command: readonly string[], over: JsonObject = {}): string[] {
  return warn(definition(), definition([appContainer(), side(image, command, over)]));
}

const agent = "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300040.0b650";
const mackerel = "public.ecr.aws/mackerel/mackerel-container-agent:v0.13.2";

describe("a health check that cannot run", () => {
  test.each<[string, readonly string[], string]>([
    [agent, ["CMD-SHELL", "true"], "a shell (CMD-SHELL)"],
    [agent, ["CMD", "/bin/sh", "-c", "true"], "sh"],
    [agent, ["CMD", "curl", "-f", "localhost"], "curl"],
    ["amazon/cloudwatch-agent", ["CMD-SHELL", "exit 0"], "a shell (CMD-SHELL)"],
    [
      `${account}.dkr.ecr.${region}.amazonaws.com/ecr-public/cloudwatch-agent/cloudwatch-agent@sha256:00`,
      ["CMD-SHELL", "true"],
      "a shell (CMD-SHELL)",
    ],
    ["public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0", ["CMD-SHELL", "/healthcheck"], "a shell"],
    ["public.ecr.aws/xray/aws-xray-daemon:3.x", ["CMD", "nc", "-z", "localhost", "2000"], "nc"],
    ["otel/opentelemetry-collector-contrib:0.120.0", ["CMD-SHELL", "true"], "a shell"],
    [
      "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:1",
      ["CMD-SHELL", "true"],
      "a shell",
    ],
    ["registry:5000/gcr.io/distroless/static-debian12", ["CMD", "wget", "localhost"], "wget"],
    ["fluent/fluent-bit:3.2", ["CMD-SHELL", "curl localhost:2020"], "a shell"],
    [mackerel, ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "curl"],
    [mackerel, ["CMD-SHELL", "curl -f localhost || wget -q localhost || exit 1"], "curl and wget"],
    [mackerel, ["CMD-SHELL", "sleep 1; if /usr/bin/curl localhost; then exit 0; fi"], "curl"],
    [mackerel, ["CMD-SHELL", "LANG=C exec wget -q localhost"], "wget"],
    [mackerel, ["CMD", "bash", "-c", "wget -qO- localhost"], "wget"],
    ["mackerel/mackerel-container-agent:plugins", ["CMD", "/usr/bin/wget", "localhost"], "wget"],
  ])("%s %j needs %s", (image, command, what) => {
    const [text, ...rest] = withSide(image, command);
    expect(text).toContain(
      `HealthCheckCannotRun: prod/web: the health check of container side needs ${what}`,
    );
    expect(text).toContain(`the image ${image} does not have`);
    expect(rest).toEqual([]);
  });

  test.each<[string, readonly string[]]>([
    ["public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0", ["CMD", "/healthcheck"]],
    [agent, ["CMD", "/opt/aws/amazon-cloudwatch-agent/bin/config-translator", "--help"]],
    ["gcr.io/distroless/base:debug", ["CMD-SHELL", "wget localhost"]],
    ["fluent/fluent-bit:3.2-debug", ["CMD-SHELL", "curl localhost:2020"]],
    ["public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.0", shell.command],
    ["example.com/app:1", shell.command],
    ["example.com/team/cloudwatch-agent:1", shell.command],
    ["example.com/curl:1", ["CMD", "curl"]],
    [mackerel, ["CMD-SHELL", "curl -f localhost || pgrep mackerel || exit 1"]],
    [mackerel, ["CMD-SHELL", "curl -f localhost || exit 0"]],
    [mackerel, ["CMD-SHELL", "pgrep -f 'curl wget'"]],
    [mackerel, ["CMD-SHELL", "/opt/curl-probe --wget"]],
    [mackerel, ["CMD-SHELL", "test -e /curl"]],
    [mackerel, ["CMD-SHELL"]],
    [mackerel, []],
  ])("%s %j may run", (image, command) => {
    expect(withSide(image, command)).toEqual([]);
  });

  it("says what comes of it, and what to do", () => {
    const collector = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0";
    expect(withSide(collector, shell.command)[0]).toMatch(
      /built from scratch\): it would never be healthy; its own check is \["CMD", "\/healthcheck"\]$/,
    );
    expect(withSide(agent, shell.command, { essential: true })[0]).toMatch(
      /its tasks would be replaced again and again; use a program that the image has, by CMD, or leave/,
    );
  });

  it("is judged where it is new, or the image is", () => {
    const lame = definition([appContainer(), side(agent, shell.command)]);
    const filledIn = definition([
      appContainer(),
      { ...side(agent, []), healthCheck: { ...shell, interval: 30, timeout: 5, retries: 3 } },
    ]);
    expect(warn(lame, lame)).toEqual([]);
    expect(warn(filledIn, lame)).toEqual([]);
    expect(warn(definition([appContainer(), side("example.com/a", shell.command)]), lame)).toHaveLength(1);
    expect(warn(lame, definition())).toEqual([]);
  });
});

describe("a grace period", () => {
  const checked = (check: JsonObject, over: JsonObject = {}) =>
    definition([appContainer({ healthCheck: { ...shell, ...check }, ...over })]);
  const behind = (over: object = {}) =>
    ({ targetGroups: [targetGroup("web", "app/front")], ...over }) as object;

  test.each<[JsonObject, string, number]>([
    [{ startPeriod: 60 }, "startPeriod 60s + interval 30s × retries 3 = 150s", 150],
    [{}, "startPeriod 0s + interval 30s × retries 3 = 90s", 90],
    [{ startPeriod: 10, interval: 5, retries: 2 }, "startPeriod 10s + interval 5s × retries 2 = 20s", 20],
  ])("%j: %s", (check, sum, least) => {
    const short = behind({ healthCheckGracePeriod: least - 1 });
    expect(warn(definition(), checked(check), short)).toEqual([
      `GracePeriodTooShort: prod/web: the service's health check grace period, ${least - 1}s, is shorter than what the check of container app takes: ${sum}; a slow start may be stopped early. Set healthCheckGracePeriodSeconds to ${least} or more (no deployment)`,
    ]);
    expect(warn(definition(), checked(check), behind({ healthCheckGracePeriod: least }))).toEqual([]);
  });

  it("matters to services with a load balancer, also one that could not be read", () => {
    expect(warn(definition(), checked({}))).toEqual([]);
    expect(warn(definition(), checked({}), { targetGroups: failedRead } as object)).toHaveLength(1);
  });

  it("matters to essential containers only, and is told once, for the slowest", () => {
    expect(warn(definition(), checked({}, { essential: false }), behind())).toEqual([]);
    const two = definition([
      appContainer({ healthCheck: { ...shell, startPeriod: 5 } }),
      appContainer({ name: "slow", healthCheck: { ...shell, startPeriod: 300 } }),
    ]);
    const found = warn(definition(), two, behind());
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("container slow takes: startPeriod 300s");
  });

  it("is the owner's business where the check is", () => {
    expect(warn(checked({}), checked({}, { cpu: 1 }), behind())).toEqual([]);
  });
});

describe("an execution role", () => {
  const { executionRoleArn: _, ...roleless } = definition();
  const awslogs = { logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/g" } } };
  const secret = { secrets: [{ name: "K", valueFrom: "k" }] };
  const put = (over: JsonObject, rest: JsonObject = roleless) => ({
    ...rest,
    containerDefinitions: [appContainer(), appContainer({ name: "side", ...over })],
  });

  it("is missed for secrets, and on Fargate for awslogs", () => {
    const both = put({ ...awslogs, ...secret });
    expect(warn(roleless, both)).toEqual([
      "NoExecutionRole: prod/web: the task definition has no executionRoleArn, which ECS needs to read secrets (side) and to write logs by awslogs on Fargate (side); give it one, or no task will start",
    ]);
    const inLog = { logConfiguration: { logDriver: "splunk", secretOptions: secret.secrets } };
    expect(warn(roleless, put(inLog))[0]).toContain("to read secrets (side);");
    const ec2 = { ...roleless, requiresCompatibilities: ["EC2"] };
    expect(warn(ec2, put(awslogs, ec2), { launchType: "EC2" })).toEqual([]);
    expect(warn(ec2, put(secret, ec2), { launchType: "EC2" })).toHaveLength(1);
    // The definition would run on both; this service runs it on Fargate.
    expect(warn(ec2, put(awslogs, ec2), { launchType: "FARGATE" })).toHaveLength(1);
  });

  it("is the owner's business where it was missing already", () => {
    const already = put(secret);
    expect(warn(already, { ...already, networkMode: "host" })).toEqual([]);
  });

  it("is there", () => {
    expect(warn(definition(), put({ ...awslogs, ...secret }, definition()))).toEqual([]);
  });
});

describe("what the execution role has to be allowed", () => {
  const needs = (container: JsonObject, over: object = {}, rest: JsonObject = definition()) =>
    findRoleNeeds([
      {
        workload: workload(over),
        before: rest,
        after: { ...rest, containerDefinitions: [appContainer(), { name: "side", ...container }] },
      },
    ]).map((need) => `${need.actions.join("+")} ${need.resource}`);
  const valueFrom = (text: string) => ({ secrets: [{ name: "K", valueFrom: text }] });
  const ssm = `arn:aws:ssm:${region}:${account}:parameter/team/key`;
  const kept = `arn:aws:secretsmanager:${region}:${account}:secret:team/db-AbCdEf`;

  test.each<[string, readonly string[]]>([
    [ssm, [`ssm:GetParameters ${ssm}`]],
    ["/team/key", [`ssm:GetParameters ${ssm}`]],
    ["team/key", [`ssm:GetParameters ${ssm}`]],
    [kept, [`secretsmanager:GetSecretValue ${kept}`]],
    [`${kept}:password::`, [`secretsmanager:GetSecretValue ${kept}`]],
    // Policies name the six characters, or stand for them by ??????: without them, nothing is known.
    [kept.slice(0, -7), []],
    [ssm.replace(account, "999999999999"), []],
  ])("to read %s", (text, expected) => {
    expect(needs(valueFrom(text))).toEqual(expected);
    expect(needs(valueFrom(text), { launchType: "EC2" })).toEqual(expected);
  });

  it("to write logs, on Fargate", () => {
    const options = {
      "awslogs-group": "/ecs/web",
      "awslogs-region": "us-east-1",
      "awslogs-stream-prefix": "p",
    };
    const log = { logConfiguration: { logDriver: "awslogs", options } };
    expect(needs(log)).toEqual([
      `logs:CreateLogStream+logs:PutLogEvents arn:aws:logs:us-east-1:${account}:log-group:/ecs/web:log-stream:p/side/task`,
    ]);
    const ec2 = definition(undefined, { requiresCompatibilities: ["EC2"] });
    expect(needs(log, { launchType: "EC2" }, ec2)).toEqual([]);
    expect(needs({ logConfiguration: { ...log.logConfiguration, logDriver: "splunk" } })).toEqual([]);
  });

  it("is nothing that the definition needed before, nor where there is no role", () => {
    const before = definition([appContainer(valueFrom(ssm))]);
    const after = definition([appContainer(valueFrom(ssm)), { name: "side", ...valueFrom(ssm) }]);
    expect(findRoleNeeds([{ workload: workload(), before, after }])).toEqual([]);
    expect(needs(valueFrom(ssm), {}, definition(undefined, { executionRoleArn: undefined }))).toEqual([]);
  });

  it("is warned of where IAM refuses it", () => {
    const flight = {
      workload: workload(),
      before: definition(),
      after: definition([appContainer(valueFrom(ssm)), { name: "side", ...valueFrom(kept) }]),
    };
    const key = (resource: string) =>
      roleNeedKey({ role, resource, actions: [], hasOwnPolicy: false, use: "execution" });
    const refused = new Map([
      [key(ssm), ["ssm:GetParameters"]],
      [key(kept), ["secretsmanager:GetSecretValue"]],
    ]);
    expect(warnAll([flight])).toEqual([]);
    expect(warnAll([flight], refused)).toEqual([
      `RoleLacksPermission: prod/web: by IAM's simulation the execution role execution may not secretsmanager:GetSecretValue on ${kept}; allow it there or in the secret's own policy, or no task will start`,
      `RoleLacksPermission: prod/web: by IAM's simulation the execution role execution may not ssm:GetParameters on ${ssm}; allow it, or no task will start`,
    ]);
  });
});

describe("what could not be asked of IAM", () => {
  it("is told once for a role and a cause", () => {
    const secret = { secrets: [{ name: "A", valueFrom: `arn:aws:ssm:${region}:${account}:parameter/a` }] };
    const before = definition();
    const after = definition([appContainer(secret)]);
    const flight = { workload: workload(), before, after };
    const unasked = new Map(findRoleNeeds([flight]).map((need) => [roleNeedKey(need), "it was denied"]));
    const found = findWarnings([flight], new Map(), unasked);
    expect(found.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "RoleNotChecked: prod/web: what the execution role execution may do is unknown: it was denied; this change needs ssm:GetParameters",
    ]);
  });
});

describe("the task's own size", () => {
  const sized = (cpu: string, memory: string, containers: readonly JsonObject[]) =>
    definition(containers, { cpu, memory });
  const own = (over: JsonObject = {}) =>
    appContainer({ memory: undefined, memoryReservation: undefined, ...over });
  const agentOf = (memoryReservation: number): JsonObject => ({
    name: "side",
    image: "x",
    memoryReservation,
  });

  it("that grows is told with what it means", () => {
    const app = own({ memoryReservation: 900 });
    expect(warn(sized("512", "1024", [app]), sized("1 vCPU", "2 GB", [app, agentOf(300)]))).toEqual([
      "TaskGrows: prod/web: each task grows from 512 to 1024 CPU units and from 1024 to 2048 MiB of memory (taskSize: grow), and costs what that size costs",
    ]);
    expect(warn(sized("512", "2048", [app, agentOf(300)]), sized("512", "1024", [app]))).toEqual([]);
  });

  it("leaves little to containers that declare no memory", () => {
    const [found, ...rest] = warn(
      sized("512", "1024", [own()]),
      sized("1024", "4096", [own(), agentOf(4000)]),
    );
    expect(found).toMatch(
      /^LittleMemoryLeft: prod\/web: containers that declare no memory \(app\) had 1024 MiB of the task to share, and will have 96 MiB beside the sidecars; /,
    );
    expect(rest).toHaveLength(1);
    expect(warn(sized("512", "1024", [own()]), sized("512", "1024", [own(), agentOf(600)]))).toHaveLength(1);
  });

  it("is no cause where enough is left, all declare theirs, or the task has no size", () => {
    expect(warn(sized("512", "1024", [own()]), sized("512", "1024", [own(), agentOf(512)]))).toEqual([]);
    const app = own({ memory: 400 });
    expect(warn(sized("512", "1024", [app]), sized("512", "1024", [app, agentOf(600)]))).toEqual([]);
    const bare = { cpu: undefined, memory: undefined };
    expect(warn(definition([own()], bare), definition([own(), agentOf(900)], bare))).toEqual([]);
  });
});

describe("many services", () => {
  const flightOf = (index: number) => ({
    workload: workload({ service: `web-${String(index).padStart(2, "0")}` }),
    before: definition(),
    after: definition([appContainer(), side(agent, shell.command)]),
  });

  it("share one warning, in the same words whatever the order", () => {
    const flights = Array.from({ length: 12 }, (_, index) => flightOf(index));
    const found = warnAll(flights);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^HealthCheckCannotRun: prod\/web-00, prod\/web-01, .*web-09 and 2 more: the/);
    expect(warnAll([...flights].reverse())).toEqual(found);
  });
});

describe("only what is written", () => {
  const sidecar = `sidecars: [{ container: { name: side, image: "${agent}", essential: false, memoryReservation: 64, healthCheck: { command: [CMD-SHELL, "true"] } } }]`;
  const codes = async (body: string, workloads = [workload()]) => {
    const { changes } = await plan({ policies: policies(body), workloads });
    return findWarnings(findFlights(changes, workloads), new Map()).map(({ code }) => code);
  };

  it("is judged: not in Audit, not when it goes, not when it stands", async () => {
    expect(await codes(sidecar)).toEqual(["HealthCheckCannotRun"]);
    expect(await codes(`${sidecar}\nenforcement: Audit`)).toEqual([]);
    const { changes } = await plan({ policies: policies(sidecar) });
    const input = changes.find(({ kind }) => kind === "TaskDefinition")?.after as JsonObject;
    expect(await codes(sidecar, [workload({ input })])).toEqual([]);
    expect(await codes("alarms: []", [workload({ input })])).toEqual([]);
  });
});

describe("a FireLens router", () => {
  const log = (options: JsonObject, more: JsonObject = {}) => ({
    logConfiguration: { logDriver: "awsfirelens", options, ...more },
  });
  const cloudWatch = { Name: "cloudwatch_logs", log_group_name: "/g", region: "us-east-1" };
  const taskRole = `arn:aws:iam::${account}:role/task`;
  const routed = (options: JsonObject, over: JsonObject = {}) =>
    definition([appContainer(log(options))], { taskRoleArn: taskRole, ...over });
  const needs = (after: JsonObject, before = definition()) =>
    findRoleNeeds([{ workload: workload(), before, after }]);
  const stream = `arn:aws:logs:us-east-1:${account}:log-group:/g:log-stream:app`;
  const write = ["logs:CreateLogStream", "logs:PutLogEvents"];

  it("writes to CloudWatch by the task role", () => {
    const need = { role: taskRole, use: "task", actions: write, resource: stream, hasOwnPolicy: false };
    expect(needs(routed(cloudWatch))).toEqual([need]);
    expect(needs(routed({ ...cloudWatch, auto_create_group: "on" }))).toEqual([
      { ...need, actions: ["logs:CreateLogGroup", ...write] },
    ]);
    expect(needs(routed(cloudWatch), routed(cloudWatch))).toEqual([]);
    expect(needs(routed({ Name: "datadog" }))).toEqual([]);
    expect(needs(routed({ ...cloudWatch, log_group_name: "/g/$(ecs_cluster)" }))).toEqual([]);
  });

  it("has its secrets read by the execution role", () => {
    const valueFrom = `arn:aws:ssm:${region}:${account}:parameter/k`;
    const after = definition([
      appContainer(log({ Name: "datadog" }, { secretOptions: [{ name: "apikey", valueFrom }] })),
    ]);
    expect(needs(after)).toEqual([
      { role, use: "execution", actions: ["ssm:GetParameters"], resource: valueFrom, hasOwnPolicy: false },
    ]);
  });

  it("is warned of without a task role, or with one that IAM refuses", () => {
    const roleless = definition([appContainer(log(cloudWatch))]);
    expect(warn(definition(), roleless)).toEqual([
      "NoTaskRole: prod/web: the task definition has no taskRoleArn, by which the FireLens router writes the logs of app to CloudWatch; give it one, or their logs are lost",
    ]);
    expect(warn(roleless, roleless)).toEqual([]);
    expect(warn(definition(), definition([appContainer(log({ Name: "s3" }))]))).toEqual([]);
    const onEc2 = { launchType: "EC2" };
    const open = definition([appContainer(log(cloudWatch))], { requiresCompatibilities: ["EC2"] });
    expect(warn(definition(), open, onEc2)).toEqual([]);
    const flight = { workload: workload(), before: definition(), after: routed(cloudWatch) };
    const [need] = findRoleNeeds([flight]);
    if (need === undefined) throw new Error("nothing is needed");
    expect(warnAll([flight], new Map([[roleNeedKey(need), ["logs:PutLogEvents"]]]))).toEqual([
      `RoleLacksPermission: prod/web: by IAM's simulation the task role task may not logs:PutLogEvents on ${stream}; allow it, or logs are lost`,
    ]);
  });
});

// The CloudFormation template: it lints, and it says what the product says of itself: permissions, configuration,
// events, image and heartbeat.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../controller/api/config.ts";
import { readEvent } from "../../controller/core/event-keys.ts";
import { operatorPolicy } from "../../controller/runtime/operator-permissions.ts";
import { leastPolicy } from "../../controller/runtime/permissions.ts";
import { matchesEventPattern } from "../../controller/sandbox/services/events/pattern.ts";
import { readFilterPattern } from "../../controller/sandbox/services/logs/filter-pattern.ts";
import { parseDockerfile, readAll, readExec } from "../image/dockerfile.ts";
import { findProgram } from "./programs.ts";
import { type Any, evaluate, readTemplate } from "./template.ts";

const file = "manifests/cloudformation/ecsmon.yaml";
const text = readFileSync(file, "utf8");
const template = readTemplate(text);
const needed = { VpcId: "vpc-1", SubnetIds: "subnet-1,subnet-2", Image: "ecsmon:0.1.0" };
const withParameters = (given: Readonly<Record<string, string>> = {}) =>
  evaluate(template, { ...needed, ...given });
const resources = withParameters();

const policiesOf = ({ TaskRole }: Readonly<Record<string, Any>>): Record<string, Any> =>
  Object.fromEntries(
    TaskRole.Properties.Policies.map((one: Any) => [one.PolicyName, one.PolicyDocument.Statement]),
  );
const containerOf = ({ TaskDefinition }: Readonly<Record<string, Any>>): Any =>
  TaskDefinition.Properties.ContainerDefinitions[0];
const configText = (given: Readonly<Record<string, Any>>): string =>
  containerOf(given).Environment.find(({ Name }: Any) => Name === "ECSMON_CONFIG").Value;

/** As IAM takes them: one text is a list of one. */
const inLists = (statements: readonly Any[]): Any[] =>
  statements.map((one) => ({ ...one, Action: [one.Action].flat(), Resource: [one.Resource].flat() }));

const linter = findProgram("cfn-lint");
test.skipIf(linter === undefined)("cfn-lint finds nothing", () => {
  expect(execFileSync(linter ?? "", [file], { encoding: "utf8" })).toBe("");
});

describe("the text", () => {
  test("is one that CloudFormation takes: its size, and no anchors", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(51_200);
    expect(text).not.toMatch(/[:-] [&*][A-Za-z]/);
  });

  test("all parameters are used, and shown in a group", () => {
    const shown = template.Metadata["AWS::CloudFormation::Interface"].ParameterGroups.flatMap(
      ({ Parameters }: Any) => Parameters,
    );
    expect(shown.sort()).toEqual(Object.keys(template.Parameters).sort());
    const used = JSON.stringify([template.Conditions, template.Resources]);
    for (const name of shown) expect(used).toMatch(new RegExp(`"Ref":"${name}"|\\$\\{${name}\\}`));
  });

  test("buckets outlive the stack: one that is not empty cannot be deleted", () => {
    const buckets = Object.values(resources).filter(({ Type }) => Type === "AWS::S3::Bucket");
    expect(buckets).toHaveLength(2);
    for (const bucket of buckets) expect(bucket.DeletionPolicy).toBe("Retain");
  });
});

describe("the task role", () => {
  test("may do what `ecsmon iam` prints, for its owner", () => {
    expect(inLists(policiesOf(resources)["monitoring"])).toEqual(
      inLists(leastPolicy(undefined, "ecsmon").Statement),
    );
    expect(inLists(policiesOf(withParameters({ Owner: "team-a" }))["monitoring"])).toEqual(
      inLists(leastPolicy(undefined, "team-a").Statement),
    );
  });

  test("which are the actions of manifests/iam", () => {
    const actionsOf = (name: string): string[] =>
      JSON.parse(readFileSync(`manifests/iam/${name}.json`, "utf8")).Statement.flatMap(
        ({ Action }: Any) => Action,
      );
    const ours = policiesOf(resources)["monitoring"].flatMap(({ Action }: Any) => Action);
    expect([...new Set(ours)].sort()).toEqual(
      [...new Set([...actionsOf("plan"), ...actionsOf("apply")])].sort(),
    );
  });

  test("and what `ecsmon iam --config` prints beside that, for the configuration of the task", () => {
    const { config } = parseConfig({ file: "c", text: toReal(configText(resources)) });
    if (config === undefined) throw new Error("no configuration");
    const ofPass = leastPolicy(undefined, "ecsmon").Statement.length;
    const told = inLists(operatorPolicy(config, undefined).Statement.slice(ofPass));
    const given = JSON.parse(toReal(JSON.stringify(policiesOf(resources)["operator"])));
    expect(inLists(given)).toEqual(told);
  });

  test("reads its configuration from the state bucket only where that is where it is", () => {
    const object = withParameters({ ConfigFrom: "state-bucket" });
    expect(containerOf(object).Command).toEqual([
      "run",
      "--config",
      "s3://<StateBucket>/config/operator.yaml",
    ]);
    const sids = (given: Any): string[] => policiesOf(given)["operator"].map(({ Sid }: Any) => Sid);
    expect(sids(object)).toEqual([...sids(resources), "ReadConfig", "ListConfig"]);
    expect(containerOf(resources).Command).toEqual(["run", "--config", "env:ECSMON_CONFIG"]);
  });

  test("fits: inline policies of a role have 10,240 characters, without white space", () => {
    const all = policiesOf(withParameters({ ConfigFrom: "state-bucket", Owner: "x".repeat(32) }));
    const size = Object.values(all).reduce((sum, one) => sum + JSON.stringify(one).length + 60, 0);
    expect(size).toBeLessThan(8_000);
  });

  test("hands over no roles but those that it is given", () => {
    const some = policiesOf(withParameters({ PassableRoles: "arn:a,arn:b" }))["monitoring"].filter(
      ({ Action }: Any) => Action.includes("iam:PassRole"),
    );
    expect(some.map(({ Resource }: Any) => Resource)).toEqual([
      ["arn:a", "arn:b"],
      ["arn:a", "arn:b"],
    ]);
  });
});

/** Names that a bucket and a queue could have, in place of what only AWS knows. */
function toReal(given: string): string {
  return given
    .replaceAll("<StateBucket>", "ecsmon-state")
    .replaceAll("<PoliciesStore>", "ecsmon-policies")
    .replaceAll("<Events.QueueName>", "ecsmon-events")
    .replaceAll("<Events>", "https://sqs.us-east-1.amazonaws.com/123456789012/ecsmon-events");
}

describe("the configuration in the task", () => {
  const read = (given: Readonly<Record<string, string>>) =>
    parseConfig({ file: "env:ECSMON_CONFIG", text: toReal(configText(withParameters(given))) });

  test("is an OperatorConfig without an error", () => {
    const { config, diagnostics } = read({});
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      name: "ecsmon",
      spec: { owner: "ecsmon", maxDeletes: 10, maxRedeploys: 10, deletePolicy: "sync", allow: {} },
    });
    expect(config?.spec.http).toEqual({ host: "0.0.0.0", port: 8080 });
  });

  test("takes what the parameters say", () => {
    const { config, diagnostics } = read({
      Owner: "team-a",
      MaxDeletes: "0",
      DeletePolicy: "upsert-only",
      PoliciesBucket: "ops-policies",
      PoliciesPrefix: "prod/",
      StatusTokenSecretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:status",
      Allow: '{"clusters":["prod-*"],"actions":["arn:aws:sns:*"]}',
    });
    expect(diagnostics).toEqual([]);
    expect(config?.spec).toMatchObject({
      owner: "team-a",
      sources: [{ s3: { bucket: "ops-policies", prefix: "prod/" } }],
      maxDeletes: 0,
      deletePolicy: "upsert-only",
      http: { auth: { tokenEnv: "STATUS_TOKEN" } },
      allow: { clusters: ["prod-*"], actions: ["arn:aws:sns:*"] },
    });
  });
});

describe("the events", () => {
  const rules = (given: Readonly<Record<string, Any>>): [string, Any][] =>
    Object.entries(given)
      .filter(([, { Type }]) => Type === "AWS::Events::Rule")
      .map(([name, { Properties }]) => [name, Properties.EventPattern]);
  const head = {
    version: "0",
    id: "1",
    account: "123456789012",
    region: "us-east-1",
    time: "2026-11-22T00:00:00Z",
  };
  const wakes = (event: Any): string[] =>
    rules(withParameters({ PoliciesBucket: "ops" })).flatMap(([name, pattern]) =>
      matchesEventPattern(pattern, event) ? [name] : [],
    );
  const cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/prod";
  const service = "arn:aws:ecs:us-east-1:123456789012:service/prod/web";

  test.each<[string, string, Any, string[]]>([
    [
      "aws.ecs",
      "ECS Task State Change",
      { group: "service:web", lastStatus: "STOPPED", clusterArn: cluster },
      ["EcsChanges"],
    ],
    [
      "aws.ecs",
      "ECS Task State Change",
      { group: "service:web", lastStatus: "PENDING", clusterArn: cluster },
      [],
    ],
    [
      "aws.ecs",
      "ECS Task State Change",
      { group: "family:job", lastStatus: "STOPPED", clusterArn: cluster },
      [],
    ],
    [
      "aws.ecs",
      "ECS Service Action",
      { eventName: "SERVICE_STEADY_STATE", clusterArn: cluster },
      ["EcsChanges"],
    ],
    ["aws.ecs", "ECS Deployment State Change", { eventName: "SERVICE_DEPLOYMENT_FAILED" }, ["EcsChanges"]],
    [
      "aws.cloudwatch",
      "CloudWatch Alarm Configuration Change",
      { alarmName: "ecsmon/prod/web/cpu" },
      ["AlarmChanges"],
    ],
    ["aws.cloudwatch", "CloudWatch Alarm Configuration Change", { alarmName: "mine" }, []],
    ["aws.cloudwatch", "CloudWatch Alarm State Change", { alarmName: "ecsmon/prod/web/cpu" }, []],
    [
      "aws.s3",
      "Object Created",
      { bucket: { name: "ops" }, object: { key: "policies/a.yaml" } },
      ["PolicyChanges"],
    ],
    [
      "aws.s3",
      "Object Deleted",
      { bucket: { name: "ops" }, object: { key: "policies/a.yaml" } },
      ["PolicyChanges"],
    ],
    ["aws.s3", "Object Created", { bucket: { name: "ops" }, object: { key: "other/a.yaml" } }, []],
    ["aws.s3", "Object Created", { bucket: { name: "logs" }, object: { key: "policies/a.yaml" } }, []],
    [
      "aws.ecs",
      "AWS API Call via CloudTrail",
      {
        eventSource: "ecs.amazonaws.com",
        eventName: "UpdateService",
        requestParameters: { service, cluster },
      },
      ["ApiCalls"],
    ],
    [
      "aws.ecs",
      "AWS API Call via CloudTrail",
      { eventSource: "ecs.amazonaws.com", eventName: "RunTask" },
      [],
    ],
  ])("%s %s %j wakes by %j", (source, type, detail, expected) => {
    const event = { ...head, source, "detail-type": type, resources: [service], detail };
    expect(wakes(event)).toEqual(expected);
    // Whatever comes through must mean something, or it would be paid for in vain.
    if (expected.length > 0)
      expect(readEvent(JSON.stringify(event), { owner: "ecsmon" }).is).not.toMatch(/^(ignored|junk)$/);
  });

  test("each API call that wakes is one that is understood", () => {
    const { source, detail } = resources["ApiCalls"].Properties.EventPattern;
    const unknown = detail.eventName.filter((eventName: string) =>
      detail.eventSource.every((eventSource: string) => {
        const event = {
          ...head,
          source: source[0],
          "detail-type": "AWS API Call via CloudTrail",
          detail: { eventSource, eventName },
        };
        const meaning = readEvent(JSON.stringify(event), { owner: "ecsmon" });
        return meaning.is === "ignored" && meaning.reason === "a call that changes nothing we keep";
      }),
    );
    expect(unknown).toEqual([]);
  });

  test("patterns fit: EventBridge takes 2,048 characters", () => {
    for (const [, pattern] of rules(resources)) expect(JSON.stringify(pattern).length).toBeLessThan(2_048);
  });

  test("the queue takes them from these rules alone", () => {
    const [statement] = resources["EventsPolicy"].Properties.PolicyDocument.Statement;
    expect(statement.Condition.ArnEquals["aws:SourceArn"].sort()).toEqual(
      rules(resources)
        .map(([name]) => `<${name}.Arn>`)
        .sort(),
    );
    for (const [name] of rules(resources))
      expect(resources[name].Properties.Targets).toEqual([{ Id: "ecsmon", Arn: "<Events.Arn>" }]);
  });
});

describe("the task", () => {
  const container = containerOf(resources);
  const [last] = parseDockerfile(readFileSync("Dockerfile", "utf8")).slice(-1);
  if (last === undefined) throw new Error("the Dockerfile has no stage");

  test("runs the image as the image is made to run", () => {
    expect(container.User).toBe(readAll(last, "USER")[0]);
    expect(container.MountPoints.map(({ ContainerPath }: Any) => ContainerPath)).toEqual(
      readAll(last, "VOLUME").flatMap(readExec),
    );
    const [, check = ""] = /CMD (\[.*\])$/.exec(readAll(last, "HEALTHCHECK")[0] ?? "") ?? [];
    expect(container.HealthCheck.Command).toEqual(["CMD", ...readExec(check)]);
    expect(container.PortMappings[0].ContainerPort).toBe(Number(readAll(last, "EXPOSE")[0]));
  });

  test("can write to nothing else, gains nothing, and has time to end", () => {
    expect(container).toMatchObject({
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ["ALL"] }, InitProcessEnabled: true },
    });
    expect(container.StopTimeout).toBeGreaterThan(30);
  });

  test.each([
    ["GitTokenSecretArn", "GIT_TOKEN"],
    ["MackerelApiKeySecretArn", "MACKEREL_APIKEY"],
    ["StatusTokenSecretArn", "STATUS_TOKEN"],
    ["WebhookSecretArn", "WEBHOOK_SECRET"],
    ["SnapshotKeySecretArn", "ECSMON_SNAPSHOT_KEY"],
  ])("%s is %s in it, which the execution role may read", (parameter, variable) => {
    const secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:one";
    const given = withParameters({ [parameter]: secret });
    expect(containerOf(given).Secrets).toEqual([{ Name: variable, ValueFrom: secret }]);
    expect(container.Secrets).toBeUndefined();
    const reads = (some: Readonly<Record<string, Any>>): Any[] =>
      some["ExecutionRole"].Properties.Policies[0].PolicyDocument.Statement.filter(
        ({ Sid }: Any) => Sid === "ReadSecrets",
      );
    expect(reads(given)).toMatchObject([{ Resource: [secret] }]);
    expect(reads(resources)).toEqual([]);
  });

  test("two replicas; a deployment that does not come up is taken back", () => {
    expect(resources["Service"].Properties).toMatchObject({
      DesiredCount: 2,
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
    });
  });
});

describe("the dead man's alarm", () => {
  const { FilterPattern, MetricTransformations } = resources["Heartbeat"].Properties;
  const { match } = readFilterPattern(FilterPattern);
  const line = (fields: Any): string =>
    JSON.stringify({ time: "2026-11-22T00:00:00Z", level: "info", ...fields });

  test("counts heartbeats of a replica that is well, and nothing else", () => {
    expect(match(line({ event: "heartbeat", healthy: true, targets: 2, held: 1 }))).toBeDefined();
    expect(match(line({ event: "heartbeat", healthy: false, targets: 2, held: 1 }))).toBeUndefined();
    expect(match(line({ event: "pass-ended", healthy: true }))).toBeUndefined();
    expect(match("heartbeat healthy true")).toBeUndefined();
  });

  test("watches that metric, takes silence for death, and tells the topic", () => {
    const [{ MetricName, MetricNamespace }] = MetricTransformations;
    const topic = "arn:aws:sns:us-east-1:123456789012:pager";
    expect(withParameters({ AlarmTopicArn: topic })["NoHeartbeat"].Properties).toMatchObject({
      MetricName,
      Namespace: MetricNamespace,
      TreatMissingData: "breaching",
      ComparisonOperator: "LessThanThreshold",
      AlarmActions: [topic],
    });
    expect(resources["NoHeartbeat"].Properties.AlarmActions).toBeUndefined();
    // A name that is none of ecsmon's own: it would be deleted as an orphan.
    expect(resources["NoHeartbeat"].Properties.AlarmName).not.toContain("/");
  });
});

import { gzipSync } from "node:zlib";
import {
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeTaskDefinitionCommand, ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { cbor, tagSymbol } from "@smithy/core/cbor";
import { describe, expect, it } from "vitest";
import { queryProtocol } from "../../controller/sandbox/protocols/query.ts";
import { AwsError } from "../../controller/sandbox/service.ts";
import { ecsHeaders, post, start } from "./harness.ts";

const ALARM = {
  AlarmName: "cpu",
  Namespace: "AWS/ECS",
  MetricName: "CPUUtilization",
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 80.5,
  ComparisonOperator: "GreaterThanThreshold",
} as const;

describe("awsJson", () => {
  it("answers errors with their names and messages", async () => {
    const { ecs } = await start();
    const missing = ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "nope" }));
    await expect(missing).rejects.toMatchObject({
      name: "ClientException",
      message: "Unable to describe task definition.",
    });
  });

  it("carries the query code for CloudWatch", async () => {
    const { cloudwatch } = await start();
    const missing = cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: "nope", StateValue: "OK", StateReason: "test" }),
    );
    await expect(missing).rejects.toMatchObject({ Code: "ResourceNotFound" });
  });

  it("writes timestamps as epoch seconds", async () => {
    const { cloudwatch, control } = await start();
    await cloudwatch.send(new PutMetricAlarmCommand(ALARM));
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}));
    expect(MetricAlarms?.[0]?.AlarmConfigurationUpdatedTimestamp?.getTime()).toBe(control.now());
    expect(MetricAlarms?.[0]?.Threshold).toBe(80.5);
  });

  it("unpacks gzipped bodies", async () => {
    const { endpoint, control } = await start();
    const body = new Uint8Array(gzipSync(JSON.stringify({ clusterName: "packed" })));
    const answer = await post(endpoint, body, { ...ecsHeaders("CreateCluster"), "content-encoding": "gzip" });
    expect(answer.status).toBe(200);
    expect(control.calls()[0]).toMatchObject({
      operation: "CreateCluster",
      input: { clusterName: "packed" },
    });
  });

  it("refuses malformed bodies and unknown operations", async () => {
    const { endpoint } = await start();
    expect(await post(endpoint, "{", ecsHeaders("ListClusters"))).toMatchObject({
      status: 400,
      text: expect.stringContaining("SerializationException"),
    });
    expect(await post(endpoint, "[]", ecsHeaders("ListClusters"))).toMatchObject({
      status: 400,
      text: expect.stringContaining("SerializationException"),
    });
    expect(await post(endpoint, "{}", ecsHeaders("LaunchRocket"))).toMatchObject({
      status: 400,
      text: expect.stringContaining("UnknownOperationException"),
    });
    expect(await post(endpoint, "{}", { "x-amz-target": "Nobody.Op" })).toMatchObject({ status: 400 });
  });

  it("refuses bodies over its limit", async () => {
    const { endpoint } = await start();
    const answer = await post(endpoint, "x".repeat(17 * 1024 * 1024), ecsHeaders("ListClusters"));
    expect(answer.status).toBe(413);
  });
});

describe("rpc-v2-cbor", () => {
  const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  const path = (operation: string): string => `/service/GraniteServiceVersion20100801/operation/${operation}`;
  const send = async (endpoint: string, operation: string, input: object) => {
    const body = new Uint8Array(cbor.serialize(input));
    const answer = await fetch(endpoint + path(operation), { method: "POST", body, headers });
    return { answer, output: cbor.deserialize(new Uint8Array(await answer.arrayBuffer())) };
  };

  it("serves CloudWatch", async () => {
    const { endpoint, control } = await start();
    expect((await send(endpoint, "PutMetricAlarm", ALARM)).answer.status).toBe(200);
    const { answer, output } = await send(endpoint, "DescribeAlarms", {});
    expect(answer.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
    const [alarm] = output.MetricAlarms;
    expect(alarm).toMatchObject({ AlarmName: "cpu", Threshold: 80.5 });
    expect(alarm.AlarmConfigurationUpdatedTimestamp[tagSymbol]).toBe(true);
    expect(alarm.AlarmConfigurationUpdatedTimestamp).toMatchObject({ tag: 1, value: control.now() / 1000 });
  });

  it("answers errors with a type", async () => {
    const { endpoint } = await start();
    const { answer, output } = await send(endpoint, "SetAlarmState", {
      AlarmName: "nope",
      StateValue: "OK",
      StateReason: "test",
    });
    expect(answer.status).toBe(404);
    expect(output.__type).toMatch(/ResourceNotFound/);
    expect(answer.headers.get("x-amzn-query-error")).toBe("ResourceNotFound;Sender");
  });
});

describe("awsQuery", () => {
  const protocol = queryProtocol({
    version: "2015-12-01",
    xmlNamespace: "http://example.com/doc/",
    numbers: ["Port"],
    booleans: ["Enabled"],
  });
  const decode = (form: string) => protocol.decode(Buffer.from(form));

  it("builds nested lists, maps, numbers and booleans from a form", () => {
    const form = new URLSearchParams({
      Action: "Make",
      Version: "2015-12-01",
      Name: "007",
      Port: "80",
      "Actions.member.2.Type": "second",
      "Actions.member.1.Type": "first",
      "Actions.member.1.Enabled": "true",
      "Actions.member.10.Type": "tenth",
      "Arns.member.1": "a",
      "Labels.entry.1.key": "x.y",
      "Labels.entry.1.value": "1",
      "Matcher.HttpCode": "200",
      ProtocolVersion: "",
      "Tags.member.1.Key": "k",
      "Tags.member.1.Value": "",
    });
    expect(decode(form.toString())).toEqual({
      Name: "007",
      Port: 80,
      Actions: [{ Type: "first", Enabled: true }, { Type: "second" }, { Type: "tenth" }],
      Arns: ["a"],
      Labels: { "x.y": "1" },
      Matcher: { HttpCode: "200" },
      Tags: [{ Key: "k", Value: "" }],
    });
    expect(() => decode("Port=many")).toThrow(/not a number/);
    expect(() => decode("Enabled=yes")).toThrow(/'true' or 'false'/);
  });

  it("writes answers and errors as XML", () => {
    const answer = protocol.answer(
      "Make",
      { Items: [{ Name: "a<b&c" }, {}], None: [], When: new Date(0), Gone: undefined },
      "id-1",
    );
    expect(answer.body).toBe(
      '<MakeResponse xmlns="http://example.com/doc/"><MakeResult><Items><member><Name>a&lt;b&amp;c</Name>' +
        "</member><member></member></Items><None></None><When>1970-01-01T00:00:00.000Z</When></MakeResult>" +
        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></MakeResponse>",
    );
    const error = protocol.error(new AwsError("GoneException", "no <such>", { queryCode: "Gone" }), "id-2");
    expect(error.body).toContain("<Type>Sender</Type><Code>Gone</Code><Message>no &lt;such&gt;</Message>");
  });

  it("serves CloudWatch's older callers", async () => {
    const { endpoint } = await start();
    const form = (fields: Record<string, string>): string =>
      new URLSearchParams({ Version: "2010-08-01", ...fields }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKID/20260115/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0",
    };
    const put = Object.fromEntries(Object.entries(ALARM).map(([key, value]) => [key, String(value)]));
    expect((await post(endpoint, form({ Action: "PutMetricAlarm", ...put }), headers)).status).toBe(200);
    const { text } = await post(endpoint, form({ Action: "DescribeAlarms" }), headers);
    expect(text).toContain("<AlarmName>cpu</AlarmName>");
    expect(text).toContain("<Threshold>80.5</Threshold>");
  });
});

describe("accounts and Regions", () => {
  it("says who is calling", async () => {
    const { sts } = await start();
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "123456789012" });
  });

  it("keeps each account and Region apart", async () => {
    const { sts, settings, control } = await start();
    control.call("ecs", "CreateCluster", { clusterName: "here" });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: "arn:aws:iam::210987654321:role/ecsmon", RoleSessionName: "test" }),
    );
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const other = new STSClient({ ...settings, credentials });
    expect(await other.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "210987654321" });
    const clusters = async (over: object) =>
      (await new ECSClient({ ...settings, ...over }).send(new ListClustersCommand({}))).clusterArns;
    expect(await clusters({})).toHaveLength(1);
    expect(await clusters({ credentials })).toEqual([]);
    expect(await clusters({ region: "eu-west-1" })).toEqual([]);
  });
});

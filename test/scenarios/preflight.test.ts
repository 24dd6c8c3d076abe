// What will most likely go wrong stands in the plan as a warning, and stops nothing.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { account, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();

beforeEach(() => seedEstate(world));

function codesOf(json: Any): string[] {
  return json.diagnostics.map(({ severity, code }: Any) => `${severity} ${code}`);
}

/** The agent's image has neither a shell nor curl, whatever this check asks for. */
const lameAgent = webPolicy().replace(
  /- container: \{ name: jmx-exporter.*/,
  `- container:
        name: cwagent
        image: public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300040.0
        essential: false
        memoryReservation: 64
        healthCheck: { command: [CMD-SHELL, "curl -f localhost:25888 || exit 1"] }`,
);

test("one warning for each cause, whatever the number of services; apply goes on; then it is quiet", async () => {
  const { code, json } = await world.plan(lameAgent);
  expect(code).toBe(2);
  expect(codesOf(json)).toEqual(["warning GracePeriodTooShort", "warning HealthCheckCannotRun"]);
  const [grace, check] = json.diagnostics;
  // Three of the six are behind a load balancer.
  expect(grace.message).toMatch(
    /^prod-a\/web-000, prod-a\/web-001, prod-a\/web-002: .* grace period, 0s, .* 60s \+ interval 30s × retries 3 = 150s;/,
  );
  expect(check.message).toMatch(
    /^prod-a\/web-000, .*prod-a\/web-005: the health check of container cwagent needs a shell \(CMD-SHELL\), which/,
  );
  const applied = await world.apply(lameAgent);
  expect(applied.code).toBe(0);
  expect(codesOf(applied.json.plan)).toEqual(codesOf(json));
  expect((await world.plan(lameAgent)).json).toMatchObject({ changes: [], diagnostics: [] });
});

test("as text, wrapped, right above the last line", async () => {
  const { stdout } = await world.planText(lameAgent);
  const lines = stdout.trimEnd().split("\n");
  const first = lines.findIndex((line) => line.includes("warning: "));
  expect(lines.slice(first, first + 5)).toEqual([
    expect.stringMatching(
      /^\S+\.yaml:\d+:3: warning: spec\.healthCheck: prod-a\/web-000, .* the service's health$/,
    ),
    "  check grace period, 0s, is shorter than what the check of container app takes: startPeriod 60s +",
    "  interval 30s × retries 3 = 150s; a slow start may be stopped early. Set",
    "  healthCheckGracePeriodSeconds to 150 or more (no deployment) [GracePeriodTooShort]",
    expect.stringMatching(/^warning: prod-a\/web-000, .*/),
  ]);
  expect(lines.at(-1)).toMatch(/^Plan: /);
});

test("a grace period that is long enough is no cause; neither is Audit", async () => {
  for (const service of ["web-000", "web-001", "web-002"])
    world.call("ecs", "UpdateService", { cluster: "prod-a", service, healthCheckGracePeriodSeconds: 150 });
  expect((await world.plan(webPolicy())).json.diagnostics).toEqual([]);
  const audit = lameAgent.replace("spec:", "spec:\n  enforcement: Audit");
  expect((await world.plan(audit)).json.diagnostics).toEqual([]);
});

describe("the execution role", () => {
  const key = `arn:aws:ssm:us-east-1:${account}:parameter/mackerel/api-key`;
  let iam: Server;
  let asked: string[] = [];
  let answer: (action: string, resource: string) => string | number;

  beforeEach(async () => {
    asked = [];
    iam = createServer((request, response) => {
      let body = "";
      request.on("data", (data) => {
        body += data;
      });
      request.on("end", () => {
        const form = new URLSearchParams(body);
        const resource = form.get("ResourceArns.member.1") ?? "";
        const actions = [1, 2].flatMap((index) => form.get(`ActionNames.member.${index}`) ?? []);
        asked.push(`${form.get("Action")} ${form.get("PolicySourceArn")?.split("/").at(-1)} ${resource}`);
        const decisions = actions.map((action) => [action, answer(action, resource)] as const);
        const failed = decisions.find(([, decision]) => typeof decision === "number");
        response.writeHead(failed === undefined ? 200 : Number(failed[1]), { "content-type": "text/xml" });
        const members = decisions.map(
          ([action, decision]) =>
            `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${resource}</EvalResourceName><EvalDecision>${decision}</EvalDecision></member>`,
        );
        response.end(
          failed === undefined
            ? `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${members.join("")}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`
            : `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`,
        );
      });
    });
    await new Promise<void>((resolve) => {
      iam.listen(0, "127.0.0.1", resolve);
    });
    process.env["AWS_ENDPOINT_URL_IAM"] = `http://127.0.0.1:${(iam.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    delete process.env["AWS_ENDPOINT_URL_IAM"];
    iam.closeAllConnections();
    await new Promise((resolve) => {
      iam.close(resolve);
    });
  });

  test("may not read the key: said once for all services; each thing is asked once", async () => {
    answer = (_, resource) => (resource === key ? "implicitDeny" : "allowed");
    const { json } = await world.plan(webPolicy());
    expect(codesOf(json)).toEqual(["warning GracePeriodTooShort", "warning RoleLacksPermission"]);
    expect(json.diagnostics[1].message).toMatch(
      new RegExp(
        `web-005: by IAM's simulation the execution role exec may not ssm:GetParameters on ${key}; allow it, or no task will start$`,
      ),
    );
    expect(asked.filter((one) => one.endsWith(` exec ${key}`))).toHaveLength(1);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("may not write the log groups", async () => {
    answer = (action) => (action === "logs:CreateLogStream" ? "explicitDeny" : "allowed");
    const { json } = await world.plan(webPolicy(), { service: ["web-004"] });
    const [one] = json.diagnostics.map(({ message }: Any) => message);
    expect(one).toContain("may not logs:CreateLogStream on arn:aws:logs:us-east-1:");
    expect(one).toContain(":log-group:/ecs/prod-a/web-004:log-stream:ecs/");
  });

  test("cannot be asked about: said once as unknown, and IAM is left alone", async () => {
    answer = () => 403;
    const { code, json } = await world.plan(webPolicy());
    expect([code, codesOf(json)]).toEqual([2, ["warning GracePeriodTooShort", "warning RoleNotChecked"]]);
    expect(json.diagnostics[1].message).toMatch(
      /^prod-a\/web-000, .*web-005: what the execution role exec may do is unknown: iam:SimulatePrincipalPolicy was denied: no; this change needs logs:CreateLogStream, logs:PutLogEvents, ssm:GetParameters$/,
    );
    // As many as are asked at once.
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  test("is not asked about when there is nothing to write, or IAM is no other than the emulator's", async () => {
    answer = () => "allowed";
    expect((await world.apply(webPolicy())).code).toBe(0);
    asked = [];
    await world.plan(webPolicy());
    expect(asked).toEqual([]);
    delete process.env["AWS_ENDPOINT_URL_IAM"];
    const more = webPolicy({ image: "public.ecr.aws/example/jmx-exporter:2" });
    expect((await world.plan(more)).json.diagnostics).toEqual([]);
    expect(asked).toEqual([]);
  });
});

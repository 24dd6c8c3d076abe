// The action from end to end: its own steps, run with bash in a hostile repository, against the sandbox and a fake of
// GitHub's API.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { FakeComment } from "../support/github-api.ts";
import { token } from "../support/github-api.ts";
import { type Ran, readCommands } from "./composite.ts";
import { headSha, mergeSha, openWorkbench, policy, pullNumber, type Workbench } from "./workbench.ts";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

beforeEach(() => {
  const { github, sandbox } = bench;
  const call = (operation: string, input: Record<string, unknown>) =>
    sandbox.control.call("ecs", operation, input);
  call("CreateCluster", { clusterName: "prod" });
  call("RegisterTaskDefinition", {
    family: "web",
    containerDefinitions: [{ name: "app", image: "app:1", memory: 128, essential: true }],
  });
  call("CreateService", {
    cluster: "prod",
    serviceName: "web",
    taskDefinition: "web",
    desiredCount: 1,
    launchType: "EC2",
  });
  for (const list of [github.requests, github.faults, github.checkRuns, github.sarifs]) list.length = 0;
  github.comments.clear();
  for (const permission of ["issues", "checks", "security-events"] as const)
    github.permissions.add(permission);
  github.login = "github-actions[bot]";
  rmSync(join(bench.workspace, "policies"), { recursive: true, force: true });
  bench.write("policies/web.yaml", policy(85));
});
afterEach(() => {
  bench.sandbox.control.clearFaults();
  bench.sandbox.control.reset();
  expect(existsSync(bench.canary), "something of the pull request was run").toBe(false);
});

const comments = (): readonly FakeComment[] => bench.github.comments.get(pullNumber) ?? [];
const only = (): FakeComment => {
  expect(comments()).toHaveLength(1);
  return comments()[0] as FakeComment;
};
const annotations = ({ log }: Ran): string[] =>
  readCommands(log).map(({ name, line }) => `${name}: ${line.slice(line.lastIndexOf("::") + 2)}`);
const posts = (): string[] => bench.github.writes();
const list = `/repos/acme/shop/issues/${pullNumber}/comments`;

test("the first run creates the comment, the second updates the same one, the third leaves it", async () => {
  const first = await bench.run();
  expect(first.log).toContain("cpu");
  expect(first).toMatchObject({ code: 0, outputs: { conclusion: "success", creates: "1", deletes: "0" } });
  const created = only();
  expect(created.body).toMatch(
    /^<!-- ecsmon-action name=ecsmon -->\n\n## ecsmon plan: 1 change to 1 service\n/,
  );
  expect(posts()).toEqual([`POST ${list}`, "POST /repos/acme/shop/check-runs"]);
  expect(first.outputs["comment-id"]).toBe(String(created.id));
  expect(first.summary).toBe(`${created.body.split("\n").slice(2).join("\n")}\n`);
  expect(bench.github.checkRuns).toMatchObject([
    {
      name: "ecsmon",
      head_sha: headSha,
      status: "completed",
      conclusion: "success",
      output: { title: "1 to create" },
    },
  ]);
  expect(bench.github.checkRuns[0]?.["details_url"]).toBe(
    "https://github.example.com/acme/shop/actions/runs/99",
  );
  expect(JSON.parse(readFileSync(first.outputs["plan-json"] ?? "", "utf8"))).toMatchObject({ kind: "Plan" });
  expect(readFileSync(first.outputs["plan-html"] ?? "", "utf8")).toContain("<!DOCTYPE html>");

  bench.github.requests.length = 0;
  const before = created.body;
  bench.write("policies/web.yaml", policy(90));
  expect((await bench.run()).code).toBe(0);
  expect(only().id).toBe(created.id);
  expect(only().body).not.toBe(before);
  expect(posts()).toEqual([
    `PATCH /repos/acme/shop/issues/comments/${created.id}`,
    "POST /repos/acme/shop/check-runs",
  ]);

  bench.github.requests.length = 0;
  const third = await bench.run();
  expect(third.outputs["comment-id"]).toBe(String(created.id));
  expect(posts()).toEqual(["POST /repos/acme/shop/check-runs"]);
});

test("ecsmon is installed from the action's own folder, once, and npm runs no scripts of dependencies", async () => {
  await bench.run();
  const calls = readFileSync(join(bench.actionPath, "..", "npm-calls"), "utf8")
    .trimEnd()
    .split("\n");
  expect(calls).toEqual([
    `${bench.actionPath} ci --ignore-scripts --include=dev --no-workspaces --no-audit --no-fund`,
  ]);
});

test("nothing to say: no comment is made, and one that stands says so", async () => {
  bench.write("policies/web.yaml", policy(85).replace('["*"]', '["there-is-none"]'));
  const quiet = await bench.run();
  expect(quiet.code).toBe(0);
  expect(comments()).toEqual([]);
  bench.github.addComment(
    pullNumber,
    "github-actions[bot]",
    "<!-- ecsmon-action name=ecsmon -->\r\n\r\nold\r\n",
  );
  await bench.run();
  expect(only().body).toContain("## ecsmon plan: nothing to do");
});

test("the comment is found by its author, too, on any page, and not where others quote it", async () => {
  const { github } = bench;
  const marker = "<!-- ecsmon-action name=ecsmon -->";
  github.addComment(pullNumber, "mallory", `${marker}\n\nall is well`);
  github.addComment(pullNumber, null, `${marker}\n\nfrom an account that is gone`);
  github.addComment(pullNumber, "github-actions[bot]", `> ${marker}\n\nquoted`);
  github.addComment(pullNumber, "github-actions[bot]", "<!-- ecsmon-action name=other -->\n\nanother use");
  for (let count = 0; count < 250; count += 1) github.addComment(pullNumber, "ann", `comment ${count}`);
  const own = github.addComment(pullNumber, "github-actions[bot]", `${marker}\n\nold`);
  await bench.run();
  expect(posts()[0]).toBe(`PATCH /repos/acme/shop/issues/comments/${own.id}`);
  expect(github.requests.filter(({ what }) => what.startsWith("GET"))).toHaveLength(3);
  expect(comments().filter(({ body }) => body.includes("to create"))).toEqual([own]);
});

test("another name is another comment and another check; a token of somebody else is told", async () => {
  await bench.run();
  bench.github.login = "my-app[bot]";
  const ran = await bench.run({ inputs: { name: "staging" } });
  expect(comments().map(({ body }) => body.split("\n", 1)[0])).toEqual([
    "<!-- ecsmon-action name=ecsmon -->",
    "<!-- ecsmon-action name=staging -->",
  ]);
  expect(annotations(ran).join()).toContain("the comment was written by my-app[bot]");
  await bench.run({ inputs: { name: "staging", "comment-author": "my-app[bot]" } });
  expect(comments()).toHaveLength(2);
});

test("policies with errors: on their lines, in the comment, in code scanning, and the job fails", async () => {
  bench.write("policies/web.yaml", policy(85, "  colour: red\n"));
  const ran = await bench.run({ inputs: { sarif: "true" } });
  expect(ran).toMatchObject({ code: 1, outputs: { conclusion: "failure", errors: "true" } });
  expect(readCommands(ran.log)[0]?.line).toMatch(
    /^::error file=policies\/web\.yaml,line=7,col=3,title=UnknownField::/,
  );
  expect(annotations(ran)).toContain("error: there are errors: 1 error in policies or where they come from");
  expect(only().body).toMatch(/## ecsmon plan: there is none\n\n\*\*Policies must be free of errors first/);
  expect(only().body).toContain("`policies/web.yaml:7:3`");
  expect(bench.github.checkRuns).toMatchObject([
    { conclusion: "failure", output: { title: "there is no plan" } },
  ]);
  const [upload] = bench.github.sarifs;
  expect(upload).toMatchObject({ commitSha: mergeSha, ref: `refs/pull/${pullNumber}/merge` });
  expect(upload?.sarif["runs"]).toMatchObject([
    {
      automationDetails: { id: "ecsmon/ecsmon/" },
      results: [
        {
          ruleId: "UnknownField",
          locations: [{ physicalLocation: { artifactLocation: { uri: "policies/web.yaml" } } }],
        },
      ],
    },
  ]);

  // The mended policy ends the alert, and takes the same comment over.
  bench.write("policies/web.yaml", policy(85));
  expect((await bench.run({ inputs: { sarif: "true" } })).code).toBe(0);
  expect(only().body).toContain("1 to create");
  expect(bench.github.sarifs[1]?.sarif["runs"]).toMatchObject([{ results: [] }]);
});

test("an account that cannot be read: the comment says what happened, and the job fails", async () => {
  const ran = await bench.run({ env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } });
  expect(ran).toMatchObject({ code: 1, outputs: { conclusion: "failure", errors: "true" } });
  expect(only().body).toMatch(/^<!-- ecsmon-action name=ecsmon -->\n\n## ecsmon plan/);
  expect(only().body).toContain("ECONNREFUSED");
});

test("a source that is not there is told, with no plan", async () => {
  const ran = await bench.run({ inputs: { policies: "no-such-folder" } });
  expect(ran.code).toBe(1);
  expect(only().body).toMatch(
    /\*\*The plan could not be made\.[^`]*- \*\*error\*\* `no file or folder at no-such-folder/,
  );
});

test.each([
  ["error", 0, "success"],
  ["none", 0, "success"],
  ["any", 1, "failure"],
  ["delete, redeploy", 0, "success"],
  ["delete\nany", 1, "failure"],
])("fail-on %j with one alarm to create ends with %i", async (failOn, code, conclusion) => {
  const ran = await bench.run({ inputs: { "fail-on": failOn } });
  expect(ran).toMatchObject({ code, outputs: { conclusion } });
  expect(bench.github.checkRuns).toMatchObject([{ conclusion }]);
});

test("errors that fail-on does not name leave the job standing, and the check neutral", async () => {
  bench.write("policies/web.yaml", policy(85, "  colour: red\n"));
  expect(await bench.run({ inputs: { "fail-on": "delete" } })).toMatchObject({
    code: 0,
    outputs: { conclusion: "neutral", errors: "true" },
  });
});

test("a pull request from a fork: a token that only reads leaves all to the summary, and fails nothing", async () => {
  bench.github.permissions.clear();
  const ran = await bench.run({ fork: true, inputs: { sarif: "true" } });
  expect(ran.code).toBe(0);
  expect(ran.summary).toContain("## ecsmon plan: 1 change to 1 service");
  expect(comments()).toEqual([]);
  expect(annotations(ran)).toHaveLength(3);
  for (const text of annotations(ran)) expect(text).toMatch(/^notice: .*from a fork only reads/);
});

test("a fork whose secret is empty: all is left to the summary, and fail-on still tells", async () => {
  const inputs = { "github-token": "", sarif: "true" };
  const ran = await bench.run({ fork: true, inputs });
  expect(ran.code).toBe(0);
  expect(ran.summary).toContain("## ecsmon plan: 1 change to 1 service");
  expect(annotations(ran)).toHaveLength(3);
  for (const text of annotations(ran)) expect(text).toMatch(/^notice: .*from a fork only reads/);
  expect(bench.github.requests).toEqual([]);

  // Where nothing is to be told to GitHub, none is needed.
  const silent = { ...inputs, comment: "false", check: "false", sarif: "false" };
  expect(await bench.run({ inputs: { ...silent, "fail-on": "none" } })).toMatchObject({ code: 0 });
  const failing = await bench.run({ inputs: { ...inputs, "fail-on": "any" } });
  expect(failing.code).toBe(1);
  expect(annotations(failing)).toEqual([
    "error: github-token is empty; leave it out for the token of the workflow",
    "error: 1 change would be written",
  ]);
});

test("one failure of GitHub is no failure of the job", async () => {
  bench.github.faults.push(
    { method: "POST", path: "/check-runs", status: 502 },
    { method: "POST", path: "/sarifs", status: 503 },
  );
  expect((await bench.run({ inputs: { sarif: "true" } })).code).toBe(0);
  expect(bench.github.checkRuns).toHaveLength(1);
  expect(bench.github.sarifs).toHaveLength(1);
});

test("where the plan's step fails, the comment no longer says that all is well", async () => {
  await bench.run();
  expect(only().body).toContain("1 to create");
  const ran = await bench.run({ inputs: { config: "operator.yaml" } });
  expect(ran).toMatchObject({ code: 1, outputs: { conclusion: "failure" } });
  expect(annotations(ran)[0]).toContain("policies and config are both given");
  expect(only().body).toContain("## ecsmon plan: there is none");
  expect(only().body).toContain("policies and config are both given");
});

test("policies named by their whole path are told by that in the repository", async () => {
  bench.write("policies/web.yaml", policy(85, "  colour: red\n"));
  const ran = await bench.run({ inputs: { policies: join(bench.workspace, "policies"), sarif: "true" } });
  expect(readCommands(ran.log)[0]?.line).toMatch(/^::error file=policies\/web\.yaml,line=7/);
  expect(only().body).toContain("`policies/web.yaml:7:3`");
  expect(bench.github.sarifs[0]?.sarif["runs"]).toMatchObject([
    { results: [{ locations: [{ physicalLocation: { artifactLocation: { uri: "policies/web.yaml" } } }] }] },
  ]);
});

test("a permission that the job lacks is a warning that names it", async () => {
  bench.github.permissions.clear();
  const ran = await bench.run();
  expect(ran.code).toBe(0);
  expect(annotations(ran).join("\n")).toMatch(
    /warning: the comment was not written: .*Resource not accessible by integration; give the job the permission pull-requests: write/,
  );
});

test("a locked conversation is told as one, and the summary has the plan", async () => {
  bench.github.faults.push({
    method: "POST",
    path: "/comments",
    status: 403,
    body: { message: "Unable to create comment because issue is locked" },
  });
  const ran = await bench.run();
  expect(ran.code).toBe(0);
  expect(annotations(ran)).toEqual([
    "warning: the comment was not written, since the conversation is locked: unlock it to have one; the summary of this run has all of it",
  ]);
  expect(ran.summary).toContain("1 to create");
});

test("what a guard holds back: the comment names the input, and with that it passes", async () => {
  for (let index = 0; index < 12; index += 1)
    bench.sandbox.control.call("monitoring", "PutMetricAlarm", {
      AlarmName: `ecsmon/prod/web/old-${index}`,
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
  const held = await bench.run();
  expect(held).toMatchObject({ code: 1, outputs: { deletes: "12", conclusion: "failure" } });
  expect(only().body).toContain("If they are meant, set the input max-deletes to 12`");
  const let12 = await bench.run({ inputs: { "max-deletes": "12" } });
  expect(let12).toMatchObject({ code: 0, outputs: { deletes: "12", conclusion: "success" } });
  expect(only().body).toContain("12 to delete");
});

test("policies that are a link out of the repository are not read", async () => {
  const outside = join(bench.workspace, "..", "outside");
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, "secrets.yaml"), "kind: CANARY\n");
  rmSync(join(bench.workspace, "policies"), { recursive: true });
  symlinkSync(outside, join(bench.workspace, "policies"));
  const ran = await bench.run({ inputs: { sarif: "true" } });
  expect(ran.code).toBe(1);
  expect(annotations(ran)[0]).toBe(
    "error: policies leads out of the repository by a symbolic link; put the files themselves there",
  );
  expect(only().body).toContain("policies leads out of the repository");
  expect(JSON.stringify([ran, comments(), bench.github.sarifs])).not.toContain("CANARY");
});

test("what cannot be told otherwise fails the job, and the rest is told", async () => {
  bench.github.faults.push({ method: "GET", path: "/comments", status: 404, body: { message: "Not Found" } });
  const ran = await bench.run();
  expect(ran.code).toBe(1);
  expect(annotations(ran).join("\n")).toMatch(
    /error: the comment could not be written: GitHub GET .*Not Found/,
  );
  expect(bench.github.checkRuns).toHaveLength(1);
});

test("names in the pull request are no commands of the runner, and the token is nowhere", async () => {
  bench.write("policies/::set-output name=folder::evil.yaml", policy(85, "  colour: red\n"));
  bench.write("policies/x ##[add-mask]web.yaml", policy(85, '  "::stop-commands::x": 1\n'));
  bench.write("policies/$(touch canary).yaml", policy(85).replace("name: web", 'name: "::add-path::/tmp"'));
  const ran = await bench.run();
  expect(ran.code).toBe(1);
  expect(ran.log).toContain("##[add-mask]");
  const commands = readCommands(ran.log);
  expect(commands.length).toBeGreaterThan(3);
  expect(new Set(commands.map(({ name }) => name))).toEqual(new Set(["error"]));
  const shown = JSON.stringify([ran, comments(), bench.github.checkRuns]);
  expect(shown).not.toContain(token);
});

test("nor where a plan tells of them", async () => {
  bench.write("policies/b ##[add-mask]prod.yaml", policy(90).replace("name: web", "name: other"));
  const ran = await bench.run();
  expect(ran.code).toBe(1);
  expect(ran.log).toContain("b ##[add-mask]prod.yaml:6");
  expect(readCommands(ran.log)).toEqual([
    { name: "error", line: "::error title=ecsmon::there are errors: 1 item blocked" },
  ]);
});

test("an input is one argument, whatever stands in it", async () => {
  const ran = await bench.run({
    inputs: { policies: "policies\n--config=evil.yaml", region: "us-east-1 --config evil.yaml" },
  });
  expect(ran.code).toBe(1);
  expect(annotations(ran)[0]).toContain("no file or folder at --config=evil.yaml");
  const region = await bench.run({ inputs: { region: '$(touch x)"; --config evil.yaml' } });
  expect(region.code).toBe(1);
  expect(region.log).toContain("It must be the name of an AWS Region");
});

test("a fork's pull request with a snapshot: the same plan without credentials or AWS", async () => {
  const file = join(bench.actionPath, "..", "account.snapshot");
  const live = await bench.run();
  await bench.takeSnapshot(file);
  bench.sandbox.control.reset();
  const ran = await bench.run({
    fork: true,
    inputs: { snapshot: file, "max-age": "1h", region: "us-east-1", comment: "false", check: "false" },
    env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
  });
  expect(ran).toMatchObject({ code: 0, outputs: { creates: "1" } });
  const taken = /\nThe account as a snapshot has it, taken on `[-\d]{10} [\d:]{5} UTC`\.\n/;
  expect(ran.summary).toMatch(taken);
  expect(ran.summary.replace(taken, "")).toBe(live.summary);
  expect(posts()).toHaveLength(2);
});

test("what a backtest warns of stands on the alarm's line, in code scanning and in the plan, as of this change", async () => {
  bench.write("before/web.yaml", policy(85));
  bench.write(
    "policies/web.yaml",
    policy(85).replace(
      "85 }]",
      "85 },\n    { name: typo, metric: { namespace: AWS/ECS, metricName: Typo }, statistic: Average, comparison: GreaterThanThreshold, threshold: 1 }]",
    ),
  );
  const ran = await bench.run({ inputs: { base: "before", backtest: "2d", sarif: "true" } });
  expect(ran.code).toBe(0);
  expect(readCommands(ran.log).map(({ line }) => line)).toEqual([
    expect.stringMatching(
      /^::warning file=policies\/web\.yaml,line=7,col=5,title=MetricMissing::.*alarm ecsmon\/prod\/web\/typo watches AWS\/ECS Typo/,
    ),
  ]);
  expect(bench.github.sarifs[0]?.sarif["runs"]).toMatchObject([{ results: [{ ruleId: "MetricMissing" }] }]);
  const { diagnostics } = JSON.parse(readFileSync(ran.outputs["plan-json"] ?? "", "utf8"));
  expect(diagnostics).toMatchObject([{ code: "MetricMissing", path: "spec.alarms[1]", origin: "change" }]);
  expect(only().body).toContain("1 warning");
  expect(only().body).toContain("- **warning** `policies/web.yaml:7:5`: `spec.alarms[1]`: ");
});

test("beside a base only what this change does counts", async () => {
  bench.write("before/web.yaml", policy(85));
  const inputs = { base: "before", "fail-on": "any" };
  const drift = await bench.run({ inputs });
  expect(drift).toMatchObject({ code: 0, outputs: { creates: "0", conclusion: "success" } });
  expect(comments()).toEqual([]);

  bench.write("policies/web.yaml", policy(90));
  expect(await bench.run({ inputs })).toMatchObject({ code: 1, outputs: { creates: "1" } });
  expect(only().body).toContain("1 change to 1 service by this change");
});

test("targets of which none has a plan take the same comment", async () => {
  const config = `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: prod }
spec:
  sources: [{ path: ./policies }]
  targets: [{ region: us-east-1 }, { region: us-west-2 }]
`;
  bench.write("operator.yaml", config);
  const inputs = { policies: "", config: "operator.yaml" };
  const good = await bench.run({ inputs });
  expect(good.code).toBe(0);
  const { id } = only();
  const role = 'roleArn: "arn:aws:iam::210987654321:role/ecsmon"';
  bench.write("operator.yaml", config.replaceAll("region:", `${role}, region:`));
  const ran = await bench.run({ inputs, env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } });
  expect(ran.code).toBe(1);
  expect(annotations(ran)).toEqual(["error: there are errors: 2 targets without a plan"]);
  expect(only().id).toBe(id);
  expect(only().body).toContain("#### Targets without a plan");
});

test("pull_request_target is refused before anything is read", async () => {
  const ran = await bench.run({ env: { GITHUB_EVENT_NAME: "pull_request_target" } });
  expect(ran.code).toBe(1);
  expect(annotations(ran).join()).toContain("let the workflow run on pull_request");
  expect(bench.github.requests).toEqual([]);
});

test("a run that is not of a pull request has a summary and a check on its commit, and no comment", async () => {
  const ran = await bench.run({ env: { GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main" } });
  expect(ran.code).toBe(0);
  expect(posts()).toEqual(["POST /repos/acme/shop/check-runs"]);
  expect(bench.github.checkRuns).toMatchObject([{ head_sha: mergeSha }]);
});

test("the step that reads policies sees no token of GitHub", async () => {
  bench.write(
    "operator.yaml",
    `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: prod }
spec:
  sources: [{ git: { url: "https://127.0.0.1:9/evil.git", tokenEnv: GITHUB_TOKEN } }]
`,
  );
  const ran = await bench.run({
    inputs: { policies: "", config: "operator.yaml" },
    env: { GITHUB_TOKEN: token, GH_TOKEN: token },
  });
  expect(ran.code).toBe(1);
  expect(only().body).toContain("the token for Git is not set; set GITHUB_TOKEN");
});

// The pieces of the two steps: inputs, the event, what reaches the runner, the comment, and the upload.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { refuseLinksOut } from "../../../../controller/cli/github/check-links.ts";
import { createGithub, type GithubApi } from "../../../../controller/cli/github/client.ts";
import { annotation, withoutCommands, writeOutputs } from "../../../../controller/cli/github/commands.ts";
import { commentMarker, composePage } from "../../../../controller/cli/github/comment-page.ts";
import { readRun } from "../../../../controller/cli/github/event.ts";
import { readPlanInputs, readReportInputs } from "../../../../controller/cli/github/inputs.ts";
import { pathsIn, readLook, readPage } from "../../../../controller/cli/github/look-folder.ts";
import { findingsToSarif } from "../../../../controller/cli/github/sarif.ts";
import { keepComment } from "../../../../controller/cli/github/sticky-comment.ts";
import { maxComment, renderMarkdown } from "../../../../controller/cli/render/markdown.ts";
import { type GithubFake, startGithub, token } from "../../../support/github-api.ts";
import { emptyPlan, samplePlan } from "../sample-plan.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-github-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sha = "a".repeat(40);

test("each input is one flag, and only those that are given", () => {
  const inputs = readPlanInputs({
    ECSMON_INPUT_POLICIES: "policies\n  more policies/  \r\n\n",
    ECSMON_INPUT_BASE: "git+file:///repo?path=policies#main",
    ECSMON_INPUT_SNAPSHOT: "account.snapshot --config evil.yaml",
    ECSMON_INPUT_BACKTEST: "14d",
    ECSMON_INPUT_MAX_DELETES: "40",
    ECSMON_INPUT_MAX_REDEPLOYS: "500",
    ECSMON_INPUT_REGION: "",
  });
  expect(inputs).toEqual({
    checked: ["policies", "more policies/"],
    paths: [
      "policies",
      "more policies/",
      "git+file:///repo?path=policies#main",
      "account.snapshot --config evil.yaml",
    ],
    planFlags: [
      "--policies=policies",
      "--policies=more policies/",
      "--base=git+file:///repo?path=policies#main",
      "--snapshot=account.snapshot --config evil.yaml",
      "--backtest=14d",
      "--max-deletes=40",
      "--max-redeploys=500",
    ],
    name: "ecsmon",
  });
  expect(readPlanInputs({ ECSMON_INPUT_CONFIG: "operator.yaml" })).toMatchObject({
    checked: ["operator.yaml"],
    paths: ["operator.yaml"],
    planFlags: ["--config=operator.yaml"],
  });
});

test.each([
  [{}, "neither policies nor config is given"],
  [{ ECSMON_INPUT_POLICIES: "a", ECSMON_INPUT_CONFIG: "b" }, "policies and config are both given"],
  [{ ECSMON_INPUT_POLICIES: "a", ECSMON_INPUT_REGION: "a\nb" }, "region has several lines"],
  [{ ECSMON_INPUT_POLICIES: "a", ECSMON_INPUT_NAME: "a--b" }, 'name is "a--b"'],
  [{ ECSMON_INPUT_POLICIES: "a", ECSMON_INPUT_NAME: "a".repeat(21) }, "at most 20"],
])("inputs %j are refused", (env, message) => {
  expect(() => readPlanInputs(env)).toThrow(message);
});

const switches = { ECSMON_INPUT_COMMENT: "true", ECSMON_INPUT_CHECK: "false", ECSMON_INPUT_SARIF: "false" };

test.each([
  ["error", ["error"]],
  ["delete, redeploy\nany", ["delete", "redeploy", "any"]],
  ["none", []],
])("fail-on %j", (text, words) => {
  const { failOn } = readReportInputs({ ...switches, ECSMON_INPUT_FAIL_ON: text });
  expect([...failOn]).toEqual(words);
});

test.each(["", "errors", "none, error", "Delete"])("fail-on %j is refused", (text) => {
  expect(() => readReportInputs({ ...switches, ECSMON_INPUT_FAIL_ON: text })).toThrow(`fail-on is "${text}"`);
});

test("a switch is true or false", () => {
  const env = { ...switches, ECSMON_INPUT_FAIL_ON: "error", ECSMON_INPUT_CHECK: "yes" };
  expect(() => readReportInputs(env)).toThrow('check is "yes"; it takes true or false');
});

const event = (pull: unknown): Record<string, string> => {
  const file = join(folder, "event.json");
  writeFileSync(file, JSON.stringify({ pull_request: pull }));
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: file,
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_SHA: sha,
    GITHUB_REF: "refs/pull/7/merge",
  };
};
const pull = { number: 7, head: { sha, repo: { id: 1 } }, base: { repo: { id: 1 } } };

test.each([
  ["a branch of the repository", pull, false],
  ["a fork", { ...pull, head: { sha, repo: { id: 2 } } }, true],
  ["a fork that is gone", { ...pull, head: { sha, repo: null } }, true],
])("%s", async (_, given, fromFork) => {
  expect((await readRun(event(given))).pullRequest).toEqual({ number: 7, headSha: sha, fromFork });
});

test.each([
  [{ ...pull, number: "7/../../../../evil" }],
  [{ ...pull, number: 0 }],
  [{ ...pull, head: { sha: "main" } }],
  [undefined],
])("an event of another shape is refused: %j", async (given) => {
  await expect(readRun(event(given))).rejects.toThrow("the event of the pull request");
});

test.each([
  [{ GITHUB_REPOSITORY: "acme/.." }, "GITHUB_REPOSITORY"],
  [{ GITHUB_REPOSITORY: "acme/shop/evil" }, "GITHUB_REPOSITORY"],
  [{ GITHUB_SHA: "HEAD" }, "GITHUB_SHA"],
  [{ GITHUB_REF: "main" }, "GITHUB_REF"],
  [{ GITHUB_ACTIONS: "" }, "GITHUB_ACTIONS is not set"],
  [{ GITHUB_EVENT_NAME: "pull_request_target" }, "pull_request_target"],
  [{ GITHUB_EVENT_NAME: "workflow_run" }, "the event workflow_run gives secrets"],
  [{ GITHUB_EVENT_NAME: "issue_comment" }, "the event issue_comment gives secrets"],
  [{ GITHUB_EVENT_PATH: join(folder, "none") }, "GITHUB_EVENT_PATH"],
])("%j is refused", async (env, message) => {
  await expect(readRun({ ...event(pull), ...env })).rejects.toThrow(message);
});

test("what lies in the working directory is not taken for what the first step left", async () => {
  expect(await readPage("package.json")).toBe("");
  expect(await readLook(pathsIn(""))).toMatchObject({ exitCode: 1, plans: [], findings: [] });
  const file = join(folder, "page");
  writeFileSync(file, "page");
  expect(await readPage(file)).toBe("page");
});

describe("what a workflow names", () => {
  const root = join(folder, "repo");
  const named = (path: string) => refuseLinksOut([join(root, path)], root);
  beforeAll(() => {
    for (const path of ["repo/policies", "repo/.git", "outside"])
      mkdirSync(join(folder, path), { recursive: true });
    for (const path of ["repo/policies/web.yaml", "repo/.git/config", "outside/secrets.yaml"])
      writeFileSync(join(folder, path), "kind: CANARY");
    symlinkSync("policies", join(root, "same"));
    symlinkSync("../outside", join(root, "out"));
    symlinkSync("../outside/secrets.yaml", join(root, "out.yaml"));
    symlinkSync(".git/config", join(root, "git.yaml"));
    symlinkSync("nowhere", join(root, "nowhere"));
    symlinkSync(root, join(folder, "by-link"));
  });

  test.each([".", "policies", "policies/web.yaml", "same/web.yaml", "nowhere", "not-there", "../outside"])(
    "%s is read",
    async (path) => {
      await expect(named(path)).resolves.toBeUndefined();
      await expect(refuseLinksOut([join(root, path)], join(folder, "by-link"))).resolves.toBeUndefined();
    },
  );

  test.each(["out", "out/secrets.yaml", "out.yaml", "git.yaml"])(
    "%s, a link out of the repository, is refused, and what stands there is not told",
    async (path) => {
      await expect(named(path)).rejects.toThrow(
        `${join(root, path)} leads out of the repository by a symbolic link`,
      );
      await expect(named(path)).rejects.not.toThrow("CANARY");
      await expect(refuseLinksOut([join(folder, "by-link", path)], join(folder, "by-link"))).rejects.toThrow(
        "leads out",
      );
    },
  );

  test("that is no file of this machine is passed over", async () => {
    const paths = ["git+https://github.com/acme/shop.git?path=policies#main", "s3://bucket/policies"];
    await expect(refuseLinksOut(paths, root)).resolves.toBeUndefined();
  });
});

test("text of others neither ends an annotation nor opens a command", () => {
  expect(annotation("error", "100%\n::set-output name=a::b\r\u001b[2K")).toBe(
    "::error title=ecsmon::100%25%0A::set-output name=a::b\\u000d\\u001b[2K\n",
  );
  const [first, ...rest] = withoutCommands("::error::x").trimEnd().split("\n");
  const [, stop] = /^::stop-commands::([0-9a-f-]{36})$/.exec(first ?? "") ?? [];
  expect(rest).toEqual(["::error::x", `::${stop}::`]);
  expect(withoutCommands("a")).not.toBe(withoutCommands("a"));
});

test("an output has one line", async () => {
  const file = join(folder, "output");
  await writeOutputs({ GITHUB_OUTPUT: file }, { creates: 1, conclusion: "success" });
  expect(readFileSync(file, "utf8")).toBe("creates=1\nconclusion=success\n");
  await expect(writeOutputs({ GITHUB_OUTPUT: file }, { folder: "a\nb=c" })).rejects.toThrow("several lines");
});

test("code scanning gets only what has a place in the repository", () => {
  const files = [
    "policies/web.yaml",
    undefined,
    "s3://b/x.yaml",
    "git+https://h/r.git:a.yaml",
    "/etc/x",
    "a/../../b",
  ];
  const findings = files.map((file) => ({
    severity: "error" as const,
    code: "X",
    message: "m",
    ...(file === undefined ? {} : { file, line: 1, column: 1 }),
  }));
  const { runs } = JSON.parse(findingsToSarif(findings, "prod"));
  expect(runs[0].automationDetails).toEqual({ id: "ecsmon/prod/" });
  expect(JSON.stringify(runs[0].results.map((result: { locations: unknown }) => result.locations))).toContain(
    '"uri":"policies/web.yaml"',
  );
  expect(runs[0].results).toHaveLength(1);
  expect(JSON.parse(findingsToSarif([], "prod")).runs).toMatchObject([{ results: [] }]);
});

test("a page of the largest size still fits below the action's marker", () => {
  const changes = Array.from({ length: 3000 }, (_, index) => ({
    ...(samplePlan.changes[0] ?? emptyPlan.changes[0]),
    id: `alarm-${index}`,
    name: `alarm-${index}`,
    service: `service-${index}`,
  })) as typeof samplePlan.changes;
  const big = { ...samplePlan, changes };
  const error = { code: "AccessDenied", message: "AssumeRole was denied ".repeat(50) };
  const failed = Array.from({ length: 400 }, (_, index) => ({
    region: "eu-west-1",
    roleArn: `arn:${index}`,
    error,
  }));
  const look = { findings: [], exitCode: 1, plans: [], failed: 0, complaint: "" };
  const takenAt = "2026-11-22T10:17:42.123Z";
  for (const targets of [
    { plans: [big], failed: [] },
    { plans: [big, big], failed },
    { plans: [], failed },
  ]) {
    const page = renderMarkdown(targets);
    const body = `${commentMarker("a".repeat(20))}\n\n${composePage({ ...look, takenAt }, page)}`;
    expect(body).not.toContain("ecsmon-plan ");
    expect(body.length).toBeGreaterThan(40_000);
    expect(body.length).toBeLessThanOrEqual(maxComment);
  }
});

test("a comment tells which input lets through what a guard holds back, and is no longer for it", () => {
  const look = { findings: [], exitCode: 1, plans: [], failed: 0, complaint: "" };
  const guarded = ["12 deletes", "500 services"].map((what, index) => ({
    kind: "MetricAlarm" as const,
    name: `alarm-${index}`,
    policies: [],
    code: index === 0 ? "DeleteGuard" : "RedeployGuard",
    message: `${what} are too many. If they are meant, run again with ${index === 0 ? "--max-deletes 12" : "--max-redeploys 500"}`,
  }));
  const page = renderMarkdown({ plans: [{ ...emptyPlan, blocked: guarded }], failed: [] });
  const told = composePage(look, page);
  expect(told).toContain("If they are meant, set the input max-deletes to 12`");
  expect(told).toContain("If they are meant, set the input max-redeploys to 500`");
  expect(told).not.toContain("run again");
  expect(told.length).toBeLessThanOrEqual(page.length);
});

test("a comment on a plan from a snapshot says when that was taken, and is the same whenever it is made", () => {
  const look = { findings: [], exitCode: 0, plans: [], failed: 0, complaint: "" };
  const page = renderMarkdown({ plans: [samplePlan], failed: [] });
  const told = composePage({ ...look, takenAt: "2026-11-22T10:17:42.123Z" }, page);
  const line = "The account as a snapshot has it, taken on `2026-11-22 10:17 UTC`.\n\n";
  expect(told.split("\n", 3)).toEqual([expect.stringMatching(/^## ecsmon plan: /), "", line.trimEnd()]);
  expect(told.replace(line, "")).toBe(composePage(look, page));
});

test("where there is no plan, findings and complaints cannot leave their code", () => {
  const hostile = "</details> @team [x](http://evil) `` ``` \u202e <img src=x>";
  const look = { findings: [], exitCode: 1, plans: [], failed: 0, complaint: `${hostile}\n`.repeat(100) };
  const told = composePage(look, "");
  expect(told).toContain("````text\n</details> @team");
  expect(told).toContain("\\u202e");
  expect(told.split("\n").filter((line) => line.includes("@team"))).toHaveLength(40);
  const found = composePage(
    {
      ...look,
      findings: Array(5000).fill({
        severity: "error",
        code: "X",
        message: hostile,
        file: hostile,
        line: 1,
        column: 1,
      }),
    },
    "",
  );
  expect(found.length).toBeLessThan(maxComment);
  expect(found).toContain("more");
  expect(found).not.toContain("````text");
});

describe("one comment, whatever goes wrong", () => {
  const marker = commentMarker("ecsmon");
  const sticky = { issue: 7, marker, text: "text\n", author: "github-actions[bot]", isQuiet: false };
  const body = `${marker}\n\ntext\n`;
  let fake: GithubFake;
  /** Milliseconds. */
  let pauses: number[];
  const sleep = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
  const open = (): GithubApi =>
    createGithub({ token, base: fake.url, repository: "acme/shop", sleep, now: () => new Date(0) });
  const lost = { method: "POST", path: "/comments", status: 502 };
  beforeEach(async () => {
    [fake, pauses] = [await startGithub(), []];
  });
  afterEach(() => fake.close());

  test("whose making was not answered is found, and not made twice", async () => {
    fake.faults.push({ ...lost, after: true });
    expect((await keepComment(open(), sticky, sleep)).what).toBe("unchanged");
    expect(fake.comments.get(7)).toHaveLength(1);
  });

  test("that GitHub makes after it has given up on the answer is waited for", async () => {
    fake.faults.push({ ...lost, after: "late" });
    const waits = async (milliseconds: number) => {
      await sleep(milliseconds);
      fake.catchUp();
    };
    expect((await keepComment(open(), sticky, waits)).what).toBe("unchanged");
    expect(pauses).toEqual([2000]);
    expect(fake.comments.get(7)).toHaveLength(1);
  });

  test("that comes later still goes, in the same run or in the next", async () => {
    fake.faults.push({ ...lost, after: "late" }, { ...lost, after: "late" });
    let naps = 0;
    const waits = async () => {
      naps += 1;
      if (naps === 2) fake.catchUp();
    };
    expect((await keepComment(open(), sticky, waits)).what).toBe("unchanged");
    expect(fake.comments.get(7)).toMatchObject([{ body }]);
  });

  test("that was not made is made again, but not for ever", async () => {
    fake.faults.push(lost);
    expect((await keepComment(open(), sticky, sleep)).what).toBe("created");
    fake.comments.clear();
    fake.faults.push(lost, lost, lost);
    await expect(keepComment(open(), sticky, sleep)).rejects.toThrow("failed with 502");
    expect(fake.comments.get(7)).toBeUndefined();
  });

  test("several of ours: the oldest is brought up to date, the others go, and those of others stay", async () => {
    const [oldest] = ["old", "older?", "wrong for ever"].map((text) =>
      fake.addComment(7, "github-actions[bot]", `${marker}\n\n${text}`),
    );
    const foreign = fake.addComment(7, "mallory", `${marker}\n\nmine`);
    expect(await keepComment(open(), { ...sticky, isQuiet: true }, sleep)).toEqual({
      what: "updated",
      id: oldest?.id,
    });
    expect(fake.comments.get(7)).toEqual([{ ...oldest, body }, foreign]);
  });

  test("ours is ours however its author's name is written", async () => {
    const own = fake.addComment(7, "MyBot", `${marker}\n\nold`);
    expect(await keepComment(open(), { ...sticky, author: "mybot" }, sleep)).toEqual({
      what: "updated",
      id: own.id,
    });
  });

  test("that a person deletes as it is brought up to date is looked for again, and made", async () => {
    fake.addComment(7, sticky.author, `${marker}\n\nold`);
    const next = fake.addComment(7, "ann", "well");
    const github = open();
    const deleting: GithubApi = {
      ...github,
      async updateComment(id, text) {
        fake.comments.set(7, [next]);
        return github.updateComment(id, text);
      },
    };
    expect((await keepComment(deleting, sticky, sleep)).what).toBe("created");
    expect(fake.comments.get(7)).toMatchObject([next, { body }]);
  });

  test("that may not be changed although it is there is not made again and again", async () => {
    const old = fake.addComment(7, sticky.author, `${marker}\n\nold`);
    const refused = { method: "PATCH", path: "/comments", status: 404 };
    fake.faults.push(refused, refused);
    await expect(keepComment(open(), sticky, sleep)).rejects.toThrow("found nothing");
    expect(fake.comments.get(7)).toEqual([old]);
  });

  test("two runs at once leave one comment", async () => {
    let seen = 0;
    let bothSaw = (): void => undefined;
    const saw = new Promise<void>((resolve) => {
      bothSaw = resolve;
    });
    /** Each looks first, and finds none. */
    const together = (): GithubApi => {
      const github = open();
      let isFirst = true;
      return {
        ...github,
        async listComments(issue) {
          const found = await github.listComments(issue);
          if (isFirst) {
            isFirst = false;
            seen += 1;
            if (seen === 2) bothSaw();
            await saw;
          }
          return found;
        },
      };
    };
    await Promise.all([keepComment(together(), sticky, sleep), keepComment(together(), sticky, sleep)]);
    expect(fake.writes().filter((what) => what.startsWith("POST"))).toHaveLength(2);
    expect(fake.comments.get(7)).toMatchObject([{ body }]);
  });
});

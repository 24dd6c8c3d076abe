// What GitHub says of the run: which repository, which commit, which pull request. Of the payload only numbers, commits
// and names of a strict shape are taken: titles and branches were written by whoever opened the pull request.
import { readFile } from "node:fs/promises";
import { EcsmonError } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import type { Io } from "../io.ts";

export interface PullRequest {
  readonly number: number;
  /** The commit on its branch; GITHUB_SHA is that of a merge made for the run. */
  readonly headSha: string;
  /** From another repository: its runs have a token that only reads, and no secrets. */
  readonly fromFork: boolean;
}

export interface GithubRun {
  /** `owner/name` */
  readonly repository: string;
  readonly apiUrl: string;
  /** The page of this run. */
  readonly runUrl: string | undefined;
  readonly sha: string;
  readonly ref: string;
  /** Left out: the run is not one of a pull request. */
  readonly pullRequest?: PullRequest;
}

/** With a token that writes and with secrets, while what it looks at was written by anybody. */
const unsafeEvents: readonly string[] = ["pull_request_target", "workflow_run", "issue_comment"];

/** @throws EcsmonError outside of GitHub Actions, and where running would be unsafe. */
export function checkEvent(env: Io["env"]): void {
  const event = env["GITHUB_EVENT_NAME"] ?? "";
  if (env["GITHUB_ACTIONS"] !== "true")
    throw new EcsmonError(
      "NotOnGithub",
      "`ecsmon github` is what action.yml runs, and GITHUB_ACTIONS is not set; elsewhere, use ecsmon validate and ecsmon plan --format markdown",
    );
  if (unsafeEvents.includes(event))
    throw new EcsmonError(
      "UnsafeEvent",
      `the event ${event} gives secrets to runs on what anybody may have written; let the workflow run on pull_request`,
    );
}

export async function readRun(env: Io["env"]): Promise<GithubRun> {
  checkEvent(env);
  const repository = need(env, "GITHUB_REPOSITORY", /^[A-Za-z0-9-]{1,39}\/(?!\.\.?$)[A-Za-z0-9._-]{1,100}$/);
  const sha = need(env, "GITHUB_SHA", commit);
  const ref = need(env, "GITHUB_REF", /^refs\/[^\s\p{Cc}]+$/u);
  const runUrl = `${env["GITHUB_SERVER_URL"]}/${repository}/actions/runs/${env["GITHUB_RUN_ID"]}`;
  const pullRequest = env["GITHUB_EVENT_NAME"] === "pull_request" ? await readPullRequest(env) : undefined;
  return {
    repository,
    apiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
    runUrl: /^https?:\/\/[^\s\p{Cc}]+\/actions\/runs\/[0-9]+$/u.test(runUrl) ? runUrl : undefined,
    sha,
    ref,
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
}

const commit = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

function need(env: Io["env"], name: string, shape: RegExp): string {
  const value = env[name] ?? "";
  if (shape.test(value)) return value;
  throw new EcsmonError("InvalidEvent", `${name} is "${value}", which is not what GitHub sets it to`);
}

async function readPullRequest(env: Io["env"]): Promise<PullRequest> {
  const file = env["GITHUB_EVENT_PATH"] ?? "";
  let payload: unknown;
  try {
    payload = JSON.parse(await readFile(file, "utf8"));
  } catch {
    throw new EcsmonError("InvalidEvent", `GITHUB_EVENT_PATH is "${file}", where no event can be read`);
  }
  const pull = isObject(payload) ? payload["pull_request"] : undefined;
  const { number, head, base } = isObject(pull) ? pull : {};
  const headSha = isObject(head) ? head["sha"] : undefined;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 1)
    throw new EcsmonError("InvalidEvent", "the event of the pull request has no number of one");
  if (typeof headSha !== "string" || !commit.test(headSha))
    throw new EcsmonError("InvalidEvent", "the event of the pull request has no commit at its head");
  const [from, to] = [repositoryId(head), repositoryId(base)];
  // A fork that is gone has none.
  return { number, headSha, fromFork: from === undefined || from !== to };
}

function repositoryId(side: unknown): number | undefined {
  const repository = isObject(side) ? side["repo"] : undefined;
  const id = isObject(repository) ? repository["id"] : undefined;
  return typeof id === "number" ? id : undefined;
}

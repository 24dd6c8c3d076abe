// GitHub's REST API, as far as the action speaks it: comments, check runs, and uploads to code scanning.
// Sources: https://docs.github.com/rest/issues/comments, /rest/checks/runs and /rest/code-scanning.
import { EcsmonError } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import { type Answer, codes, createCaller, type GithubOptions, malformed } from "./api-call.ts";

export interface Comment {
  readonly id: number;
  readonly body: string;
  /** Who wrote it, such as `github-actions[bot]`; undefined: an account that is gone. */
  readonly author: string | undefined;
}

export interface CheckRun {
  readonly name: string;
  /** The commit that is judged: 40 hexadecimal digits, 64 in repositories with SHA-256. */
  readonly headSha: string;
  readonly conclusion: "success" | "failure" | "neutral";
  readonly detailsUrl?: string;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
}

export interface SarifUpload {
  readonly commitSha: string;
  /** A full ref, such as `refs/pull/7/merge`. */
  readonly ref: string;
  /** The file, through gzip and then Base64. */
  readonly sarif: string;
}

/** Everything throws an `EcsmonError`; {@link codes} tells why. */
export interface GithubApi {
  /** All of them, oldest first. */
  listComments(issue: number): Promise<readonly Comment[]>;
  /** Sent once: each time makes another comment. */
  createComment(issue: number, body: string): Promise<Comment>;
  updateComment(id: number, body: string): Promise<void>;
  /** One that is gone is well, too. */
  deleteComment(id: number): Promise<void>;
  /** May make two that are alike: of one name and commit the newer one counts. */
  createCheckRun(run: CheckRun): Promise<void>;
  uploadSarif(upload: SarifUpload): Promise<void>;
}

/** Of 100 comments each. */
const maxPages = 100;

export function createGithub(options: GithubOptions): GithubApi {
  const call = createCaller(options);
  const repository = `/repos/${options.repository}`;
  return {
    async listComments(issue) {
      const comments: Comment[] = [];
      let path: string | undefined = `${repository}/issues/${issue}/comments?per_page=100`;
      for (let page = 1; path !== undefined; page += 1) {
        if (page > maxPages)
          throw new EcsmonError(
            codes.rejected,
            `pull request ${issue} has more than ${maxPages * 100} comments; ecsmon does not look through more of them for its own`,
          );
        const { answer, next }: Answer = await call("GET", path);
        if (!Array.isArray(answer)) throw malformed("a list of comments");
        comments.push(...answer.map(toComment));
        path = next;
      }
      return comments;
    },
    async createComment(issue, body) {
      const { answer } = await call("POST", `${repository}/issues/${issue}/comments`, { body });
      return toComment(answer);
    },
    async updateComment(id, body) {
      await call("PATCH", `${repository}/issues/comments/${id}`, { body });
    },
    async deleteComment(id) {
      await call("DELETE", `${repository}/issues/comments/${id}`).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
    async createCheckRun({ name, headSha, conclusion, detailsUrl, title, summary }) {
      const body = {
        name,
        head_sha: headSha,
        status: "completed",
        conclusion,
        ...(detailsUrl === undefined ? {} : { details_url: detailsUrl }),
        output: { title, summary },
      };
      await call("POST", `${repository}/check-runs`, body, { repeatable: true });
    },
    async uploadSarif({ commitSha, ref, sarif }) {
      const body = { commit_sha: commitSha, ref, sarif };
      // The same analysis of the same commit takes the place of the one before.
      await call("POST", `${repository}/code-scanning/sarifs`, body, { repeatable: true });
    },
  };
}

/** The answer was lost or made no sense: what was asked for may have been done. */
export function mayBeDone(error: unknown): boolean {
  const lost: readonly string[] = [codes.unreachable, codes.unavailable, codes.malformed];
  return error instanceof EcsmonError && lost.includes(error.code);
}

/** It is not there, or the token may not see it. */
export function isNotFound(error: unknown): boolean {
  return error instanceof EcsmonError && error.code === codes.notFound;
}

function toComment(value: unknown): Comment {
  if (!isObject(value)) throw malformed("a comment");
  const { id, body, user } = value;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) throw malformed("a comment with an id");
  const login = isObject(user) ? user["login"] : undefined;
  return {
    id,
    body: typeof body === "string" ? body : "",
    author: typeof login === "string" ? login : undefined,
  };
}

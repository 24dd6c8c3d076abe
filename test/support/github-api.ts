// GitHub's REST API as far as the action speaks it, on 127.0.0.1: comments of issues (list with pages, create, update, delete),
// check runs, uploads to code scanning, and the ways in which it refuses.
// Sources: https://docs.github.com/rest/issues/comments, /rest/checks/runs, /rest/code-scanning,
// /rest/using-the-rest-api/rate-limits-for-the-rest-api and /rest/using-the-rest-api/using-pagination-in-the-rest-api.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string } | null;
}

export interface FakeRequest {
  /** `POST /repos/acme/shop/issues/7/comments`, without a query. */
  readonly what: string;
  readonly query: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

export interface Fault {
  /** The method, and a part of the path. */
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Done all the same: the answer is what gets lost. `late`: done only by {@link GithubFake.catchUp}. */
  readonly after?: boolean | "late";
}

export type Permission = "issues" | "checks" | "security-events";

export interface GithubFake {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** By the number of the issue, oldest first. */
  readonly comments: Map<number, FakeComment[]>;
  readonly checkRuns: Record<string, unknown>[];
  /** What was uploaded, unpacked. */
  readonly sarifs: {
    readonly commitSha: string;
    readonly ref: string;
    readonly sarif: Record<string, unknown>;
  }[];
  /** Each is used up by one request, in this order. */
  readonly faults: Fault[];
  /** What the token may write; reading is always allowed. */
  readonly permissions: Set<Permission>;
  /** Who the token writes as. */
  login: string;
  addComment(issue: number, login: string | null, body: string): FakeComment;
  /** Does what was put off. */
  catchUp(): void;
  /** Requests that write, as {@link FakeRequest.what}. */
  writes(): string[];
  close(): Promise<void>;
}

const repository = "/repos/acme/shop";
export const token = "ghs_0123456789abcdefTOKEN";

export async function startGithub(prefix = ""): Promise<GithubFake> {
  let nextId = 1000;
  let putOff: (() => void)[] = [];
  let url = "";
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`;

  const fake: GithubFake = {
    url,
    requests: [],
    comments: new Map(),
    checkRuns: [],
    sarifs: [],
    faults: [],
    permissions: new Set(["issues", "checks", "security-events"]),
    login: "github-actions[bot]",
    addComment(issue, login, body) {
      nextId += 1;
      const comment: FakeComment = { id: nextId, body, user: login === null ? null : { login } };
      fake.comments.set(issue, [...(fake.comments.get(issue) ?? []), comment]);
      return comment;
    },
    catchUp() {
      for (const doing of putOff) doing();
      putOff = [];
    },
    writes: () => fake.requests.map(({ what }) => what).filter((what) => !what.startsWith("GET")),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const part of request) text += part;
    const { method = "", headers } = request;
    const { pathname, searchParams, search } = new URL(request.url ?? "", url);
    const path = pathname.slice(prefix.length);
    const body: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
    fake.requests.push({ what: `${method} ${path}`, query: search, headers, body });

    const index = fake.faults.findIndex((fault) => fault.method === method && path.includes(fault.path));
    const [fault] = index < 0 ? [] : fake.faults.splice(index, 1);
    const give = (status: number, value: unknown, more: Record<string, string> = {}): void =>
      fault?.after
        ? send(response, fault.status, fault.body, fault.headers)
        : send(response, status, value, more);
    if (fault !== undefined && !fault.after) return send(response, fault.status, fault.body, fault.headers);

    if (headers["user-agent"] === undefined)
      return give(403, { message: "Request forbidden by administrative rules." });
    if (headers.authorization !== `Bearer ${token}`) return give(401, { message: "Bad credentials" });

    const [, issue] = /^\/issues\/(\d+)\/comments$/.exec(path.replace(repository, "")) ?? [];
    // Links name the repository by its number.
    const [, byNumber] = /^\/repositories\/42\/issues\/(\d+)\/comments$/.exec(path) ?? [];
    const [, comment] = /^\/issues\/comments\/(\d+)$/.exec(path.replace(repository, "")) ?? [];
    const number = Number(issue ?? byNumber);

    if (method === "GET" && number > 0) return list(number, searchParams, give);
    if (method === "POST" && issue !== undefined) {
      if (!mayWrite("issues", give)) return;
      if (isTooLong(body["body"], give)) return;
      const add = () => fake.addComment(number, fake.login, String(body["body"]));
      if (fault?.after === "late") {
        putOff.push(add);
        return give(201, {});
      }
      return give(201, add());
    }
    if (method === "PATCH" && comment !== undefined) {
      if (!mayWrite("issues", give)) return;
      const found = [...fake.comments.values()].flat().find(({ id }) => id === Number(comment));
      if (found === undefined) return give(404, notFound);
      if (isTooLong(body["body"], give)) return;
      found.body = String(body["body"]);
      return give(200, found);
    }
    if (method === "DELETE" && comment !== undefined) {
      if (!mayWrite("issues", give)) return;
      for (const [number, all] of fake.comments) {
        const left = all.filter(({ id }) => id !== Number(comment));
        if (left.length === all.length) continue;
        fake.comments.set(number, left);
        response.writeHead(204).end();
        return;
      }
      return give(404, notFound);
    }
    if (method === "POST" && path === `${repository}/check-runs`) {
      if (!mayWrite("checks", give)) return;
      const output = (body["output"] ?? {}) as Record<string, unknown>;
      const isValid =
        typeof body["name"] === "string" &&
        /^[0-9a-f]{40}$/.test(String(body["head_sha"])) &&
        typeof output["title"] === "string" &&
        typeof output["summary"] === "string" &&
        output["summary"].length <= 65_535;
      if (!isValid)
        return give(422, { message: "Invalid request.", errors: ["No subschema in anyOf matched."] });
      fake.checkRuns.push(body);
      return give(201, { id: 1, ...body });
    }
    if (method === "POST" && path === `${repository}/code-scanning/sarifs`) {
      if (!mayWrite("security-events", give)) return;
      const { commit_sha: commitSha, ref, sarif } = body;
      if (!/^[0-9a-f]{40}$/.test(String(commitSha)) || !/^refs\/(heads|tags|pull)\//.test(String(ref)))
        return give(422, { message: "ref or commit_sha is not valid" });
      const unpacked = JSON.parse(gunzipSync(Buffer.from(String(sarif), "base64")).toString("utf8"));
      fake.sarifs.push({ commitSha: String(commitSha), ref: String(ref), sarif: unpacked });
      return give(202, { id: "47177e22-5596-11eb-80a1-c1e54ef945c6", url: `${url}/sarif` });
    }
    give(404, notFound);
  }

  type Give = (status: number, value: unknown, headers?: Record<string, string>) => void;

  function list(issue: number, query: URLSearchParams, give: Give): void {
    const all = fake.comments.get(issue) ?? [];
    const size = Math.min(Number(query.get("per_page") ?? 30), 100);
    const page = Number(query.get("page") ?? 1);
    const pages = Math.max(1, Math.ceil(all.length / size));
    const link = (to: number, rel: string) =>
      `<${url}/repositories/42/issues/${issue}/comments?per_page=${size}&page=${to}>; rel="${rel}"`;
    const links = [
      ...(page > 1 ? [link(page - 1, "prev")] : []),
      ...(page < pages ? [link(page + 1, "next"), link(pages, "last")] : []),
    ];
    give(200, all.slice((page - 1) * size, page * size), links.length > 0 ? { link: links.join(", ") } : {});
  }

  function mayWrite(permission: Permission, give: Give): boolean {
    if (fake.permissions.has(permission)) return true;
    give(403, { message: "Resource not accessible by integration", status: "403" });
    return false;
  }

  function isTooLong(body: unknown, give: Give): boolean {
    if (typeof body === "string" && body.length <= 65_536) return false;
    const message = "Body is too long (maximum is 65536 characters)";
    const error = { resource: "IssueComment", code: "unprocessable", field: "data", message };
    give(422, { message: "Validation Failed", errors: [error] });
    return true;
  }

  return fake;
}

const notFound = { message: "Not Found", status: "404" };

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

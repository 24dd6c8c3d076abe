// The recipe for GitLab: its job, and the script that keeps one note up to date, against a fake of the notes' API.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";

interface Note {
  readonly id: number;
  body: string | null;
  readonly author: { readonly id: number };
}

const folder = mkdtempSync(join(tmpdir(), "ecsmon-gitlab-"));
const [page, said, json] = ["plan.md", "stderr.txt", "plan.json"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const nothing = { kind: "Plan", changes: [], blocked: [], unknown: [], diagnostics: [] };
const notes: Note[] = [];
const requests: string[] = [];
/** `body`: the answer is this, and no failure; `cut`: there is none. */
let failures: {
  readonly method: string;
  readonly status?: number;
  readonly body?: unknown;
  readonly cut?: boolean;
}[] = [];
let server: Server;
let url = "";

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    requests.push(`${request.method} ${pathname}`);
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    if (failures[0]?.method === request.method) {
      const { status = 500, body = {}, cut = false } = failures.shift() ?? {};
      if (cut) return request.socket.destroy();
      return send(status, body, { "retry-after": "0.001" });
    }
    if (request.headers["private-token"] !== "glpat-token") return send(401, {});
    const list = "/projects/42/merge_requests/7/notes";
    if (pathname === "/user") return send(200, { id: 1 });
    if (request.method === "GET" && pathname === list) {
      const [number, size] = [Number(searchParams.get("page")), Number(searchParams.get("per_page"))];
      const next = number * size < notes.length ? String(number + 1) : "";
      return send(200, notes.slice((number - 1) * size, number * size), { "x-next-page": next });
    }
    const index = notes.findIndex(({ id }) => pathname === `${list}/${id}`);
    if (request.method === "DELETE" && index >= 0) {
      notes.splice(index, 1);
      return response.writeHead(204).end();
    }
    if (text === "") return send(404, {});
    const body = String(JSON.parse(text).body);
    if (request.method === "POST" && pathname === list) {
      notes.push({ id: notes.length + 1, body, author: { id: 1 } });
      return send(201, notes.at(-1));
    }
    const found = notes.find(({ id }) => pathname === `${list}/${id}`);
    if (request.method !== "PUT" || found === undefined) return send(404, {});
    found.body = body;
    send(200, found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  [notes, requests].map((list) => list.splice(0));
  failures = [];
  writeFileSync(page, "<!-- ecsmon-plan owner=ecsmon -->\n\n## ecsmon plan: 1 change to 1 service\n");
  writeFileSync(said, "");
  plan(nothing);
});

/** The first pause between two attempts, 2 s, is over at once. */
const hasty = `data:text/javascript,${encodeURIComponent(
  "const wait = globalThis.setTimeout; globalThis.setTimeout = (done, ms, ...args) => wait(done, ms === 2000 ? 0 : ms, ...args);",
)}`;
const plan = (document: unknown): void => writeFileSync(json, JSON.stringify(document));

function run(
  env: Record<string, string> = {},
  code = "0",
): Promise<{ readonly code: number | null; readonly log: string }> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--import", hasty, "manifests/gitlab/note.mjs", page, said, json, code],
      {
        env: {
          ECSMON_NOTE_TOKEN: "glpat-token",
          CI_API_V4_URL: url,
          CI_PROJECT_ID: "42",
          CI_MERGE_REQUEST_IID: "7",
          ...env,
        },
      },
    );
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (log += part));
    child.on("close", (code) => resolve({ code, log }));
  });
}

const writes = () => requests.filter((what) => !what.startsWith("GET"));

test("made once, changed in its place, left alone", async () => {
  plan({ ...nothing, changes: [{ action: "create" }] });
  expect(await run()).toEqual({ code: 0, log: "" });
  expect(notes.map(({ body }) => body)).toEqual([
    "<!-- ecsmon-note name=ecsmon -->\n\n## ecsmon plan: 1 change to 1 service\n",
  ]);
  writeFileSync(page, "<!-- ecsmon-plan owner=ecsmon -->\n\n## ecsmon plan: nothing to do\n");
  expect((await run()).code).toBe(0);
  expect(notes[0]?.body).toContain("nothing to do");
  expect((await run()).code).toBe(0);
  expect(writes()).toEqual([
    "POST /projects/42/merge_requests/7/notes",
    "PUT /projects/42/merge_requests/7/notes/1",
  ]);
});

test("found on any page by its author; with nothing to do none is made", async () => {
  notes.push({ id: 1, body: "<!-- ecsmon-note name=ecsmon -->\n\nmine", author: { id: 666 } });
  for (let id = 2; id < 150; id += 1) notes.push({ id, body: "x", author: { id: 1 } });
  expect((await run()).code).toBe(0);
  expect(writes()).toEqual([]);
  notes.push({ id: 150, body: "<!-- ecsmon-note name=ecsmon -->\n\nold", author: { id: 1 } });
  expect((await run()).code).toBe(0);
  expect(writes()).toEqual(["PUT /projects/42/merge_requests/7/notes/150"]);
});

test("without a plan it says why, in code", async () => {
  writeFileSync(page, "");
  writeFileSync(json, "");
  // What is said may quote anything, such as the headline of a plan that has nothing to do.
  writeFileSync(said, "ecsmon: ``` @team\u202e\n# ecsmon plan: nothing to do\n");
  expect((await run({}, "1")).code).toBe(0);
  expect(notes[0]?.body).toContain("````text\necsmon: ``` @team\n# ecsmon plan: nothing to do\n````\n");
});

const drifting = { origin: "drift" };
const dropped = { changes: [], unknown: [], blocked: [], diagnostics: [] };
test.each<[string, unknown, string, number]>([
  ["nothing at all", nothing, "0", 0],
  ["information", { ...nothing, blocked: [{ code: "NotApplicable" }] }, "0", 0],
  [
    "drift beside a base",
    { ...nothing, changes: [drifting], diagnostics: [drifting], base: { dropped } },
    "0",
    0,
  ],
  ["several plans", { kind: "PlanList", items: [nothing, nothing], failed: [] }, "0", 0],
  ["a change", { ...nothing, changes: [{ action: "create" }] }, "0", 1],
  ["a change of this change", { ...nothing, changes: [{ origin: "change" }], base: { dropped } }, "0", 1],
  ["what is no longer done", { ...nothing, base: { dropped: { ...dropped, changes: [{}] } } }, "0", 1],
  ["a base with errors", { ...nothing, base: { errors: [{}] } }, "0", 1],
  ["a warning", { ...nothing, diagnostics: [{ severity: "warning" }] }, "0", 1],
  ["what waits for its window", { ...nothing, blocked: [{ code: "OutsideWindow", would: {} }] }, "0", 1],
  ["what a guard holds back", { ...nothing, blocked: [{ code: "DeleteGuard", would: {} }] }, "1", 1],
  ["another failure", nothing, "1", 1],
  ["a target without a plan", { kind: "PlanList", items: [nothing], failed: [{}] }, "1", 1],
  ["what is no plan", {}, "0", 1],
])("%s: a note is made or not", async (_, document, code, count) => {
  plan(document);
  expect((await run({}, code)).code).toBe(0);
  expect(notes).toHaveLength(count);
});

test("several of ours: the oldest stays, and those of others", async () => {
  const own = "<!-- ecsmon-note name=ecsmon -->\n\nold";
  for (const [id, author, body] of [
    [1, 1, null],
    [2, 1, own],
    [3, 666, own],
    [4, 1, own],
    [5, 1, own],
  ] as const)
    notes.push({ id, body, author: { id: author } });
  expect(await run()).toEqual({ code: 0, log: "" });
  expect(notes.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(notes[1]?.body).toContain("1 change to 1 service");
  expect(notes[2]?.body).toBe(own);
});

test("an answer that is no list is no empty one", async () => {
  failures = [
    { method: "GET", status: 200, body: { id: 1 } },
    { method: "GET", status: 200, body: { message: "hello" } },
  ];
  expect(await run()).toEqual({ code: 1, log: "ecsmon: GitLab did not give a list of notes\n" });
  expect(writes()).toEqual([]);
});

test("a connection that breaks is no answer: reads are tried again, a POST is not", async () => {
  plan({ ...nothing, changes: [{}] });
  failures = [{ method: "GET", cut: true }];
  expect((await run()).code).toBe(0);
  notes.length = 0;
  failures = [{ method: "POST", cut: true }];
  const lost = await run();
  expect(lost.code).toBe(1);
  expect(lost.log).toMatch(/^ecsmon: GitLab POST \S+ was not answered: /);
  expect(notes).toEqual([]);
});

test("what was refused for now is sent again; a lost POST is not; the token is not shown", async () => {
  plan({ ...nothing, changes: [{}] });
  failures = [429, 503, 500].map((status) => ({ method: "GET", status }));
  expect((await run()).code).toBe(0);
  expect(notes).toHaveLength(1);

  notes.length = 0;
  requests.length = 0;
  failures = [{ method: "POST", status: 502 }];
  const lost = await run();
  expect(lost.code).toBe(1);
  expect(lost.log).toContain("GitLab POST /projects/42/merge_requests/7/notes was refused with 502");
  expect(writes()).toHaveLength(1);

  const denied = await run({ ECSMON_NOTE_TOKEN: "glpat-other" });
  expect(denied.code).toBe(1);
  expect(denied.log).not.toContain("glpat-other");
});

test("without a token, as in a fork, it says so and ends well", async () => {
  const ran = await run({ ECSMON_NOTE_TOKEN: "" });
  expect(ran.code).toBe(0);
  expect(ran.log).toContain("no note was written");
  expect(requests).toEqual([]);
});

test("the job runs for merge requests, from a commit, and nothing of the working directory", () => {
  const { "monitoring-plan": job } = parse(
    readFileSync("manifests/gitlab/monitoring-plan.gitlab-ci.yml", "utf8"),
  );
  expect(job.rules[0].if).toBe('$CI_PIPELINE_SOURCE == "merge_request_event"');
  expect(job.variables.ECSMON_COMMIT).toMatch(/^[0-9a-f]{40}$/);
  const script = (job.script as string[]).join("\n");
  for (const [, program] of script.matchAll(/\bnode "?([^\s"]+)/g))
    expect(program).toMatch(/^(\$tool\/|build\.mjs)/);
  // Whether there is anything to say is read from the plan as JSON, and from how it ended.
  expect(script).toContain('note.mjs" "$out/plan.md" "$out/stderr.txt" "$out/plan.json" "$code"');
  expect(script).toContain('if git cat-file -e "$CI_MERGE_REQUEST_DIFF_BASE_SHA:policies"; then base=');
  expect(script).toMatch(/env -u ECSMON_NOTE_TOKEN [^\n]*node "\$tool\/dist\/main\.js" plan/);
});

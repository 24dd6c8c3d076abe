// The client against the fake on this machine: pages, what is tried again and after how long, and what an error says.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { codes } from "../../../../controller/cli/github/api-call.ts";
import { createGithub, type GithubApi } from "../../../../controller/cli/github/client.ts";
import { packSarif } from "../../../../controller/cli/github/sarif.ts";
import { EcsmonError } from "../../../../controller/model/errors.ts";
import { type Fault, type GithubFake, startGithub, token } from "../../../support/github-api.ts";

const now = new Date("2026-11-22T00:00:00Z");
const inSeconds = (seconds: number): string => String(now.getTime() / 1000 + seconds);

let fake: GithubFake;
/** Milliseconds. */
let pauses: number[];
let more: (() => Promise<void>)[];
beforeEach(async () => {
  [fake, pauses, more] = [await startGithub(), [], []];
});
afterEach(async () => {
  await Promise.all([fake.close(), ...more.map((close) => close())]);
});

function client(
  options: { readonly token?: string; readonly base?: string; readonly timeout?: number } = {},
): GithubApi {
  return createGithub({
    token: options.token ?? token,
    base: options.base ?? fake.url,
    repository: "acme/shop",
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    now: () => now,
    ...(options.timeout === undefined ? {} : { requestTimeout: options.timeout }),
  });
}

async function failureOf(doing: Promise<unknown>): Promise<EcsmonError> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EcsmonError)) throw new Error(`not refused, or not in our words: ${error}`);
  expect(error.message).not.toContain(token);
  return error;
}

const comments = "/repos/acme/shop/issues/7/comments";
const fault = (status: number, extra: Partial<Fault> = {}): Fault => ({
  method: "GET",
  path: "/comments",
  status,
  body: { message: "no" },
  ...extra,
});
const requests = (): string[] => fake.requests.map(({ what }) => what);

test("every page of comments is read, with what GitHub asks of a request", async () => {
  for (let count = 0; count < 201; count += 1) fake.addComment(7, count % 2 === 0 ? "ann" : null, `${count}`);
  const all = await client().listComments(7);
  expect(all.map(({ body }) => Number(body))).toEqual(Array.from({ length: 201 }, (_, index) => index));
  expect(all.slice(0, 2).map(({ author }) => author)).toEqual(["ann", undefined]);
  expect(requests()).toEqual([`GET ${comments}`, ...Array(2).fill("GET /repositories/42/issues/7/comments")]);
  expect(fake.requests[0]?.query).toBe("?per_page=100");
  expect(fake.requests[0]?.headers).toMatchObject({
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "ecsmon",
  });
});

test("the API may have a path, as that of an Enterprise Server", async () => {
  const server = await startGithub("/api/v3");
  more.push(() => server.close());
  for (let count = 0; count < 101; count += 1) server.addComment(7, "ann", "x");
  expect(await client({ base: `${server.url}/` }).listComments(7)).toHaveLength(101);
});

test("the token goes to no next page elsewhere", async () => {
  const seen: unknown[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end("[]");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  more.push(() => new Promise((resolve) => other.close(() => resolve())));
  const target = `http://127.0.0.1:${(other.address() as AddressInfo).port}${comments}?page=2`;
  fake.faults.push(fault(200, { body: [], headers: { link: `<${target}>; rel="next"` } }));
  expect((await failureOf(client().listComments(7))).code).toBe(codes.malformed);
  fake.faults.push(fault(302, { headers: { location: target } }));
  expect((await failureOf(client().listComments(7))).message).toContain("redirect (302)");
  expect(seen).toEqual([]);
});

test("a server that fails is asked again, with longer and longer pauses, and not for ever", async () => {
  fake.faults.push(fault(502), fault(500), fault(503));
  expect(await client().listComments(7)).toEqual([]);
  expect(pauses).toEqual([1000, 2000, 4000]);
  fake.faults.push(...Array.from({ length: 5 }, () => fault(500, { body: "<html>oops</html>" })));
  expect(await failureOf(client().listComments(7))).toMatchObject({
    code: codes.unavailable,
    message: `GitHub GET ${comments}?per_page=100 failed with 500`,
  });
});

test("what makes something is sent once", async () => {
  fake.faults.push(fault(502, { method: "POST", after: true }));
  expect((await failureOf(client().createComment(7, "text"))).code).toBe(codes.unavailable);
  expect(fake.comments.get(7)).toHaveLength(1);
  expect([requests().length, pauses]).toEqual([1, []]);
});

test("what does no harm twice is sent again: a check run, an upload, a deletion", async () => {
  const run = {
    name: "ecsmon",
    headSha: "a".repeat(40),
    conclusion: "success",
    title: "t",
    summary: "s",
  } as const;
  fake.faults.push(fault(502, { method: "POST", path: "/check-runs" }));
  await client().createCheckRun(run);
  expect(fake.checkRuns).toHaveLength(1);
  fake.faults.push(fault(503, { method: "POST", path: "/sarifs", after: true }));
  await client().uploadSarif({ commitSha: "a".repeat(40), ref: "refs/pull/7/merge", sarif: packSarif("{}") });
  expect(fake.sarifs).toHaveLength(2);
  const { id } = fake.addComment(7, "ann", "x");
  fake.faults.push(fault(502, { method: "DELETE" }));
  await client().deleteComment(id);
  await client().deleteComment(id);
  expect(fake.comments.get(7)).toEqual([]);
  expect(pauses).toEqual([1000, 1000, 1000]);
});

test("all pauses together end before the job does", async () => {
  const github = client();
  const limited = fault(429, { headers: { "retry-after": "200" } });
  fake.faults.push(limited, limited);
  await github.listComments(7);
  fake.faults.push(limited, limited);
  expect(await failureOf(github.listComments(7))).toMatchObject({ code: codes.throttled });
  expect(pauses).toEqual([200_000, 200_000, 200_000]);
});

test.each<[string, Fault, number[]]>([
  ["429 with retry-after", fault(429, { headers: { "retry-after": "7" } }), [7000]],
  ["403 with retry-after", fault(403, { headers: { "retry-after": "7" } }), [7000]],
  [
    "the primary limit: until it is reset",
    fault(403, { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(30) } }),
    [30_000],
  ],
  [
    "a secondary limit that says nothing more: a minute",
    fault(403, { body: { message: "You have exceeded a secondary rate limit. Please wait." } }),
    [60_000],
  ],
  ["429 that says nothing more: a minute", fault(429), [60_000]],
])("rate limits: %s, also for what makes something", async (_, { status, headers, body }, waited) => {
  fake.faults.push({
    method: "POST",
    path: "/comments",
    status,
    body,
    ...(headers === undefined ? {} : { headers }),
  });
  expect((await client().createComment(7, "text")).body).toBe("text");
  expect([pauses, fake.comments.get(7)?.length]).toEqual([waited, 1]);
});

test("a limit that lasts longer than a job should is told at once", async () => {
  fake.faults.push(
    fault(403, { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(1800) } }),
  );
  expect(await failureOf(client().listComments(7))).toMatchObject({ code: codes.throttled });
  expect(pauses).toEqual([]);
  fake.faults.push(...Array.from({ length: 5 }, () => fault(429)));
  expect((await failureOf(client().listComments(7))).message).toContain("used up for 480 s more");
  expect(pauses).toEqual([60_000, 120_000, 240_000]);
});

test.each([
  [401, codes.badToken, "the token is not accepted"],
  [403, codes.denied, "was denied: no"],
  [404, codes.notFound, "it is not there, or the token may not see it"],
  [422, codes.rejected, "was refused as invalid: no"],
  [418, codes.rejected, "was refused with 418: no"],
])("%i is final, and says what it is", async (status, code, text) => {
  fake.faults.push(fault(status));
  const error = await failureOf(client().listComments(7));
  expect(error.code).toBe(code);
  expect(error.message).toContain(text);
  expect(requests()).toHaveLength(1);
});

test("a comment that is too long is refused with GitHub's reason", async () => {
  const error = await failureOf(client().createComment(7, "x".repeat(65_537)));
  expect(error.message).toContain("Validation Failed; Body is too long (maximum is 65536 characters)");
});

test.each([
  ["not JSON", "<html>"],
  ["no list", "{}"],
  ["a comment without an id", '[{"body":"x"}]'],
])("an answer that makes no sense is no empty list: %s", async (_, body) => {
  fake.faults.push(fault(200, { body }));
  expect((await failureOf(client().listComments(7))).code).toBe(codes.malformed);
});

test("a server that is not there, or does not answer", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  expect((await failureOf(client({ base, timeout: 20 }).createComment(7, "x"))).code).toBe(codes.unreachable);
  silent.closeAllConnections();
  await new Promise<void>((resolve) => silent.close(() => resolve()));
  expect((await failureOf(client({ base }).listComments(7))).message).toContain("ECONNREFUSED");
  expect(pauses).toEqual([1000, 2000, 4000, 8000]);
});

test.each([
  "http://api.github.com",
  "https://me:pw@api.github.com",
  "https://api.github.com/?x=1",
  "github.com",
  "",
])("%j gets no token", (base) => {
  expect(() => client({ base })).toThrow("GITHUB_API_URL is not a plain https URL");
});

test("a token that is none is not sent, nor shown", () => {
  expect(() => client({ token: " " })).toThrow("github-token is empty");
  expect(() => client({ token: "ghs_a\nb" })).toThrow(
    /^github-token holds characters that no token has; copy it again$/,
  );
});

// Pushes that Git servers tell of: who is believed, and what is read of them.
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  checkPush,
  concernsRepository,
  maxPushBody,
} from "../../../../controller/runtime/controller/webhook.ts";

const secret = "It's a Secret to Everybody";
const push = { ref: "refs/heads/main", repository: { full_name: "acme/policies" } };
const sign = (body: string, key = secret): string => createHmac("sha256", key).update(body).digest("hex");
const check = (headers: Record<string, string>, body: string, key = secret) =>
  checkPush({ headers: new Headers(headers), body: Buffer.from(body), secret: key });

describe("checkPush", () => {
  const body = JSON.stringify(push);
  const read = { ok: true, repository: "acme/policies", ref: "refs/heads/main" };
  const refused = (reason: string) => ({ ok: false, status: 401, reason: expect.stringContaining(reason) });

  it("takes GitHub's own example of a signature", () => {
    // docs.github.com, "Validating webhook deliveries", "Testing the webhook payload validation".
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    expect(check({ "x-hub-signature-256": signature }, "Hello, World!")).toEqual({
      ok: false,
      status: 400,
      reason: "the body is no JSON object",
    });
    expect(check({ "x-hub-signature-256": signature }, "Hello, World?")).toEqual(
      refused("X-Hub-Signature-256"),
    );
  });

  it.each<[string, Record<string, string>]>([
    ["GitHub", { "X-Hub-Signature-256": `sha256=${sign(body)}` }],
    ["Gitea", { "X-Gitea-Signature": sign(body) }],
    ["Forgejo", { "X-Forgejo-Signature": sign(body), "X-Gitea-Signature": sign(body) }],
    ["GitLab", { "X-Gitlab-Token": secret }],
  ])("%s", (_, headers) => expect(check(headers, body)).toEqual(read));

  it.each<[string, Record<string, string>]>([
    ["another secret", { "x-hub-signature-256": `sha256=${sign(body, "guess")}` }],
    ["another body", { "x-gitea-signature": sign(`${body} `) }],
    ["a signature that is cut", { "x-gitea-signature": sign(body).slice(0, 62) }],
    ["a signature with more behind it", { "x-gitea-signature": `${sign(body)}00` }],
    ["no hex", { "x-gitea-signature": "g".repeat(64) }],
    ["an empty signature", { "x-hub-signature-256": "" }],
    ["another token", { "x-gitlab-token": `${secret}.` }],
    ["an empty token", { "x-gitlab-token": "" }],
    ["a bad signature beside a good token", { "x-hub-signature-256": "sha256=00", "x-gitlab-token": secret }],
  ])("%s is refused", (_, headers) => expect(check(headers, body)).toEqual(refused("does not fit")));

  it("is refused without a signature, with GitHub's old one alone, or where no secret is set", () => {
    expect(check({}, body)).toEqual(refused("not signed"));
    const sha1 = createHmac("sha1", secret).update(body).digest("hex");
    expect(check({ "x-hub-signature": `sha1=${sha1}` }, body)).toEqual(refused("not signed"));
    expect(check({ "x-gitlab-token": "" }, body, "")).toEqual(refused("no secret"));
    expect(check({ "x-gitea-signature": sign(body, "") }, body, "")).toEqual(refused("no secret"));
  });

  it("signs bytes, not text", () => {
    const bytes = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
    const signature = createHmac("sha256", secret).update(bytes).digest("hex");
    const headers = new Headers({ "x-gitea-signature": signature });
    expect(checkPush({ headers, body: bytes, secret })).toEqual({ ok: true });
  });

  it("takes a ping, a form and GitLab's way to name a project", () => {
    const signed = (text: string, more = {}) => check({ "x-gitea-signature": sign(text), ...more }, text);
    expect(signed('{"zen": "Design for failure.", "hook_id": 1}')).toEqual({ ok: true });
    const form = new URLSearchParams({ payload: body }).toString();
    expect(signed(form, { "content-type": "application/x-www-form-urlencoded" })).toEqual(read);
    const project = {
      object_kind: "push",
      ref: "refs/heads/main",
      project: { path_with_namespace: "a/b/policies" },
    };
    expect(check({ "x-gitlab-token": secret }, JSON.stringify(project))).toEqual({
      ok: true,
      repository: "a/b/policies",
      ref: "refs/heads/main",
    });
    expect(signed('{"ref": "refs/heads/日本"}')).toEqual({ ok: true, ref: "refs/heads/日本" });
    expect(signed('{"ref": "a\\nb", "repository": {"full_name": 7}}')).toEqual({ ok: true });
  });

  it("reads no body that is too long, and none that is no object", () => {
    const long = JSON.stringify({ ...push, padding: "x".repeat(maxPushBody) });
    expect(check({ "x-gitea-signature": sign(long) }, long)).toMatchObject({ ok: false, status: 413 });
    for (const text of ["", "[]", "null", "{"])
      expect(check({ "x-gitea-signature": sign(text) }, text)).toMatchObject({ ok: false, status: 400 });
  });
});

describe("concernsRepository", () => {
  it.each([
    ["https://git.example.com/acme/policies.git", true],
    ["https://user@git.example.com/Acme/Policies/", true],
    ["ssh://git@git.example.com:2222/acme/policies.git", true],
    ["git@git.example.com:acme/policies.git", true],
    ["https://example.com/git/acme/policies", true],
    ["https://git.example.com/acme/policies-2.git", false],
    ["https://git.example.com/notacme/policies.git", false],
    ["git@git.example.com:other/policies.git", false],
  ])("%s: %s", (url, expected) => {
    expect(concernsRepository({ repository: "acme/policies" }, url)).toBe(expected);
    expect(concernsRepository({}, url)).toBe(true);
  });
});

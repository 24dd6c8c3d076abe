// A push that a Git server tells of: only one who knows the secret is believed.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";

/** Longest body to read before it is checked, in bytes. Those of pushes are far below it. */
export const maxPushBody = 1024 * 1024;

export type PushCheck =
  | {
      readonly ok: true;
      /** `owner/name`, of GitLab with all its groups; absent where the body names none. */
      readonly repository?: string;
      /** `refs/heads/main`; absent for what is no push, like a ping. */
      readonly ref?: string;
    }
  | { readonly ok: false; readonly status: 400 | 401 | 413; readonly reason: string };

export interface PushRequest {
  readonly headers: Pick<Headers, "get">;
  /** As it came, byte for byte: the signature is over that. */
  readonly body: Uint8Array;
  /** Shared with the Git server. An empty one lets nobody in. */
  readonly secret: string;
}

/**
 * GitHub signs the body (`X-Hub-Signature-256: sha256=HEX`), Gitea and Forgejo do so too (`X-Gitea-Signature: HEX`),
 * GitLab sends the secret itself (`X-Gitlab-Token`). Sources: each one's documentation of webhooks.
 */
export function checkPush({ headers, body, secret }: PushRequest): PushCheck {
  if (body.byteLength > maxPushBody)
    return { ok: false, status: 413, reason: `the body is longer than ${maxPushBody} bytes` };
  if (secret === "")
    return { ok: false, status: 401, reason: "no secret is configured, so nobody is believed" };
  const proof = findProof(headers);
  if (proof === undefined)
    return {
      ok: false,
      status: 401,
      reason: "it is not signed; set the secret of the webhook at the Git server",
    };
  if (!isProven(proof, body, secret))
    return {
      ok: false,
      status: 401,
      reason: `${proof.header} does not fit; the secret is another than the Git server's`,
    };
  const payload = parsePayload(headers.get("content-type") ?? "", Buffer.from(body).toString("utf8"));
  if (payload === undefined) return { ok: false, status: 400, reason: "the body is no JSON object" };
  const repository = readRepository(payload);
  const { ref } = payload;
  return {
    ok: true,
    ...(repository === undefined ? {} : { repository }),
    ...(isName(ref) ? { ref } : {}),
  };
}

/** Whether a push concerns the repository at a source's URL, by its path. One that names no repository concerns all. */
export function concernsRepository({ repository }: { readonly repository?: string }, url: string): boolean {
  if (repository === undefined) return true;
  const path = url
    .replace(/^[a-z+]+:\/\/[^/]*\//i, "")
    .replace(/^[^/]*:/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/i, "")
    .toLowerCase();
  const name = repository.toLowerCase();
  // A server may stand below a path of its host.
  return path === name || path.endsWith(`/${name}`);
}

interface Proof {
  readonly header: string;
  readonly kind: "signature" | "token";
  readonly value: string;
}

/** The first one that is there decides: no second try with another. */
function findProof(headers: Pick<Headers, "get">): Proof | undefined {
  const hub = headers.get("x-hub-signature-256");
  if (hub !== null)
    return { header: "X-Hub-Signature-256", kind: "signature", value: hub.replace(/^sha256=/, "") };
  for (const header of ["X-Forgejo-Signature", "X-Gitea-Signature"]) {
    const value = headers.get(header);
    if (value !== null) return { header, kind: "signature", value };
  }
  const token = headers.get("x-gitlab-token");
  return token === null ? undefined : { header: "X-Gitlab-Token", kind: "token", value: token };
}

function isProven({ kind, value }: Proof, body: Uint8Array, secret: string): boolean {
  // Of a token the digests are compared: they are alike in length whatever was sent.
  const [given, expected] =
    kind === "token"
      ? [createHash("sha256").update(value).digest(), createHash("sha256").update(secret).digest()]
      : [
          Buffer.from(/^[0-9a-f]{64}$/i.test(value) ? value : "", "hex"),
          createHmac("sha256", secret).update(body).digest(),
        ];
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** GitHub sends a form where its webhook says so: the JSON is then its field `payload`. */
function parsePayload(contentType: string, text: string): JsonObject | undefined {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType);
  try {
    const value: unknown = JSON.parse(isForm ? (new URLSearchParams(text).get("payload") ?? "") : text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** GitHub, Gitea and Forgejo: `repository.full_name`; GitLab: `project.path_with_namespace`. */
function readRepository({ repository, project }: JsonObject): string | undefined {
  const name =
    (isObject(repository) ? repository["full_name"] : undefined) ??
    (isObject(project) ? project["path_with_namespace"] : undefined);
  return isName(name) ? name : undefined;
}

/** What may be shown and logged as it is. */
function isName(value: Json | undefined): value is string {
  return typeof value === "string" && /^[^\p{C}\s]{1,1000}$/u.test(value);
}

// What the schema of an OperatorConfig cannot say: addresses, names that AWS or ecsmon knows, and what goes together.
// An address is never quoted: it may hold a password.
import { matchesGlob } from "../../model/glob.ts";
import { kindNames } from "../../model/plan.ts";
import type { FieldPath, Finding } from "../issues.ts";
import { suggest } from "../nearest.ts";
import type { ConfigSource, ConfigSpec } from "../schema/operator-config.ts";
import { checkState } from "./operator-state.ts";

export function checkConfig(spec: ConfigSpec): Finding[] {
  return [
    ...spec.sources.flatMap((source, index) => checkSource(source, ["spec", "sources", index])),
    ...checkTargets(spec.targets ?? []),
    ...checkQueue(spec.events?.queueUrl),
    ...checkState(spec),
    ...checkAuth(spec.http?.auth),
    ...checkAllow(spec.allow ?? {}),
  ];
}

/** Whoever writes `auth: {}` believes that nobody gets in. */
function checkAuth(auth: NonNullable<ConfigSpec["http"]>["auth"]): Finding[] {
  if (auth === undefined) return [];
  const at = ["spec", "http", "auth"];
  if (auth.tokenEnv === undefined && auth.header === undefined)
    return [invalid(at, "auth lets everybody in; give tokenEnv or header, or leave auth out")];
  // Not quoted: it may be the token itself.
  if (auth.tokenEnv !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(auth.tokenEnv))
    return [
      invalid(
        [...at, "tokenEnv"],
        "tokenEnv is no name of an environment variable; name one, and put the token there",
      ),
    ];
  return [];
}

function invalid(path: FieldPath, message: string): Finding {
  return { code: "InvalidValue", message, path };
}

function checkSource(source: ConfigSource, at: FieldPath): Finding[] {
  if ("path" in source) {
    const scheme = /^(?:git\+)?([a-z0-9]+):\/\//.exec(source.path)?.[1];
    if (scheme === undefined) return [];
    const instead = scheme === "s3" ? "s3: { bucket: …, prefix: … }" : "git: { url: …, ref: …, path: … }";
    return [invalid([...at, "path"], `path is an address of the kind ${scheme}://; write ${instead}`)];
  }
  if (!("git" in source)) return [];
  const { url, tokenEnv } = source.git;
  return [
    ...checkGitUrl(url).map((message) => invalid([...at, "git", "url"], message)),
    ...checkTokenEnv(tokenEnv, url).map((message) => invalid([...at, "git", "tokenEnv"], message)),
  ];
}

/** At most one mistake of an address. */
function checkGitUrl(text: string): string[] {
  const url = parseUrl(text);
  if (url === undefined)
    return [
      "url is no address; write https://HOST/PATH, or ssh://USER@HOST/PATH for what ssh calls USER@HOST:PATH",
    ];
  const { protocol, username, password } = url;
  if (password !== "" || (username !== "" && protocol !== "ssh:"))
    return [
      "url holds a user or a password, which every reader of this file would see; put the token into an environment variable, and name that in tokenEnv",
    ];
  if (protocol === "http:" && !isLoopback(url.hostname))
    return ["url is plain http, which anybody on the way can read and change; use https://"];
  if (!["https:", "http:", "ssh:", "file:"].includes(protocol))
    return [`url is of the kind ${protocol}//, which is not read; use https:// or ssh://`];
  return [];
}

function checkTokenEnv(tokenEnv: string | undefined, url: string): string[] {
  if (tokenEnv === undefined) return [];
  // Not quoted: it may be the token itself.
  if (
    /^(gh[a-z]_|github_pat_|glpat-|xox[a-z]-|AKIA)/.test(tokenEnv) ||
    !/^[A-Za-z_][A-Za-z0-9_]*$/.test(tokenEnv)
  )
    return ["tokenEnv is the name of an environment variable, such as GIT_TOKEN, and not the token itself"];
  const protocol = parseUrl(url)?.protocol;
  return protocol === "ssh:" || protocol === "file:"
    ? [`a token is for https, and url is of the kind ${protocol}//; leave tokenEnv out`]
    : [];
}

function checkTargets(targets: NonNullable<ConfigSpec["targets"]>): Finding[] {
  const seen = new Map<string, number>();
  return targets.flatMap(({ region, roleArn, externalId }, index) => {
    const at = ["spec", "targets", index];
    if (externalId !== undefined && roleArn === undefined)
      return [
        invalid(
          [...at, "externalId"],
          "externalId is for a role that is assumed; give roleArn, or leave it out",
        ),
      ];
    const key = JSON.stringify([region, roleArn]);
    const first = seen.get(key);
    if (first !== undefined)
      return [invalid(at, `the same region and roleArn as targets[${first}]; leave one of them out`)];
    seen.set(key, index);
    return [];
  });
}

function checkQueue(url: string | undefined): Finding[] {
  if (url === undefined) return [];
  const at = ["spec", "events", "queueUrl"];
  const [, scheme, user, host = ""] = /^(https?):\/\/([^/@]*@)?([^/\s]+)/.exec(url) ?? [];
  if (user !== undefined)
    return [invalid(at, "queueUrl holds a user or a password; leave them out: SQS takes AWS credentials")];
  if (scheme === undefined || (scheme === "http" && !isLoopback(host.replace(/:\d+$/, ""))))
    return [
      invalid(
        at,
        "queueUrl is no address of a queue; copy it from SQS: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
      ),
    ];
  return [];
}

type Allow = NonNullable<ConfigSpec["allow"]>;

function checkAllow(allow: Allow): Finding[] {
  const check = (list: keyof Allow, why: (glob: string) => string | undefined): Finding[] =>
    (allow[list] ?? []).flatMap((glob, index) => {
      const message = glob.startsWith("!")
        ? `${JSON.stringify(glob)}: a list of what is allowed knows no !; name what is allowed`
        : why(glob);
      return message === undefined ? [] : [invalid(["spec", "allow", list, index], message)];
    });
  return [
    ...check("images", () => undefined),
    ...check("secrets", () => undefined),
    ...check("roles", whyNoArn),
    ...check("actions", whyNoArn),
    ...check("clusters", (glob) =>
      /^[A-Za-z0-9_*?-]+$/.test(glob)
        ? undefined
        : `${JSON.stringify(glob)} matches no cluster: give names, with * and ? in them, and no ARNs`,
    ),
    ...check("kinds", (glob) =>
      kindNames.some((kind) => matchesGlob(kind, glob))
        ? undefined
        : `kind ${JSON.stringify(glob)} is unknown; ${suggest(glob, kindNames)}`,
    ),
  ];
}

function whyNoArn(glob: string): string | undefined {
  return /^(arn:|[*?])/.test(glob)
    ? undefined
    : `${JSON.stringify(glob)} matches no ARN: they begin with arn:, and the whole ARN is compared`;
}

function parseUrl(text: string): URL | undefined {
  // What begins with - would be an option to git, and what holds :: a program for it to start.
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /[\s\0]/.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

// The world that git sees: what a fetch needs and nothing else. No configuration of the machine or the user, none of the
// process's secrets; a token goes in here and so into no command line and no file.
import { EcsmonError } from "../../model/errors.ts";
import type { GitLocation } from "./location.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** A token, and the variable that people find it in. */
export interface Token {
  readonly variable: string;
  readonly value: string;
}

/** @throws EcsmonError where the variable is empty, or cannot go into a header. */
export function readToken(variable: string, env: Env): Token {
  const value = env[variable];
  if (value === undefined || value === "")
    throw new EcsmonError(
      "SourceDenied",
      `the token for Git is not set; set ${variable}, or take tokenEnv out`,
    );
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new EcsmonError(
      "SourceDenied",
      `${variable} holds a space, a line break or another character that no token has; check how it is set`,
    );
  return { variable, value };
}

/** What may be handed on as it is: finding programs, proxies, certificates, and the user's ssh. */
const handedOn = [
  "PATH",
  "TMPDIR",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];
const handedOnToSsh = ["HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"];

/** `home` is a private folder: git finds neither a configuration nor a `.netrc` there. */
export function gitEnvironment(
  { protocol, url }: GitLocation,
  token: Token | undefined,
  env: Env,
  home: string,
): Record<string, string> {
  const isSsh = protocol === "ssh";
  const given = [...handedOn, ...(isSsh ? handedOnToSsh : [])].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    HOME: home,
    ...Object.fromEntries(given),
    // Messages are read by a program.
    LC_ALL: "C",
    // A repository around the folder that we stand in is none of ours.
    GIT_CEILING_DIRECTORIES: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_LITERAL_PATHSPECS: "1",
    ...(isSsh ? sshCommand(env["GIT_SSH_COMMAND"]) : {}),
    ...(token === undefined ? {} : header(url, token.value)),
  };
}

/** Whatever the user's ssh is, it must not ask. */
function sshCommand(own = "ssh"): Record<string, string> {
  return { GIT_SSH_COMMAND: `${own} -o BatchMode=yes`, GIT_SSH_VARIANT: "ssh" };
}

/** Bound to the host: git sends it to no other. */
function header(url: string, token: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${toBase64(credentials(token))}`,
  };
}

/** The forms in which a token could turn up in what git says. */
export function secretForms(token: Token | undefined): string[] {
  if (token === undefined) return [];
  const { value } = token;
  const [, password = ""] = /^[^:]*:(.+)$/.exec(value) ?? [];
  const forms = [toBase64(credentials(value)), toBase64(value), encodeURIComponent(value), value, password];
  return forms.filter((form) => form !== "");
}

/** Servers that take tokens do not care for the user beside it; for those that do, `user:password` is given. */
function credentials(token: string): string {
  return token.includes(":") ? token : `x-access-token:${token}`;
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

// The files that pages load, each under a path that names its text: a browser keeps it until it changes. A replica of
// another version is asked for its text by the same path in a rolling update, and gives what it has.
import { createHash } from "node:crypto";
import { icon, script } from "./script.ts";
import type { Assets } from "./shell.ts";
import { style } from "./style.ts";

export interface Asset {
  /** Without what stands behind `?`. */
  readonly path: string;
  readonly type: string;
  readonly text: string;
  /** 16 hex digits of its hash. */
  readonly version: string;
}

export const assets: readonly Asset[] = [
  asset("/assets/style.css", "text/css; charset=utf-8", style),
  asset("/assets/script.js", "text/javascript; charset=utf-8", script),
  asset("/assets/icon.svg", "image/svg+xml", icon),
];

export const links: Assets = {
  style: linkOf("/assets/style.css"),
  script: linkOf("/assets/script.js"),
  icon: linkOf("/assets/icon.svg"),
};

/** What a page may load and run: its own files, and nothing that stands in it. */
export const pagePolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

function asset(path: string, type: string, text: string): Asset {
  return { path, type, text, version: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}

function linkOf(path: string): string {
  const version = assets.find((one) => one.path === path)?.version ?? "";
  return `${path}?v=${version}`;
}

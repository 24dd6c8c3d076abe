// What a page that is one file may do: run the script and show the style that stand in it, and load, send and run nothing else.
import { createHash } from "node:crypto";

/** The text of a Content-Security-Policy, for a `<meta>`. */
export function inlinePolicy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** As Content-Security-Policy names what may stand inline. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

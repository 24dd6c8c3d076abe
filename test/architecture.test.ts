// Imports go one way, and only the rooms that talk to AWS know its SDK.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** What each room may import, beside itself. The sandbox stands alone: it is AWS, not ecsmon. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  api: ["model"],
  core: ["model", "api"],
  aws: ["model"],
  mackerel: ["model"],
  kinds: ["model", "api", "core", "aws", "mackerel"],
  page: ["model", "api", "core"],
  sources: ["model", "api"],
  state: ["model", "core"],
  runtime: ["model", "api", "core", "aws", "mackerel", "kinds", "sources", "state", "page"],
  sandbox: [],
  cli: ["model", "api", "core", "aws", "mackerel", "kinds", "sources", "state", "page", "runtime", "sandbox"],
  "main.ts": ["model", "cli"],
};

/** Who may import the SDK; the demo breaks things as a user would, and the sandbox borrows its CBOR. */
const knowSdk =
  /^(aws|kinds|sources\/s3|state\/s3)\/|^sources\/s3\.ts$|^cli\/demo\.ts$|^sandbox\/protocols\/cbor\.ts$/;

const root = "controller";
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

test.each(files)("%s imports only what its room may", (file) => {
  const room = file.split("/")[0] as string;
  for (const [, specifier = ""] of readFileSync(join(root, file), "utf8").matchAll(
    /(?:from|import)\s*\(?\s*"([^"]+)"/g,
  )) {
    if (specifier.startsWith("@aws-sdk/") || specifier.startsWith("@smithy/")) expect(file).toMatch(knowSdk);
    if (!specifier.startsWith(".")) continue;
    const target = normalize(join(dirname(file), specifier)).split("/")[0] as string;
    expect([room, ...(mayImport[room] ?? [])], `${file} imports ${specifier}`).toContain(target);
  }
});

test("no clock and no environment in the pure rooms", () => {
  for (const file of files.filter((name) => /^(model|api|core)\//.test(name))) {
    expect(readFileSync(join(root, file), "utf8"), file).not.toMatch(
      /\bprocess\.(env|argv|cwd)|Date\.now\(|new Date\(\)|Math\.random/,
    );
  }
});

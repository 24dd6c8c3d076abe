// What the pages of docs/ promise must hold: their policies are valid, their links lead somewhere, their commands exist.
// test/scenarios/docs.test.ts plans and applies the examples.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parsePolicies } from "../../controller/api/parse.ts";
import { policySpec } from "../../controller/api/schema/policy.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { summarise } from "./api/policies.ts";
import { createTestIo } from "./cli/test-io.ts";
import { listPages, policyBlocks, readBlocks, wrapPolicy } from "./doc-pages.ts";

const pages = listPages();
const allPages = [...pages, "README.md", "CONTRIBUTING.md", "SECURITY.md", ...listPages("manifests")];
const read = (page: string) => readFileSync(page, "utf8");

describe("examples", () => {
  const blocks = pages.flatMap(policyBlocks);

  test.each(blocks.map((block) => [block.place, block] as const))(
    "%s is valid, without a warning",
    (_, block) => {
      const set = parsePolicies([{ file: "page.yaml", text: wrapPolicy(block) }]);
      expect(summarise(set)).toEqual([]);
      expect(set.policies).toHaveLength(1);
    },
  );

  test.each(
    allPages.flatMap(readBlocks).filter(({ language }) => language === "yaml" || language === "json"),
  )("$place is $language", ({ language, text }) => {
    if (language === "json") JSON.parse(text);
    else
      for (const document of parseAllDocuments(text))
        expect([...document.errors, ...document.warnings]).toEqual([]);
  });

  test("a page that lost its blocks would be noticed", () => {
    expect(blocks.length).toBeGreaterThan(40);
  });
});

describe("the sections", () => {
  const index = read("docs/policy.md");
  /** Each row of the index: the sections that it names, and their page. */
  const rows = [...index.matchAll(/^\| \[([^\]]+)\]\((policy\/[a-z-]+\.md)\) \|/gm)].map(
    ([, names = "", page = ""]) => ({
      names: [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
      page: join("docs", page),
    }),
  );

  test("all stand in the index, once, in a row with a page", () => {
    expect(rows.flatMap(({ names }) => names).sort()).toEqual(Object.keys(policySpec.shape).sort());
  });

  test("no page is missing from the index", () => {
    const linked = [...index.matchAll(/\]\((policy\/[a-z-]+\.md)\)/g)].map(([, page = ""]) =>
      join("docs", page),
    );
    expect([...new Set(linked)].sort()).toEqual(listPages("docs/policy"));
  });

  test.each(rows)("$page has an example of $names", ({ names: [first = ""], page }) => {
    const given = policyBlocks(page).map(({ text }) => parse(text, { logLevel: "silent" }) as object);
    expect(given.some((section) => Object.hasOwn(section, first))).toBe(true);
  });

  test.each(listPages("docs/policy"))("%s has an example", (page) => {
    expect(policyBlocks(page)).not.toEqual([]);
  });
});

test("from-vms says the same in both languages: the same headings, tables and policies", () => {
  const [english, japanese] = ["docs/from-vms.md", "docs/from-vms.ja.md"] as const;
  const shape = (page: string) => ({
    policies: policyBlocks(page).map(({ text }) => parse(text) as unknown),
    headings: [...read(page).matchAll(/^#+(?= )/gm)].map(String),
    rows: [...read(page).matchAll(/^\|/gm)].length,
    sections: [...read(page).matchAll(/^\|.*\| (`\w+`[^|]*) \|$/gm)].map(([, names = ""]) =>
      names.match(/`\w+`/g),
    ),
  });
  expect(shape(japanese)).toEqual(shape(english));
  expect(shape(english).policies.length).toBeGreaterThan(8);
});

describe("links", () => {
  const withoutBlocks = (page: string) => read(page).replaceAll(/^```.*?^```$/gms, "");

  /** As GitHub makes them of headings. */
  const anchorsOf = (page: string) =>
    [...withoutBlocks(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    );

  const links = allPages.flatMap((page) =>
    [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => ({ page, target }))
      .filter(({ target }) => !/^https?:/.test(target)),
  );

  test("there are some", () => {
    expect(links.length).toBeGreaterThan(50);
  });

  test.each(links)("$page → $target", ({ page, target }) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    expect(existsSync(file), file).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor);
  });
});

describe("commands", () => {
  const help = async (...command: string[]): Promise<string> => {
    const io = createTestIo();
    await runProgram([...command, "--help"], io, "1.2.3");
    return io.written.stdout;
  };

  /** Command lines in shell blocks, and in the text between backquotes; decisions may speak of what was never built. */
  const lines = allPages
    .filter((page) => !page.startsWith("docs/adr/"))
    .flatMap((page) => {
      const text = read(page);
      const blocks = readBlocks(page)
        .filter(({ language }) => language === "console" || language === "sh")
        .flatMap(({ text: shell }) => shell.replaceAll(/\\\n/g, " ").split("\n"));
      const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
      return [...blocks, ...inline].flatMap((line) => {
        const [, name, rest = ""] = /^(?:\$ )?(?:npx )?ecsmon +([a-z]+)([^|>#]*)/.exec(line) ?? [];
        return name === undefined ? [] : [{ page, name, flags: rest.match(/(?<=\s)--[a-z-]+/g) ?? [] }];
      });
    });
  let commands = "";
  beforeAll(async () => {
    commands = await help();
  });

  test("there are some", () => {
    expect(lines.length).toBeGreaterThan(20);
  });

  test.each(lines)("$page: ecsmon $name $flags", async ({ name, flags }) => {
    expect(commands).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    const text = await help(name);
    for (const flag of flags) expect(text).toMatch(new RegExp(`${flag}(?![a-z-])`));
  });
});

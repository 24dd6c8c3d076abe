import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFileSource, readFiles } from "../../../controller/sources/file.ts";
import { readSources } from "../../../controller/sources/index.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ecsmon-source-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text = "a: 1\n"): Promise<string> {
  const file = join(folder, "source", name);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  return file;
}
const source = (): string => join(folder, "source");
const namesOf = (files: readonly { file: string }[]): string[] =>
  files.map(({ file }) => file.slice(source().length + 1));

describe("readFiles", () => {
  it("reads a file", async () => {
    const file = await write("a.yaml", "a: 1\n");
    expect(await readFiles(file)).toEqual({
      files: [{ file, text: "a: 1\n" }],
      revision: expect.stringMatching(/^sha256:[0-9a-f]{12}$/),
    });
  });

  it("reads a folder in the order of names, and only YAML that is not hidden", async () => {
    for (const name of [
      "b.yaml",
      "a/z.yml",
      "B.yaml",
      "a.yaml",
      "notes.md",
      ".hidden.yaml",
      ".git/c.yaml",
      "node_modules/d.yaml",
    ])
      await write(name);
    expect(namesOf((await readFiles(source())).files)).toEqual(["B.yaml", "a.yaml", "a/z.yml", "b.yaml"]);
  });

  it("has a revision of names and contents", async () => {
    await write("a.yaml", "a: 1\n");
    await write("b.yaml", "b: 1\n");
    const { revision } = await readFiles(source());
    expect((await readFiles(source())).revision).toBe(revision);
    await write("b.yaml", "b: 2\n");
    expect((await readFiles(source())).revision).not.toBe(revision);
  });

  it("follows links that stay inside, and no loop", async () => {
    await write("real/a.yaml");
    await symlink(join(source(), "real"), join(source(), "alias"));
    await symlink(source(), join(source(), "real", "up"));
    expect(namesOf((await readFiles(source())).files)).toEqual(["alias/a.yaml", "real/a.yaml"]);
  });

  it("refuses a link out of the source, and a dangling one", async () => {
    await write("a.yaml");
    await writeFile(join(folder, "secret.yaml"), "a: 1\n");
    await symlink(join(folder, "secret.yaml"), join(source(), "out.yaml"));
    await expect(readFiles(source())).rejects.toMatchObject({
      code: "SourceUnreadable",
      message: expect.stringContaining("out of the source"),
    });
    await rm(join(source(), "out.yaml"));
    await symlink(join(source(), "gone"), join(source(), "dangling.yaml"));
    await expect(readFiles(source())).rejects.toMatchObject({ code: "SourceUnreadable" });
  });

  it("refuses what is not there and what is empty", async () => {
    await expect(readFiles(join(folder, "nowhere"))).rejects.toMatchObject({ code: "SourceMissing" });
    await mkdir(source());
    await expect(readFiles(source())).rejects.toMatchObject({ code: "SourceEmpty" });
    await write("a.yaml", "# only words\n---\n\n...\n");
    await expect(readFiles(source())).rejects.toMatchObject({ code: "SourceEmpty" });
  });

  it.each([
    "null\n",
    "~",
    "NULL # none\n",
    '!!null ""\n',
    "---\nnull\n...\n",
    "# none\n--- ~\n---\nnull\n",
    "\uFEFFnull",
    "&a null\n",
    "%YAML 1.2\n---\n",
  ])("counts nothing but null as empty: %j", async (text) => {
    const file = await write("a.yaml", text);
    await expect(readFiles(file)).rejects.toMatchObject({ code: "SourceEmpty" });
    await expect(readFiles(source())).rejects.toMatchObject({ code: "SourceEmpty" });
    await write("b.yaml", "kind: x\n");
    expect(namesOf((await readFiles(source())).files)).toEqual(["a.yaml", "b.yaml"]);
  });

  it.each(["{}", "[]", '""', "false", "a: [", "*a\n", "\0"])(
    "leaves the rest to the parser: %j",
    async (text) => {
      const file = await write("a.yaml", text);
      expect((await readFiles(file)).files).toHaveLength(1);
    },
  );

  it("does not hand on what no policy is large enough for, and still sees it change", async () => {
    const big = "a: b\n".repeat(60_000);
    const file = await write("a.yaml", big);
    const { files, revision } = await readFiles(file);
    expect(files).toEqual([{ file, text: "", bytes: big.length }]);
    await write("a.yaml", `${big.slice(0, -2)}c\n`);
    expect((await readFiles(file)).revision).not.toBe(revision);
  });

  it("hands on text that is not UTF-8 for the parser to refuse", async () => {
    const file = await write("a.yaml");
    await writeFile(file, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    expect((await readFiles(file)).files[0]?.text).toContain("\uFFFD");
  });
});

describe("readSources", () => {
  it("joins sources, each file once", async () => {
    const file = await write("a.yaml");
    await write("b.yaml");
    const { files, revision } = await readSources([source(), file]);
    expect(namesOf(files)).toEqual(["a.yaml", "b.yaml"]);
    expect(revision).toMatch(/^sha256:[0-9a-f]{12}$/);
    expect((await readSources([source()])).revision).toBe((await readFiles(source())).revision);
  });

  it.each(["https://example.com/a.git", "ssh://git@example.com/a.git", "git://example.com/a", "file:///a"])(
    "says how to write %s",
    async (given) => {
      await expect(readSources([given])).rejects.toMatchObject({
        code: "InvalidSource",
        message: expect.stringContaining("write git+https://"),
      });
    },
  );
});

describe("createFileSource", () => {
  it("gives its files only where they have changed", async () => {
    await write("a.yaml", "a: 1\n");
    const folder = createFileSource(source());
    const first = await folder.read();
    expect(first).toMatchObject({ unchanged: false, files: [{ text: "a: 1\n" }], rewound: false, notes: [] });
    const { revision: held } = first;
    expect(await folder.read({ held })).toEqual({ unchanged: true, revision: held });
    await write("a.yaml", "a: 2\n");
    expect(await folder.read({ held })).toMatchObject({ unchanged: false, files: [{ text: "a: 2\n" }] });
  });
});

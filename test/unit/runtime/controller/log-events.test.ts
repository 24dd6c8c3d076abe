// What the controller says has its row in docs/controller.md, and no row is of something that is never said.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = "controller";
const code = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("sandbox/"))
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");

/** Where level and event are written out, as nearly everywhere. */
const said = new Set(
  [...code.matchAll(/\blog\(\s*"(debug|info|warn|error)",\s*"([a-z][a-z-]*)"/g)].map(
    ([, level = "", event = ""]) => `${event} ${level}`,
  ),
);

const section = readFileSync("docs/controller.md", "utf8").split("\n## The log\n")[1] ?? "";
const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (\w+) \| .+ \|$/gm)].map(
  ([, event = "", level = ""]) => ({
    event,
    level,
  }),
);

it("is in the table, with its level", () => {
  expect(said.size).toBeGreaterThan(20);
  const told = new Set(rows.map(({ event, level }) => `${event} ${level}`));
  expect([...said].filter((each) => !told.has(each))).toEqual([]);
});

it.each(rows)("$event is said, and told of once", ({ event }) => {
  expect(code).toContain(`"${event}"`);
  expect(rows.filter((row) => row.event === event)).toHaveLength(1);
});

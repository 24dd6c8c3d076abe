// Whatever stands in names, tags, values and messages, a comment holds only what ecsmon writes: a Markdown parser that
// takes tables, HTML and bare URLs as GitHub does finds no node of anybody else's.
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { maxComment, renderMarkdown } from "../../controller/cli/render/markdown.ts";
import { kindNames } from "../../controller/model/plan.ts";
import { hostile, hostileBase, hostileComparison, hostilePlan } from "./page-arbitraries.ts";

const parser = new MarkdownIt({ html: true, linkify: true });
type Token = Parameters<(typeof parser)["renderer"]["render"]>[0][number];

const expectedTypes = new Set(
  [
    ...["heading_open", "heading_close", "paragraph_open", "paragraph_close", "blockquote_open"],
    ...["blockquote_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"],
    ...["table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close", "tr_open"],
    ...["tr_close", "th_open", "th_close", "td_open", "td_close", "strong_open", "strong_close"],
    ...["inline", "text", "code_inline", "fence", "html_block"],
  ].map(String),
);
const ourHtml =
  /^(<!-- ecsmon-plan( [a-z]+=[\w%.!~*'()-]*)* -->|<details>\n<summary>(<code>[^<>]*<\/code> )?[^<>]*<\/summary>|<\/details>)\n*$/;
/** Words of ours; nothing that GitHub makes a link, a mention or an image of. */
const ourText = /^[\w ,;:.…×()&>-]*$/;
const kinds = new RegExp(`^((${kindNames.join("|")})( ×\\d+)?(, )?)+$|^\\d+ more rows?$`);

function flatten(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token) => [token, ...flatten(token.children ?? [])]);
}

function check(text: string): void {
  const tokens = flatten(parser.parse(text, {}));
  // One expectation for all: a page has thousands of nodes.
  expect(tokens.filter(isForeign).map(({ type, content }) => ({ type, content }))).toEqual([]);
  const html = tokens.filter(({ type }) => type === "html_block").map(({ content }) => content);
  const count = (tag: string) => html.filter((content) => content.includes(tag)).length;
  expect(count("</details>")).toBe(count("<details>"));
  checkTables(tokens);
  expect(text).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  expect(text.length).toBeLessThanOrEqual(maxComment);
}

function isForeign({ type, content, info }: Token): boolean {
  if (type === "html_block") return !ourHtml.test(content);
  if (type === "text") return !ourText.test(content);
  return !expectedTypes.has(type) || (type === "fence" && info !== "diff");
}

/** No cell has slipped into another column: the last one of a table of services holds kinds and nothing else. */
function checkTables(tokens: readonly Token[]): void {
  let header: string[] = [];
  let row: string[] = [];
  for (const [index, { type }] of tokens.entries()) {
    if (type === "thead_open") header = [];
    if (type === "tr_open") row = [];
    if (type === "th_open") header.push(tokens[index + 1]?.content ?? "");
    if (type === "td_open") row.push(tokens[index + 1]?.content ?? "");
    if (type !== "tr_close" || row.length === 0) continue;
    const [last, cell] = [header.at(-1), row.at(-1) ?? ""];
    const isOurs =
      last === "Kinds" ? kinds.test(cell) : last !== "What would change" || cell.endsWith(" unchanged");
    if (!isOurs || row.length !== header.length) expect(row).toBe(header);
  }
}

test("one plan", () => {
  fc.assert(
    fc.property(hostilePlan, (plan) => check(renderMarkdown({ plans: [plan], failed: [] }))),
    { numRuns: 300 },
  );
});

test.each([
  ["a base", hostileComparison],
  ["a base with errors", hostileBase],
])("one plan beside %s", (_, plans) => {
  fc.assert(
    fc.property(plans, (plan) => check(renderMarkdown({ plans: [plan], failed: [] }))),
    { numRuns: 150 },
  );
});

test("several plans, targets that failed, a configuration", () => {
  const failed = fc.record({
    region: hostile,
    roleArn: hostile,
    error: fc.record({ code: hostile, message: hostile }),
  });
  const targets = fc.record({
    plans: fc.array(fc.oneof(hostilePlan, hostileComparison), { minLength: 2, maxLength: 4 }),
    failed: fc.array(failed, { maxLength: 2 }),
    config: hostile,
  });
  fc.assert(
    fc.property(targets, (given) => check(renderMarkdown(given))),
    { numRuns: 100 },
  );
});

test("plans that must be shortened and cut", () => {
  const count = fc.integer({ min: 50, max: 200 });
  fc.assert(
    fc.property(hostilePlan, count, (plan, times) => {
      const changes = Array.from({ length: times }, (_, index) =>
        plan.changes.map((change) => ({ ...change, service: `${change.service}${index}` })),
      ).flat();
      check(renderMarkdown({ plans: [{ ...plan, changes }], failed: [] }));
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

test("one name, one message without an end", () => {
  for (const piece of ["`", "|", "\\|", "😀", "<b>", "a "]) {
    const endless = piece.repeat(100_000);
    const item = { kind: "MetricAlarm" as const, name: endless, cluster: endless, service: endless };
    const plan = {
      metadata: {
        owner: "ecsmon",
        region: endless,
        account: endless,
        sourceRevision: "",
        createdAt: "",
        asOf: "",
      },
      unchanged: 0,
      changes: [],
      unknown: [],
      blocked: [{ ...item, policies: [], code: "Conflict", message: endless }],
      diagnostics: [{ severity: "error" as const, code: "X", message: endless, file: endless, line: 1 }],
    };
    const text = renderMarkdown({ plans: [plan], failed: [], config: endless });
    check(text);
    expect(text).toContain("#### Blocked");
    expect(text).toContain("#### Errors and warnings");
  }
});

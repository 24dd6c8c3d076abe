// Plans in which every text that others may have written is hostile: to Markdown, to HTML, to GitHub's own links.
import fc from "fast-check";
import {
  type Blocked,
  type Change,
  kindNames,
  type Plan,
  type Unknown,
} from "../../controller/model/plan.ts";
import { besideBase } from "../unit/cli/compared-plan.ts";
import { samplePlan } from "../unit/cli/sample-plan.ts";

const pieces = [
  ..."`|\\*_[]()<>!#@&~-+=:;\"' \n\t\r",
  ..."``|```|~~~|@octo/team|#12|GH-7|octo/repo#1|https://evil.example/x|www.evil.example|a@evil.example".split(
    "|",
  ),
  "![x](https://evil.example/p.png)",
  "[x](javascript:alert(1))",
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "<a href='//evil.example'>",
  "<!--",
  "-->",
  "--",
  "</details>",
  "</summary></details>",
  "</code>",
  "</pre></main>",
  "\n\n# heading\n\n",
  "\n```\n",
  "\n| a | b |\n| --- | --- |\n",
  "\\|",
  "| x |",
  "&lt;img&gt;",
  "&#64;octo",
  "$&",
  ":tada:",
  "\u202e",
  "\u061c",
  "\u0000",
  "\u{e0041}",
  "\ud800",
  "é",
  "日本",
  "😀",
  "web",
];

export const hostile = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(""));
const json = fc.oneof(hostile, fc.integer(), fc.constant(null), fc.array(hostile, { maxLength: 3 }));
const place = fc.record({ cluster: hostile, service: hostile }, { requiredKeys: [] });
const spec = fc.dictionary(hostile, json, { maxKeys: 4 });

const change: fc.Arbitrary<Change> = fc
  .record({
    item: place,
    kind: fc.constantFrom(...kindNames),
    name: hostile,
    action: fc.constantFrom("create", "update", "delete"),
    enforcement: fc.constantFrom("Enforce", "Audit"),
    impact: fc.constantFrom("none", "deployment", "dataloss"),
    policies: fc.array(hostile, { maxLength: 2 }),
    spec,
    differences: fc.array(fc.record({ path: hostile, before: json, after: json }), { maxLength: 3 }),
    release: fc.boolean(),
    gone: fc.boolean(),
  })
  .map(({ item, spec: fields, action, ...rest }) => ({
    ...item,
    ...rest,
    action: action as Change["action"],
    enforcement: rest.enforcement as Change["enforcement"],
    impact: rest.impact as Change["impact"],
    id: rest.name,
    before: action === "create" ? null : fields,
    after: action === "delete" ? null : fields,
    deletes: 0,
    needs: [],
  }));

const blocked: fc.Arbitrary<Blocked> = fc
  .record({
    item: place,
    kind: fc.constantFrom(...kindNames),
    name: hostile,
    policies: fc.constant([]),
    code: fc.constantFrom("Conflict", "NotApplicable"),
    message: hostile,
  })
  .map(({ item, ...rest }) => ({ ...item, ...rest }));

const unknown: fc.Arbitrary<Unknown> = fc
  .record({
    item: place,
    kind: fc.constantFrom("Workload" as const, ...kindNames),
    code: fc.constantFrom("AccessDenied", "Throttled"),
    message: hostile,
  })
  .map(({ item, ...rest }) => ({ ...item, ...rest }));

const diagnostic = fc
  .record({
    severity: fc.constantFrom("error" as const, "warning" as const),
    code: hostile,
    message: hostile,
    place: fc.record({ file: hostile, line: fc.nat(), path: hostile }, { requiredKeys: [] }),
  })
  .map(({ place: where, ...rest }) => ({ ...where, ...rest }));

export const hostilePlan: fc.Arbitrary<Plan> = fc.record({
  metadata: fc
    .record({ region: hostile, account: hostile, owner: hostile, sourceRevision: hostile })
    .map((given) => ({ ...samplePlan.metadata, ...given })),
  unchanged: fc.nat(),
  changes: fc.array(change, { maxLength: 5 }),
  blocked: fc.array(blocked, { maxLength: 3 }),
  unknown: fc.array(unknown, { maxLength: 3 }),
  diagnostics: fc.array(diagnostic, { maxLength: 3 }),
});

/** Beside a base: whatever is in both plans, in any part. */
export const hostileComparison: fc.Arbitrary<Plan> = fc
  .tuple(hostilePlan, hostilePlan)
  .map(([plan, dropped]) => besideBase(plan, dropped));

/** Beside a base that is no good. */
export const hostileBase: fc.Arbitrary<Plan> = fc
  .tuple(hostilePlan, fc.array(diagnostic, { minLength: 1, maxLength: 7 }))
  .map(([plan, errors]) => ({ ...plan, base: { sourceRevision: "", errors } }));

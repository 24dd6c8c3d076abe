// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are what this is about
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  escapeTemplate,
  fillTemplate,
  parseTemplate,
  templateNames,
} from "../../../controller/api/template.ts";

const values = new Map([
  ["cluster.name", "prod"],
  ["service.name", "web"],
  ["service.tags.tier", "front"],
  ["service.tags.a.b", "dotted"],
  ["service.tags.empty", ""],
]);

describe("fillTemplate", () => {
  it.each([
    ["plain", "plain"],
    ["/ecs/${cluster.name}/${service.name}", "/ecs/prod/web"],
    ["${service.tags.tier}", "front"],
    ['${service.tags["a.b"]}', "dotted"],
    ['${service.tags["tier"]:-x}', "front"],
    ["${service.tags.product:-web}", "web"],
    ["${service.tags.product:-}", ""],
    ["${service.tags.product:-a:b-c}", "a:b-c"],
    ["${service.tags.empty:-x}", ""],
    ["$${PORT:-8080}", "${PORT:-8080}"],
    ["$$${service.name}", "$${service.name}"],
    ["$PORT $$ $(ls) { $.a = 1 } $", "$PORT $$ $(ls) { $.a = 1 } $"],
  ])("%s → %s", (text, filled) => {
    expect(fillTemplate(text, values)).toEqual({ ok: true, text: filled });
  });

  it("names what is missing", () => {
    expect(fillTemplate("${service.tags.team}", values)).toEqual({ ok: false, missing: "service.tags.team" });
  });

  it("fills values as they are, in one pass", () => {
    const odd = new Map([["service.name", "${cluster.name} $& $1"]]);
    expect(fillTemplate("<${service.name}>", odd)).toEqual({ ok: true, text: "<${cluster.name} $& $1>" });
  });

  it("leaves escaped text as it was", () => {
    const text = fc.array(fc.constantFrom("$", "{", "}", "a", "${", "$${", ":-", ".", '"', "service.name"), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          text.map((parts) => parts.join("")),
        ),
        (literal) => {
          expect(parseTemplate(escapeTemplate(literal)).problems).toEqual([]);
          expect(fillTemplate(escapeTemplate(literal), new Map())).toEqual({ ok: true, text: literal });
        },
      ),
    );
  });

  it("puts a value between any two literals", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
        // A `$` before `${` would escape it.
        const text = `${escapeTemplate(before)} \${owner}${escapeTemplate(after)}`;
        expect(fillTemplate(text, new Map([["owner", value]]))).toEqual({
          ok: true,
          text: `${before} ${value}${after}`,
        });
      }),
    );
  });
});

describe("parseTemplate", () => {
  it.each([
    ["${PORT:-8080}", /write \$\$\{PORT:-8080\} to keep it/],
    ["${}", /is unknown/],
    ["${service.nme}", /did you mean \$\{service.name\}\?/],
    ["${ service.name }", /did you mean \$\{service.name\}\?/],
    ["${service.tags.a.b}", /service\.tags\["a\.b"\]/],
    ["${service.tags.a:-${owner}}", /do not nest/],
    ["${service.name", /without "\}"/],
    ["${service.tags[a]}", /not understood/],
  ])("refuses %s", (text, says) => {
    const { problems } = parseTemplate(text);
    expect(problems).toEqual([expect.stringMatching(says)]);
  });

  it("lists names once", () => {
    expect(templateNames('${owner} ${service.tags["x y"]:-z} ${owner} $${region}')).toEqual([
      "owner",
      "service.tags.x y",
    ]);
  });

  // What grows faster than its text would not end.
  it("never throws, and takes no more than a moment", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTemplate(`\${${text}`)));
    for (const text of ["${".repeat(200_000), "${a}".repeat(100_000), `\${${":".repeat(300_000)}}`])
      parseTemplate(text);
  });
});

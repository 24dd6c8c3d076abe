// Globs against the regular expressions that they stand for, and some that would keep one of those busy for years.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../../controller/model/glob.ts";

describe("a glob", () => {
  it("matches what its regular expression does", () => {
    const signs = fc.constantFrom("a", "b", ".", "+", "\n", "*", "?", "(", "\\");
    const texts = fc.array(signs, { maxLength: 9 }).map((list) => list.join(""));
    fc.assert(
      fc.property(texts, texts, (name, glob) => {
        const source = glob
          .replaceAll(/[.+()\\]/g, "\\$&")
          .replaceAll(/\*+/g, ".*")
          .replaceAll("?", ".");
        expect(matchesGlob(name, glob)).toBe(new RegExp(`^${source}$`, "s").test(name));
      }),
      { numRuns: 5000, examples: [["", "*"]] },
    );
  });

  it("is soon done with, whoever wrote it", () => {
    const name = "a".repeat(3000);
    expect(matchesGlob(name, `${"*a".repeat(30)}Z`)).toBe(false);
    expect(matchesGlob(name, `${"*a".repeat(1000)}*`)).toBe(true);
  });
});

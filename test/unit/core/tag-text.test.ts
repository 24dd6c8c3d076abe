// Any text as one word of a tag's value, and back.
import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { decodeTagText, encodeTagText } from "../../../controller/core/tag-text.ts";

test.each([
  ["/healthz", "/healthz"],
  ["200,204", "200=2C204"],
  ["200-299", "200-299"],
  ["/a b?c=1%20", "/a=20b=3Fc=3D1=2520"],
  ["-", "=2D"],
  ["+", "=2B"],
  ["", "="],
  ["/é", "/=C3=A9"],
])("%j is %j", (text, encoded) => {
  expect(encodeTagText(text)).toBe(encoded);
  expect(decodeTagText(encoded)).toBe(text);
});

it("comes back as it was, in the letters of a tag", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const encoded = encodeTagText(text);
      expect(encoded).toMatch(/^[A-Za-z0-9+\-=._:/@]+$/);
      expect(["-", "+"]).not.toContain(encoded);
      expect(decodeTagText(encoded)).toBe(text);
    }),
  );
});

it.each(["=ZZ", "=C3", "=2"])("says nothing of %j", (text) => expect(decodeTagText(text)).toBeUndefined());

// docs/audit.md says what is found, what it costs and why: its tables are those of the code.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingCodes, findingKinds } from "../../../../controller/core/audit/findings.ts";
import { pillars } from "../../../../controller/model/audit.ts";

const doc = readFileSync("docs/audit.md", "utf8");
const titles = ["App metrics", "Liveness", "Resource metrics", "Logs"];

test.each(pillars.map((pillar, index) => [pillar, titles[index]] as const))(
  "the table of %s has every finding, with its points",
  (pillar, title) => {
    const codes = findingCodes.filter((code) => findingKinds[code].pillar === pillar);
    const points = codes.reduce((sum, code) => sum + findingKinds[code].weight, 0);
    const [, section = ""] = doc.split(`### ${title}: ${points} points\n`);
    const rows = section
      .split(/\n##+ /)[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(
      codes.map((code) => {
        const { weight, what, why, mend } = findingKinds[code];
        const mended = mend === "policy" ? "a policy" : `hand: ${mend.byHand}`;
        return `| \`${code}\` | ${weight} | ${what} | ${why} | ${mended} |`;
      }),
    );
  },
);

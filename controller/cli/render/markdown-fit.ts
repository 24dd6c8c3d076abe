// Sections of a page fitted into a number of characters: what is kept longest goes in first, and what does not fit is
// counted. Pure, and the same sections give the same page.

/** A list or a table: entries between what opens and what closes it. Nothing ends with a line end. */
export interface Section {
  /** Whatever has the same heading stands below it; it is shown with the first of them that is. */
  readonly heading: string;
  readonly open: string;
  readonly close: string;
  readonly entries: readonly string[];
  /** Stands below the entries where some are left out: how many, told in at most {@link maxRest} characters. */
  readonly rest: (left: number) => string;
  /** 0 is kept longest. */
  readonly rank: number;
  /** It has no share of its own, only what the others leave. */
  readonly late?: boolean;
  /** One and many of its entries, for the note on what was cut. */
  readonly nouns: readonly [one: string, many: string];
}

export const maxRest = 200;

export interface Fitted {
  readonly text: string;
  /** Entries left out, by their noun for many. */
  readonly cut: readonly { readonly count: number; readonly nouns: Section["nouns"] }[];
}

/** The text has at most `limit` UTF-16 units, hence at most as many characters. */
export function fitSections(sections: readonly Section[], limit: number): Fitted {
  const shown = sections.map(() => 0);
  const headings = new Set<string>();
  let left = limit;

  /** Gives a section as many more of its entries as fit both into `budget` and into what is left. */
  const fill = (section: Section, index: number, budget: number): void => {
    let own = Math.min(budget, left);
    while ((shown[index] ?? 0) < section.entries.length) {
      const at = shown[index] ?? 0;
      const cost = (section.entries[at] ?? "").length + 1 + (at === 0 ? openingCost(section, headings) : 0);
      if (cost > own) return;
      if (at === 0) headings.add(section.heading);
      own -= cost;
      left -= cost;
      shown[index] = at + 1;
    }
  };

  const ranks = [...new Set(sections.map(({ rank }) => rank))].sort((a, b) => a - b);
  // First a share for each, so that many of one kind leave room for the others; then whatever is left.
  for (const rank of ranks) {
    const same = (section: Section): boolean => section.rank === rank && section.late !== true;
    const share = Math.floor(left / 2 / sections.filter(same).length);
    for (const [index, section] of sections.entries()) if (same(section)) fill(section, index, share);
  }
  for (const rank of ranks)
    for (const [index, section] of sections.entries()) if (section.rank === rank) fill(section, index, left);

  return { text: writeSections(sections, shown), cut: countCut(sections, shown) };
}

function openingCost({ heading, open, close }: Section, headings: ReadonlySet<string>): number {
  // Line ends, blank lines between, and room for what is said of those left out.
  return open.length + close.length + maxRest + 8 + (headings.has(heading) ? 0 : heading.length + 2);
}

function writeSections(sections: readonly Section[], shown: readonly number[]): string {
  let heading = "";
  const blocks: string[] = [];
  for (const [index, section] of sections.entries()) {
    const count = shown[index] ?? 0;
    if (count === 0) continue;
    if (section.heading !== heading) {
      heading = section.heading;
      blocks.push(heading);
    }
    const left = section.entries.length - count;
    const parts = [
      section.open,
      ...section.entries.slice(0, count),
      left === 0 ? "" : section.rest(left),
      section.close,
    ];
    blocks.push(parts.filter((part) => part !== "").join("\n"));
  }
  return blocks.join("\n\n");
}

function countCut(sections: readonly Section[], shown: readonly number[]): Fitted["cut"] {
  const cut = new Map<string, Fitted["cut"][number]>();
  for (const [index, { entries, nouns }] of sections.entries()) {
    const left = entries.length - (shown[index] ?? 0);
    const [, many] = nouns;
    if (left > 0) cut.set(many, { count: (cut.get(many)?.count ?? 0) + left, nouns });
  }
  return [...cut.values()];
}

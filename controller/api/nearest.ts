// "Did you mean …": the known name that a mistyped one is nearest to.

/** Edits (insert, delete, replace) that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A suggestion is not worth more time than this. */
const maxKnown = 500;

/** The nearest of the known names, if it is near enough to be what was meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  let best: { name: string; distance: number } | undefined;
  let seen = 0;
  for (const name of known) {
    if (++seen > maxKnown) break;
    // Too long or too short to be near: most are, and need no closer look.
    if (Math.abs(name.length - word.length) > maxDistance(name)) continue;
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  if (best === undefined) return undefined;
  return best.distance <= maxDistance(best.name) ? best.name : undefined;
}

function maxDistance(name: string): number {
  return Math.max(2, Math.floor(name.length / 3));
}

/** The second half of a sentence on an unknown name: the nearest one, else all of them if they are few. */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`;
  if (known.length === 0) return "nothing is known here";
  const shown = known.slice(0, 20).join(", ");
  return `use one of ${shown}${known.length > 20 ? ", …" : ""}`;
}

// Globs over names: `*` is any run of characters, `?` is one. They come from policies, of topics too, which others may
// write; so it is not a regular expression, which some of them would keep busy for years.

/** Takes no more steps than the one length times the other: only the last `*` is ever tried again. */
export function matchesGlob(name: string, glob: string): boolean {
  let at = 0;
  let place = 0;
  let star: { readonly after: number; from: number } | undefined;
  while (at < name.length) {
    if (glob[place] === "*") {
      place += 1;
      star = { after: place, from: at };
    } else if (place < glob.length && (glob[place] === "?" || glob[place] === name[at])) {
      place += 1;
      at += 1;
    } else if (star !== undefined) {
      star.from += 1;
      at = star.from;
      place = star.after;
    } else return false;
  }
  while (glob[place] === "*") place += 1;
  return place === glob.length;
}

/** No globs: everything matches. */
export function matchesAnyGlob(name: string, globs: readonly string[]): boolean {
  return globs.length === 0 || globs.some((glob) => matchesGlob(name, glob));
}

/** Lists as selectors have them: some glob matches (or all are negated), and no `!` one does. */
export function matchesGlobList(name: string, globs: readonly string[]): boolean {
  const wanted = globs.filter((glob) => !glob.startsWith("!"));
  return (
    matchesAnyGlob(name, wanted) &&
    !globs.some((glob) => glob.startsWith("!") && matchesGlob(name, glob.slice(1)))
  );
}

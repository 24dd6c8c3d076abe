// Globs over names: `*` is any run of characters, `?` is one.

export function matchesGlob(name: string, glob: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "s").test(name);
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

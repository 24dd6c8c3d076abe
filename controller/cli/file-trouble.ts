// Why a file cannot be read or written, in words: who named it should not have to know the system's.

const words: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder; name the file",
  EACCES: "it may not be read",
  EPERM: "it may not be read",
};

/** What follows `FILE cannot be read: `. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return words[code] ?? (error instanceof Error ? error.message : String(error));
}

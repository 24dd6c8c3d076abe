// One comment, kept up to date in its place: found by its marker and its author, made only when there is something to
// say, and left alone where it says so already. Were there ever several, the oldest stays and the others go.
import { type Comment, type GithubApi, isNotFound, mayBeDone } from "./client.ts";

export interface StickyComment {
  readonly issue: number;
  /** Its first line. */
  readonly marker: string;
  /** Below the marker. */
  readonly text: string;
  /** The login that writes it: anybody can put the marker into a comment of their own. */
  readonly author: string;
  /** A comment that stands is brought up to date; a new one is not made. */
  readonly isQuiet: boolean;
}

export interface Kept {
  readonly what: "created" | "updated" | "unchanged" | "none";
  readonly id?: number;
  /** Of one that was created; another than was expected is not found again. */
  readonly author?: string | undefined;
}

/** A comment whose making was not answered is looked for before another one is made. */
const maxMakings = 3;
/** Milliseconds: GitHub may be making it still when a gateway has given up on the answer. */
const firstPause = 2_000;

/** @throws EcsmonError of the client. */
export async function keepComment(
  github: GithubApi,
  sticky: StickyComment,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<Kept> {
  const body = `${sticky.marker}\n\n${sticky.text}`;
  const kept = await settle(github, sticky, body);
  if (kept !== undefined) return kept;
  if (sticky.isQuiet) return { what: "none" };
  for (let making = 1; ; making += 1) {
    let made: Comment | undefined;
    let lost: unknown;
    try {
      made = await github.createComment(sticky.issue, body);
    } catch (error) {
      if (!mayBeDone(error)) throw error;
      lost = error;
      await sleep(firstPause * 2 ** (making - 1));
    }
    // Another run may have made one at the same time: both look again, and both leave the same one.
    const left = await settle(github, sticky, body);
    if (made !== undefined && (left === undefined || left.id === made.id))
      return { what: "created", id: made.id, author: made.author };
    if (left !== undefined) return left;
    if (making === maxMakings) throw lost;
  }
}

/** The oldest of ours says `body`, and there are no others. `undefined`: there is none. */
async function settle(
  github: GithubApi,
  sticky: StickyComment,
  body: string,
  looksAgain = true,
): Promise<Kept | undefined> {
  const [oldest, ...others] = (await github.listComments(sticky.issue)).filter((comment) =>
    isOurs(comment, sticky),
  );
  if (oldest === undefined) return undefined;
  const isSame = normalise(oldest.body) === normalise(body);
  try {
    if (!isSame) await github.updateComment(oldest.id, body);
  } catch (error) {
    // Somebody has deleted it since.
    if (looksAgain && isNotFound(error)) return settle(github, sticky, body, false);
    throw error;
  }
  for (const { id } of others) await github.deleteComment(id);
  return { what: isSame ? "unchanged" : "updated", id: oldest.id };
}

function isOurs({ body, author }: Comment, { marker, author: own }: StickyComment): boolean {
  return isSameLogin(author, own) && normalise(body).startsWith(`${marker}\n`);
}

/** GitHub tells no two logins apart by their case. */
export function isSameLogin(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** Line ends and the last of them may come back in another way than they were sent. */
function normalise(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

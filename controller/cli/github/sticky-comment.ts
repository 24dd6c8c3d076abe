// One comment, kept up to date in its place: found by its marker and its author, made only when there is something to
// say, and left alone where it says so already.
import { type Comment, type GithubApi, mayBeDone } from "./client.ts";

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

/** @throws EcsmonError of the client. */
export async function keepComment(github: GithubApi, sticky: StickyComment): Promise<Kept> {
  const body = `${sticky.marker}\n\n${sticky.text}`;
  for (let making = 1; ; making += 1) {
    const found = (await github.listComments(sticky.issue)).find((comment) => isOurs(comment, sticky));
    if (found !== undefined) {
      if (normalise(found.body) === normalise(body)) return { what: "unchanged", id: found.id };
      await github.updateComment(found.id, body);
      return { what: "updated", id: found.id };
    }
    if (sticky.isQuiet) return { what: "none" };
    try {
      const { id, author } = await github.createComment(sticky.issue, body);
      return { what: "created", id, author };
    } catch (error) {
      if (!mayBeDone(error) || making === maxMakings) throw error;
    }
  }
}

function isOurs({ body, author }: Comment, { marker, author: own }: StickyComment): boolean {
  return author === own && normalise(body).startsWith(`${marker}\n`);
}

/** Line ends and the last of them may come back in another way than they were sent. */
function normalise(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

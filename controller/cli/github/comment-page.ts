// The text of the comment, whatever the first step came to: the plan's page, or why there is none. Its first line is the
// action's own marker, since the one of a plan holds what is known only once an account was read. Pure.

import { code, fenced, hiddenMarker } from "../render/markdown-text.ts";
import { visibleShort } from "../render/page-text.ts";
import { listFindings } from "../render/refusal.ts";
import type { StoredLook } from "./look-folder.ts";

/** Of the summary of a check run; a comment may have one more, and the page of a plan keeps room for the marker. */
export const maxPage = 65_535;
const maxLines = 40;

/** By it the comment is found again. `name` has no more than 20 characters. */
export function commentMarker(name: string): string {
  return hiddenMarker("ecsmon-action", { name });
}

/** `page` is what `plan --format markdown` gave: empty where there is no plan. */
export function composePage(look: StoredLook, page: string): string {
  if (page !== "") return tellSnapshot(nameInputs(page.replace(/^<!-- ecsmon-plan[^\n]* -->\n+/, "")), look);
  const errors = look.findings.filter(({ severity }) => severity === "error");
  const parts = [
    "## ecsmon plan: there is none",
    errors.some(({ file }) => file !== undefined)
      ? "**Policies must be free of errors first. Nothing was changed.**"
      : "**The plan could not be made. Nothing was changed.**",
    listFindings(look.findings),
    // Findings say it better, and with their places.
    errors.length > 0 ? "" : describeComplaint(look.complaint),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Who reads a comment runs no command: there the flags of a guard are inputs. The page grows no longer by it. */
function nameInputs(page: string): string {
  return page.replaceAll(
    /run again with --(max-deletes|max-redeploys) (?=[0-9])/g,
    (_, input: string) => `set the input ${input} to `,
  );
}

/** Not how old it is: the same plan of the same snapshot is the same page. */
function tellSnapshot(page: string, { takenAt }: StoredLook): string {
  if (takenAt === undefined) return page;
  const when = takenAt.replace(/^(.{10})T(.{5}).*$/, "$1 $2 UTC");
  return page.replace("\n", `\n\nThe account as a snapshot has it, taken on ${code(when)}.\n`);
}

/** What was said on standard error, as it was said. */
function describeComplaint(complaint: string): string {
  const lines = complaint.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return "";
  const shown = lines.slice(0, maxLines).map((line) => visibleShort(line, 400));
  return fenced("text", lines.length > maxLines ? [...shown, "…"] : shown);
}

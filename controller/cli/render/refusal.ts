// What stands in place of a plan where policies, or the configuration, have errors: the findings, in the form that the
// plan was asked for in. Pure.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { renderFindings } from "./html.ts";
import { renderPage } from "./html-page.ts";
import { fitSections } from "./markdown-fit.ts";
import { diagnosticEntries } from "./markdown-sections.ts";
import { capitalize } from "./page-text.ts";
import { renderValidation } from "./validation.ts";

/** UTF-16 units: with what stands around them, they fit into one comment. */
const maxFindings = 40_000;

const title = "ecsmon plan: there is none";
/**
 * For people who read text it has been said on standard error. A program gets what `validate` would have told it.
 * @param what has the errors
 */
export function renderRefusal(
  diagnostics: readonly Diagnostic[],
  format: string,
  { documents, what }: { readonly documents: number; readonly what: "policies" | "the configuration" },
): string {
  const stopped = `${capitalize(what)} must be free of errors first. Nothing was changed.`;
  switch (format) {
    case "json":
      return renderValidation(diagnostics, "json", { documents, colour: false });
    case "markdown":
      return `## ${title}\n\n**${stopped}**\n\n${listFindings(diagnostics)}\n`;
    case "html":
      return renderPage(
        title,
        `<main>\n<h1>${title}</h1>\n<p>${stopped}</p>\n${renderFindings(diagnostics)}\n</main>`,
      );
    default:
      return "";
  }
}

/** As Markdown, as many as fit into a comment; errors first. */
export function listFindings(diagnostics: readonly Diagnostic[]): string {
  const section = {
    heading: "",
    open: "#### Errors and warnings\n",
    close: "",
    entries: diagnosticEntries(diagnostics),
    rest: (left: number) => `- … and ${left} more`,
    rank: 0,
    nouns: ["finding", "findings"],
  } as const;
  return fitSections([section], maxFindings).text;
}

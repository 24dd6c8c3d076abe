// What is wrong with a policy, one line each, in the form that editors and terminals turn into links.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { createPaint } from "./paint.ts";
import { safeText } from "./safe-text.ts";

export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly colour: boolean },
): string {
  const paint = createPaint(options.colour);
  return diagnostics
    .map((diagnostic) => {
      const { severity, code, message, file, line, column, path } = diagnostic;
      const place = [file, line, column].filter((part) => part !== undefined).join(":");
      const label = paint(severity, severity === "error" ? "red" : "yellow", "bold");
      const field = path === undefined ? "" : `${path}: `;
      return `${place === "" ? "" : `${safeText(place)}: `}${label}: ${safeText(`${field}${message}`)} ${paint(`[${code}]`, "dim")}\n`;
    })
    .join("");
}

// What is wrong with a policy, and what is said of services: its place first, in the form that editors and terminals turn
// into links.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { createPaint } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly colour: boolean; readonly width?: number },
): string {
  const paint = createPaint(options.colour);
  return diagnostics
    .map((diagnostic) => {
      const { severity, code, message, file, line, column, path } = diagnostic;
      const place = [file, line, column].filter((part) => part !== undefined).join(":");
      const style = severity === "error" ? "red" : "yellow";
      const field = path === undefined ? "" : `${path}: `;
      const text = `${severity}: ${safeText(`${field}${message}`)} [${code}]`;
      // A link must stand in one line, however long; what is read is better to read with an indent.
      const painted = wrap(text, (options.width ?? 100) - 2)
        .join("\n  ")
        .replace(severity, paint(severity, style, "bold"))
        .replace(/\[\w+\]$/, (suffix) => paint(suffix, "dim"));
      return `${place === "" ? "" : `${safeText(place)}: `}${painted}\n`;
    })
    .join("");
}

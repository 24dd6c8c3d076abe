// Tables as kubectl prints them: columns as wide as their widest cell, and nothing drawn around them.
import { createPaint, type Style } from "./paint.ts";
import { safeText } from "./safe-text.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Only where much is asked for. */
  readonly wide?: true;
  /** It changes with time alone. */
  readonly isAge?: true;
  readonly style?: (row: Row) => Style | undefined;
}

export interface TableOptions {
  readonly colour: boolean;
  readonly wide: boolean;
}

const gap = "   ";

/** The header and a line for each row, without line ends. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { colour, wide }: TableOptions,
): { readonly header: string; readonly lines: readonly string[] } {
  const paint = createPaint(colour);
  const shown = columns.filter((column) => wide || !column.wide);
  const cells = rows.map((row) => shown.map(({ cell }) => safeText(cell(row)) || "-"));
  const widths = shown.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const join = (line: readonly string[], styles: readonly (Style | undefined)[]): string =>
    line
      .map((text, index) => {
        const style = styles[index];
        const padding = " ".repeat((widths[index] ?? 0) - text.length);
        return `${style === undefined ? text : paint(text, style)}${padding}`;
      })
      .join(gap)
      .trimEnd();
  return {
    header: join(
      shown.map(({ title }) => title),
      [],
    ),
    lines: cells.map((line, index) =>
      join(
        line,
        shown.map(({ style }) => {
          const row = rows[index];
          return row === undefined ? undefined : style?.(row);
        }),
      ),
    ),
  };
}

/** What a row says beside its ages: a row that says the same has not changed. */
export function fingerprint<Row>(columns: readonly Column<Row>[], row: Row): string {
  return JSON.stringify(columns.filter(({ isAge }) => !isAge).map(({ cell }) => cell(row)));
}

/** As kubectl has it: `45s`, `5m`, `3h`, `12d`. */
export function formatAge(since: string | undefined, now: Date): string {
  if (since === undefined || Number.isNaN(Date.parse(since))) return "-";
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

// What a step tells the runner: annotations, outputs, and a part of the log in which nothing is a command.
// Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. The runner obeys every line
// of the log that looks like a command, whoever wrote the text in it.
import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { EcsmonError } from "../../model/errors.ts";
import type { Io } from "../io.ts";
import { safeText } from "../render/safe-text.ts";

export type Level = "notice" | "warning" | "error";

export function annotation(level: Level, message: string): string {
  return `::${level} title=ecsmon::${escapeData(safeText(message, { keepNewlines: true }))}\n`;
}

/** The text as it is, between a pair of commands that only this run knows. */
export function withoutCommands(text: string): string {
  if (text === "") return "";
  const token = randomUUID();
  return `::stop-commands::${token}\n${text}${text.endsWith("\n") ? "" : "\n"}::${token}::\n`;
}

/** @throws EcsmonError for a value that would be read as more than one: none of ours has several lines. */
export async function writeOutputs(
  env: Io["env"],
  outputs: Readonly<Record<string, string | number>>,
): Promise<void> {
  const lines = Object.entries(outputs).map(([name, value]) => {
    if (/[\r\n]/.test(String(value)))
      throw new EcsmonError("InvalidOutput", `the output ${name} would have several lines`);
    return `${name}=${value}\n`;
  });
  const file = env["GITHUB_OUTPUT"];
  if (file !== undefined && file !== "") await appendFile(file, lines.join(""));
}

/** Markdown that the page of the run shows. */
export async function writeSummary(env: Io["env"], markdown: string): Promise<void> {
  const file = env["GITHUB_STEP_SUMMARY"];
  if (file !== undefined && file !== "") await appendFile(file, `${markdown}\n`);
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

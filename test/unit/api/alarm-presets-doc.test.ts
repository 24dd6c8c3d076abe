// docs/alarm-presets.md says what the presets are: its table and its sections are those of the code.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alarmPresets } from "../../../controller/api/alarm-presets.ts";
import { formatDuration } from "../../../controller/api/duration.ts";
import { type PresetAlarm, presetAlarms } from "../../../controller/api/preset-alarms.ts";

const doc = readFileSync("docs/alarm-presets.md", "utf8");

const symbols: Readonly<Record<string, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<",
};

function row(name: string, preset: PresetAlarm): string {
  const { period, evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData } = preset;
  const watches =
    "metric" in preset
      ? `${[preset.metric.namespace, preset.metric.metricName].filter(Boolean).join(" ")}, ${preset.statistic}`
      : `\`${preset.expression}\``;
  const fires = `${symbols[String(comparison)]} ${threshold}`;
  const lasting = `${datapointsToAlarm} of ${evaluationPeriods} × ${formatDuration(period as number)}`;
  return `| \`${name}\` | ${watches} | ${fires} | ${lasting} | ${treatMissingData} |`;
}

function section(name: keyof typeof alarmPresets, preset: PresetAlarm): string {
  const metrics =
    "metrics" in preset
      ? Object.entries(preset.metrics).map(
          ([id, { namespace, metricName, statistic }]) =>
            `- \`${id}\`: ${namespace} ${metricName}, ${statistic}`,
        )
      : [];
  return [
    `### ${name}`,
    "",
    alarmPresets[name],
    preset.why,
    ...(metrics.length > 0 ? ["", ...metrics] : []),
  ].join("\n");
}

const entries = Object.entries(presetAlarms) as [keyof typeof alarmPresets, PresetAlarm][];

test("the table has each preset's values", () => {
  const rows = doc.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(entries.map(([name, preset]) => row(name, preset)));
});

test("each preset has a section that says why", () => {
  const sections = doc.slice(doc.indexOf("\n### ") + 1).trimEnd();
  expect(sections).toBe(entries.map(([name, preset]) => section(name, preset)).join("\n\n"));
});

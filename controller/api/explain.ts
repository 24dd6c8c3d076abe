// `ecsmon explain`: the docs of one field, of all fields below it, or of everything as one page. Pure.
import { type AlarmPresetName, alarmPresets } from "./alarm-presets.ts";
import { formatDuration } from "./duration.ts";
import { documentedKinds, documentField, type Field } from "./field-docs.ts";
import { suggest } from "./nearest.ts";
import { presetAlarms } from "./preset-alarms.ts";
import { eventPresets } from "./schema/liveness.ts";

const version = "ecsmon.dev/v1alpha1";

export type Explanation =
  | { readonly ok: true; readonly text: string }
  /** Lower case, no full stop. */
  | { readonly ok: false; readonly message: string };

interface Found {
  readonly kind: string;
  readonly field: Field;
  /** `spec.alarms.threshold`; empty for the whole document. */
  readonly path: string;
}

/** `field`: `spec.alarms.threshold`, `alarms.threshold`, `MonitoringException.spec.except` or `operatorconfig.spec.allow`. */
export function explainField(field: string, options: { readonly recursive?: boolean } = {}): Explanation {
  const found = findField(field);
  if (typeof found === "string") return { ok: false, message: found };
  return { ok: true, text: options.recursive === true ? renderTree(found) : renderField(found) };
}

function findField(text: string): Found | string {
  const steps = text.split(".").map((step) => step.replace(/\[\d*\]$/, ""));
  const kind = documentedKinds.find((name) => name.toLowerCase() === steps[0]?.toLowerCase());
  if (kind !== undefined) steps.shift();
  const root = documentField(kind ?? "MonitoringPolicy");
  const spec = root.fields.find(({ name }) => name === "spec");
  const isShort = steps[0] !== undefined && !root.fields.some(({ name }) => name === steps[0]);
  if (isShort && spec?.fields.some(({ name }) => name === steps[0])) steps.unshift("spec");
  let field = root;
  const path: string[] = [];
  for (const [i, step] of steps.entries()) {
    const next = field.fields.find(({ name }) => name === step);
    if (next !== undefined) {
      field = next;
      path.push(step);
      continue;
    }
    // The key of a map stands for any: alarms.metrics.errors.namespace.
    if (field.type.startsWith("map of") && i < steps.length - 1) continue;
    const known = [
      ...field.fields.map(({ name }) => name),
      ...(i === 0 ? (spec?.fields ?? []).map(({ name }) => name) : []),
    ];
    const where = path.length === 0 ? root.name : path.join(".");
    const fix = known.length === 0 ? `${where} has no fields` : suggest(step, known);
    return `${where} has no field ${JSON.stringify(step)}; ${fix}`;
  }
  return { kind: root.name, field, path: path.join(".") };
}

function renderField({ kind, field, path }: Found): string {
  const lines = [`KIND:     ${kind}`, `VERSION:  ${version}`, ""];
  if (path !== "")
    lines.push(`FIELD:    ${path} <${field.type}>${field.isRequired ? " -required-" : ""}`, "");
  lines.push("DESCRIPTION:", ...indent(field.doc, 4), "");
  const values = describeValues(field, path);
  if (values.length > 0) {
    lines.push("VALUES:");
    for (const { name, docs } of values) lines.push(`  ${name}`, ...docs.flatMap((doc) => indent(doc, 4)));
    lines.push("");
  }
  if (field.fields.length > 0) {
    lines.push("FIELDS:");
    for (const one of field.fields)
      lines.push(
        `  ${one.name} <${one.type}>${one.isRequired ? " -required-" : ""}`,
        ...indent(one.doc, 4),
        "",
      );
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function renderTree({ kind, field, path }: Found): string {
  const lines = [`KIND:     ${kind}`, `VERSION:  ${version}`, ""];
  if (path !== "") lines.push(`FIELD:    ${path} <${field.type}>`, "");
  const walk = (fields: readonly Field[], depth: number): void => {
    for (const one of fields) {
      lines.push(`${"  ".repeat(depth)}${one.name} <${one.type}>`);
      // Overrides hold all of the spec once more.
      if (one.name !== "overrides") walk(one.fields, depth + 1);
    }
  };
  walk(field.fields, 0);
  return `${lines.join("\n")}\n`;
}

interface Value {
  readonly name: string;
  readonly docs: readonly string[];
}

function describeValues(field: Field, path: string): Value[] {
  const isPreset = field.name === "preset";
  return field.values.map((name): Value => {
    if (isPreset && path.endsWith("alarms.preset") && name in alarmPresets) {
      const preset = name as AlarmPresetName;
      return { name, docs: [alarmPresets[preset], describeDefaults(preset)] };
    }
    if (isPreset && path.endsWith("events.preset") && name in eventPresets)
      return { name, docs: [eventPresets[name as keyof typeof eventPresets]] };
    return { name, docs: [] };
  });
}

/** The preset's fields, each of which the policy's own wins over. */
function describeDefaults(name: AlarmPresetName): string {
  const preset = presetAlarms[name];
  const { period, evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData, warmUp } =
    preset;
  const source =
    "metric" in preset
      ? `${preset.statistic} of ${[preset.metric.namespace, preset.metric.metricName].filter(Boolean).join(" ")}`
      : preset.expression;
  return [
    source,
    `comparison ${comparison}`,
    `threshold ${threshold}`,
    ...(period == null ? [] : [`period ${formatDuration(period)}`]),
    `datapointsToAlarm ${datapointsToAlarm} of evaluationPeriods ${evaluationPeriods}`,
    `treatMissingData ${treatMissingData}`,
    ...(warmUp == null ? [] : [`warmUp ${formatDuration(warmUp)}`]),
  ].join(", ");
}

/** The whole language as one page of Markdown. */
export function renderReference(): string {
  const lines = [
    "# Reference",
    "",
    "Every field of the policy language, and of the controller's configuration. Generated from the schema by",
    "`npm run generate`; `ecsmon explain FIELD` shows the same in a terminal. What the sections mean together is told in",
    "[policy.md](policy.md) and [configuration.md](configuration.md).",
    "",
    "Durations are `30s`, `5m`, `1h`, `30d`, or whole seconds. `null` removes what a policy of lower priority says.",
  ];
  for (const kind of documentedKinds) {
    const root = documentField(kind);
    lines.push(
      "",
      `## ${kind}`,
      "",
      root.doc,
      "",
      ...renderTable(root.fields.filter(({ name }) => name !== "spec")),
    );
    const spec = root.fields.find(({ name }) => name === "spec");
    const flat = (spec?.fields ?? []).filter((field) => field.fields.length === 0);
    lines.push("", "### spec", "", ...renderTable(flat));
    for (const field of spec?.fields ?? []) {
      if (field.fields.length === 0) continue;
      lines.push(
        "",
        `### ${field.name}`,
        "",
        `${field.type}${field.isRequired ? ", required" : ""}. ${field.doc}`,
        "",
      );
      if (field.name === "overrides") {
        lines.push("`selector`, and any field of `spec` but `priority` and `overrides`.");
        continue;
      }
      lines.push(...renderTable(field.fields));
      const preset = field.fields.find(({ name }) => name === "preset");
      const values = preset === undefined ? [] : describeValues(preset, `spec.${field.name}.preset`);
      if (values.some(({ docs }) => docs.length > 0)) {
        lines.push("", "| preset | what it is |", "| --- | --- |");
        for (const { name, docs } of values) lines.push(`| \`${name}\` | ${docs.map(cell).join("<br>")} |`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

function renderTable(fields: readonly Field[], prefix = ""): string[] {
  const rows = (list: readonly Field[], before: string): string[] =>
    list.flatMap((field) => {
      const name = `${before}${field.name}`;
      const values =
        field.values.length > 0 && field.name !== "preset"
          ? ` One of ${field.values.map((one) => `\`${one}\``).join(", ")}.`
          : "";
      const must = field.isRequired ? " *required*" : "";
      return [
        `| \`${name}\`${must} | ${field.type} | ${cell(field.doc)}${values} |`,
        ...rows(field.fields, `${name}.`),
      ];
    });
  return ["| field | type | what it is |", "| --- | --- | --- |", ...rows(fields, prefix)];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function indent(text: string, by: number): string[] {
  const width = 100 - by;
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => " ".repeat(by) + line);
}

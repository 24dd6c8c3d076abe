// What PutDashboard says of a dashboard's body: errors, which refuse it, and warnings, with which it
// is stored all the same. After "Dashboard Body Structure and Syntax" of the CloudWatch API reference.
import { Findings } from "./dashboard-findings.ts";
import { inspectMetricWidget } from "./dashboard-metrics.ts";

export interface DashboardFinding {
  /** Where, e.g. `/widgets/0/properties`; empty for the whole body. */
  readonly dataPath: string;
  readonly message: string;
}

export interface DashboardFindings {
  readonly errors: readonly DashboardFinding[];
  readonly warnings: readonly DashboardFinding[];
}

const MAX_WIDGETS = 500;
const MAX_METRICS = 2500;
const MAX_VARIABLES = 25;
const MAX_ALARMS = 100;
const BODY_MEMBERS = ["widgets", "start", "end", "periodOverride", "variables"];
const WIDGET_MEMBERS = ["type", "x", "y", "width", "height", "properties"];
const WIDGET_TYPES = ["metric", "text", "log", "alarm", "explorer", "custom"];
const LOG_VIEWS = ["table", "timeSeries", "bar", "pie"];
/** `-PT6H`, `-P7D` or a time of ISO 8601. */
const TIME = /^(-P(\d+[YMWD]|T\d+[HMS])+|\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2}))$/;

export function inspectDashboard(text: string): DashboardFindings {
  const findings = new Findings();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    findings.refuse("", "The field DashboardBody must be a valid JSON object");
    return findings;
  }
  const dashboard = findings.structure(body, "");
  if (dashboard === undefined) return findings;
  findings.warnOfOthers(dashboard, "", BODY_MEMBERS);
  findings.text(dashboard, "", "start", { pattern: TIME });
  findings.text(dashboard, "", "end", { pattern: TIME });
  if (dashboard.end !== undefined) findings.required(dashboard, "", "start");
  findings.text(dashboard, "", "periodOverride", { oneOf: ["auto", "inherit"] });
  findings.list(dashboard, "", "variables", { max: MAX_VARIABLES });
  if (!findings.required(dashboard, "", "widgets")) return findings;
  const widgets = findings.list(dashboard, "", "widgets", { max: MAX_WIDGETS }) ?? [];
  const metrics = widgets
    .map((widget, index) => inspectWidget(findings, widget, `/widgets/${index}`))
    .reduce((sum, count) => sum + count, 0);
  if (metrics > MAX_METRICS)
    findings.refuse("/widgets", `Should NOT have more than ${MAX_METRICS} metrics in all widgets`);
  return findings;
}

/** Gives how many metrics the widget draws. */
function inspectWidget(findings: Findings, value: unknown, path: string): number {
  const widget = findings.structure(value, path);
  if (widget === undefined) return 0;
  findings.warnOfOthers(widget, path, WIDGET_MEMBERS);
  findings.required(widget, path, "type");
  const type = findings.text(widget, path, "type", { oneOf: WIDGET_TYPES });
  findings.integer(widget, path, "x", { min: 0, max: 23 });
  findings.integer(widget, path, "y", { min: 0 });
  if ((widget.x === undefined) !== (widget.y === undefined))
    findings.required(widget, path, widget.x === undefined ? "x" : "y");
  findings.integer(widget, path, "width", { min: 1, max: 24 });
  findings.integer(widget, path, "height", { min: 1, max: 1000 });
  if (!findings.required(widget, path, "properties")) return 0;
  const at = `${path}/properties`;
  const properties = findings.structure(widget.properties, at);
  if (properties === undefined) return 0;
  switch (type) {
    case "metric":
      return inspectMetricWidget(findings, properties, at);
    case "log":
      for (const name of ["region", "query"]) {
        findings.required(properties, at, name);
        findings.text(properties, at, name);
      }
      findings.text(properties, at, "title");
      findings.text(properties, at, "view", { oneOf: LOG_VIEWS });
      break;
    case "text":
      findings.required(properties, at, "markdown");
      findings.text(properties, at, "markdown");
      findings.text(properties, at, "background", { oneOf: ["solid", "transparent"] });
      break;
    case "alarm":
      inspectAlarmWidget(findings, properties, at);
      break;
    default:
      // Explorers and custom widgets are taken as they are.
      break;
  }
  return 0;
}

function inspectAlarmWidget(findings: Findings, properties: Record<string, unknown>, at: string): void {
  findings.required(properties, at, "alarms");
  findings.alarmArns(properties, at, "alarms", MAX_ALARMS);
  findings.text(properties, at, "title");
  findings.text(properties, at, "sortBy", { oneOf: ["default", "stateUpdatedTimestamp", "timestamp"] });
  for (const [index, state] of (findings.list(properties, at, "states") ?? []).entries())
    if (!["ALARM", "INSUFFICIENT_DATA", "OK"].includes(String(state)))
      findings.refuse(`${at}/states/${index}`, "Should be equal to one of the allowed values");
}

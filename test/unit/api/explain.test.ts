import { describe, expect, it } from "vitest";
import { alarmPresets } from "../../../controller/api/alarm-presets.ts";
import { explainField, renderReference } from "../../../controller/api/explain.ts";

function explain(field: string, recursive = false): string {
  const explanation = explainField(field, { recursive });
  return explanation.ok ? explanation.text : `! ${explanation.message}`;
}

describe("explainField", () => {
  it("shows a field like kubectl explain", () => {
    expect(explain("spec.alarms.threshold")).toMatchInlineSnapshot(`
      "KIND:     MonitoringPolicy
      VERSION:  ecsmon.dev/v1alpha1

      FIELD:    spec.alarms.threshold <number>

      DESCRIPTION:
          The figure that a datapoint is compared with.
      "
    `);
  });

  it("takes the same field without spec, with an index, and below a map's key", () => {
    expect(explain("alarms.threshold")).toBe(explain("spec.alarms.threshold"));
    expect(explain("spec.alarms[0].threshold")).toBe(explain("spec.alarms.threshold"));
    expect(explain("alarms.metrics.errors.namespace")).toContain(
      "spec.alarms.metrics.namespace <string> -required-",
    );
  });

  it("lists the fields of a section, with what is required", () => {
    expect(explain("spec.alarms")).toContain("FIELD:    spec.alarms <list of object>");
    expect(explain("spec.alarms")).toMatch(/ {2}name <string> -required-\n {4}The alarm is named/);
    expect(explain("MonitoringPolicy")).toContain("  spec <object> -required-");
    expect(explain("MonitoringException.spec.expires")).toContain("KIND:     MonitoringException");
  });

  it("knows durations from texts and numbers", () => {
    expect(explain("alarms.period")).toContain("spec.alarms.period <duration>");
    expect(explain("healthCheck.retries")).toContain("<integer>");
    expect(explain("notifications")).toContain("<map of list of string>");
  });

  it("lists every alarm preset with its docs and defaults", () => {
    const text = explain("alarms.preset");
    for (const [name, docs] of Object.entries(alarmPresets)) {
      expect(text).toContain(`\n  ${name}\n`);
      expect(text.replace(/\s+/g, " ")).toContain(docs);
    }
    expect(text.replace(/\s+/g, " ")).toContain(
      "Average of AWS/ECS CPUUtilization, comparison GreaterThanThreshold, threshold 80, period 1m",
    );
  });

  it("lists event presets with their docs", () => {
    expect(explain("events.preset")).toMatch(/ {2}task-stopped\n {4}A task of the service stopped by itself/);
  });

  it("shows a tree", () => {
    const tree = explain("spec", true);
    expect(tree).toContain("\nalarms <list of object>\n  name <string>\n");
    expect(tree).toContain("\n  metric <object>\n    namespace <string>\n");
    // Once only: overrides hold all of it again.
    expect(tree.split("rollbackOnAlarms")).toHaveLength(2);
  });

  it.each([
    ["alarm", /no field "alarm"; did you mean "alarms"\?/],
    ["spec.alarms.thresold", /^! spec.alarms has no field "thresold"; did you mean "threshold"\?$/],
    ["alarms.threshold.x", /spec.alarms.threshold has no fields/],
    ["", /MonitoringPolicy has no field ""/],
    ["__proto__", /has no field/],
    ["constructor.name", /has no field/],
  ])("refuses %j", (field, message) => {
    expect(explain(field)).toMatch(message);
  });
});

describe("renderReference", () => {
  it("holds every section and preset, and no broken row", () => {
    const page = renderReference();
    for (const name of ["alarms", "overrides", "mackerel"]) expect(page).toContain(`\n### ${name}\n`);
    for (const name of Object.keys(alarmPresets)) expect(page).toContain(`| \`${name}\` |`);
    for (const row of page.split("\n").filter((line) => line.startsWith("|")))
      expect(row.replaceAll("\\|", "").split("|").length, row).toBeOneOf([4, 5]);
  });
});

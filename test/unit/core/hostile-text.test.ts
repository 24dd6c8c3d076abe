// Texts that are long and of one thing only, where anybody's text is read: each would take longer than any test may if
// each of its characters were a place to look through all the rest from.
import { describe, expect, it } from "vitest";
import { isErrorQuery } from "../../../controller/core/audit/error-words.ts";
import { findLack } from "../../../controller/core/health-command.ts";
import { hideInMonitorField } from "../../../controller/core/hidden-values.ts";
import { sameWatch } from "../../../controller/core/mackerel-monitor.ts";
import { openTaskFile } from "../../../controller/core/task-file.ts";
import { cpuUnits, mebibytes } from "../../../controller/core/task-size.ts";

const count = 2_000_000;

describe("a text of one thing only, without end,", () => {
  it("as the URL of a monitor", () => {
    const url = "?".repeat(count);
    expect(hideInMonitorField("url", url, () => "*") === url).toBe(true);
  });

  it.each(["json", "cloudformation"] as const)("as a file that should be %s", (format) => {
    const text = `${"\n".repeat(count)}]`;
    expect(() => openTaskFile({ file: "task", text, format })).toThrow(/^task:2000001:1: not /);
  });

  it("as a key of a task definition", () => {
    const text = `{ "family": "a", "containerDefinitions": [], "tags": [] }`;
    const key = `"${" ".repeat(count)}"`;
    const file = openTaskFile({ file: "task", text: text.replace("{", `{ ${key}: 1,`), format: "json" });
    const printed = file.print({ ...file.definition, family: "b" }, file.tags);
    expect(printed === text.replace("{", `{ ${key}: 1,`).replace('"a"', '"b"')).toBe(true);
  });

  it("as the size of a task", () => {
    for (const value of ["1".repeat(count), `${"1".repeat(count)}${" ".repeat(count)}`]) {
      expect(cpuUnits(`${value}x`)).toBeUndefined();
      expect(mebibytes(`${value}x`)).toBeUndefined();
    }
  });

  it.each(["(a=", "! ", "false "])("as a health check: %j", (part) => {
    const command = ["CMD-SHELL", `${part.repeat(count)}x`];
    const image = "mackerel/mackerel-container-agent";
    expect(findLack({ image, healthCheck: { command } })).toBeUndefined();
    expect(findLack({ image, healthCheck: { command: ["CMD-SHELL", "curl h"] } })?.what).toBe("curl");
  });

  it("as the scope of a monitor", () => {
    const watch = sameWatch({ type: "host", scopes: [`a${" ".repeat(count)}b`, "svc  :role"] });
    expect(watch).toContain('"svc: role"');
  });

  it("as the query of an alarm", () => {
    expect(isErrorQuery("a".repeat(count))).toBe(false);
    expect(isErrorQuery(`${"a".repeat(count)} is null or level = "error"`)).toBe(true);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// What a policy lays over itself for some of its services, before policies are merged with each other.
import { describe, expect, it } from "vitest";
import { enforcementOf } from "../../../controller/core/select.ts";
import { outcome, select } from "./builders.ts";

const alarm = `alarms:
  - { name: cpu, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: 80, description: base }`;

describe("overrides", () => {
  it("lay single fields over, for the services that match", () => {
    const body = `${alarm}
overrides:
  - selector: { services: ["web"] }
    alarms: [{ name: cpu, threshold: 70 }]`;
    expect(outcome(select(body).alarms.get("cpu"))).toMatchObject({ threshold: 70, description: "base" });
    expect(outcome(select(body, { service: "api" }).alarms.get("cpu"))).toMatchObject({ threshold: 80 });
  });

  it("win in the order in which they stand", () => {
    const body = `${alarm}
overrides:
  - selector: { services: ["*"] }
    alarms: [{ name: cpu, threshold: 70, period: 5m }]
  - selector: { services: ["web"] }
    alarms: [{ name: cpu, threshold: 60 }]`;
    expect(outcome(select(body).alarms.get("cpu"))).toMatchObject({ threshold: 60, period: 300 });
  });

  it("add items, and take away with null", () => {
    const body = `healthCheck: { container: app, command: [CMD, x] }
logging: { group: /a, options: { mode: non-blocking, max-buffer-size: 1m } }
overrides:
  - selector: { services: ["web"] }
    healthCheck: null
    logging: { options: { max-buffer-size: null } }
    logMetrics: [{ name: fatal, pattern: Fatal }]`;
    const selected = select(body);
    expect(selected.healthCheck).toBeUndefined();
    expect(outcome(selected.logging)).toEqual({ group: "/a", options: { mode: "non-blocking" } });
    expect(outcome(selected.logMetrics.get("fatal"))).toEqual({ pattern: "Fatal" });
    expect(select(body, { service: "api" }).logMetrics.size).toBe(0);
  });

  it("replace sources as a whole, and lay single fields over a sidecar and a monitor", () => {
    const body = `sidecars: [{ container: { name: side, image: "a:1", memory: 10 } }]
mackerel: { monitors: [{ name: m, type: external, url: "https://e.jp", memo: base }] }
${alarm}
overrides:
  - selector: { services: ["web"] }
    sidecars: [{ container: { name: side, memory: 20 } }]
    mackerel: { monitors: [{ name: m, responseTimeCritical: 100 }] }
    alarms: [{ name: cpu, expression: "m + 1", metrics: { m: { namespace: X, metricName: Y, statistic: Sum } } }]`;
    const selected = select(body);
    expect(outcome(selected.sidecars.get("side"))).toEqual({
      container: { name: "side", image: "a:1", memory: 20 },
    });
    expect(outcome(selected.monitors.get("m"))).toMatchObject({ responseTimeCritical: 100, memo: "base" });
    expect(outcome(selected.alarms.get("cpu"))).toMatchObject({
      source: { expression: "m + 1", metrics: { m: { metricName: "Y" } } },
    });
  });

  it("of another form replace a sidecar and a monitor as a whole", () => {
    const body = `sidecars: [{ container: { name: xray-daemon, image: "a:1", memory: 10 } }]
mackerel: { monitors: [{ name: m, type: connectivity, memo: base }] }
overrides:
  - selector: { services: ["web"] }
    sidecars: [{ preset: xray-daemon }]
    mackerel: { monitors: [{ name: m, type: external, url: "https://e.jp" }] }`;
    const selected = select(body);
    expect(outcome(selected.sidecars.get("xray-daemon"))).toEqual({ preset: "xray-daemon" });
    expect(outcome(selected.monitors.get("m"))).toEqual({ name: "m", type: "external", url: "https://e.jp" });
  });

  it("belong to their policy when policies differ, and the message names the line that says it", () => {
    const strict = `${alarm}
overrides:
  - selector: { services: ["web"] }
    alarms:
      - name: cpu
        threshold: 70`;
    const message = String(outcome(select([strict, alarm]).alarms.get("cpu")));
    expect(message).toMatch(
      /^Conflict: threshold is 70 in policy a \(a\.yaml:\d+\) and 80 in policy b \(b\.yaml:\d+\)/,
    );
    // Where the override does not match, the two agree.
    expect(outcome(select([strict, alarm], { service: "api" }).alarms.get("cpu"))).toMatchObject({
      threshold: 80,
    });
    const higher = `${alarm.replace("threshold: 80", "threshold: 50")}\npriority: 1`;
    expect(outcome(select([strict, higher]).alarms.get("cpu"))).toMatchObject({ threshold: 50 });
  });

  it("may change how the policy is held", () => {
    const body = `${alarm}
enforcement: Audit
overrides:
  - selector: { services: ["web"] }
    enforcement: Enforce
  - selector: { services: ["api"] }
    suspend: true`;
    expect(enforcementOf(select(body).policies, "MetricAlarm")).toBe("Enforce");
    expect(enforcementOf(select(body, { service: "other" }).policies, "MetricAlarm")).toBe("Audit");
    expect(outcome(select(body, { service: "api" }).alarms.get("cpu"))).toMatch(/^Suspended: policy a/);
  });

  it("are filled in after they are laid: what is replaced need have no value", () => {
    const body = `logging: { group: "/x/\${service.tags.team}" }
overrides: [{ selector: { services: ["web"] }, logging: { group: /y } }]`;
    expect(outcome(select(body).logging)).toEqual({ group: "/y" });
    expect(outcome(select(body, { service: "api" }).logging)).toMatch(/^MissingReference/);
  });
});

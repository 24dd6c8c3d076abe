// What is kept of an audit has room: scores always, findings as far as they fit.
import { expect, it } from "vitest";
import { boundAudit } from "../../../controller/core/bound-audit.ts";
import type { AuditReport } from "../../../controller/model/audit.ts";
import { sampleAudit } from "../page/sample-sight.ts";

const [one] = sampleAudit.services;
const report: AuditReport = {
  ...sampleAudit,
  services: Array.from({ length: 100 }, (_, index) => ({
    ...(one ?? (undefined as never)),
    service: `web-${index}`,
    findings: Array.from({ length: 8 }, () => one?.findings[0] ?? (undefined as never)),
  })),
};
const length = JSON.stringify(report.services).length;

it("is whole where it fits", () => {
  expect(boundAudit(report, length + 1)).toEqual(report);
});

it.each([
  [0.9, 8, undefined],
  [0.6, 3, undefined],
  [0.01, 0, undefined],
])("of %d of its length has %i findings of each service, and all scores", (share, findings, policy) => {
  const { services } = boundAudit(report, length * share);
  expect(services).toHaveLength(100);
  for (const service of services) {
    expect([service.score, service.pillars, service.findings.length]).toEqual([
      one?.score,
      one?.pillars,
      findings,
    ]);
    expect(service.findings[0]?.policy).toBe(policy);
  }
});

// An audit cut to what may be kept of it: scores always, and of the findings as much as there is room for.
import type { AuditedService, AuditReport } from "../model/audit.ts";

const cuts: readonly ((service: AuditedService) => AuditedService)[] = [
  (service) => service,
  (service) => ({
    ...service,
    findings: service.findings.map(({ policy: _, byHand: __, ...finding }) => finding),
  }),
  (service) => ({
    ...service,
    findings: service.findings
      .slice(0, 3)
      .map(({ policy: _, byHand: __, ...finding }) => ({ ...finding, subjects: [] })),
    unknown: service.unknown.slice(0, 1),
  }),
  (service) => ({ ...service, findings: [], unknown: [] }),
];

/** @param limit of its JSON: characters; scores alone may take more */
export function boundAudit(report: AuditReport, limit: number): AuditReport {
  const { baseline: _, promised: __, ...kept } = report;
  let services = kept.services;
  for (const cut of cuts) {
    services = kept.services.map(cut);
    if (fits(services, limit)) break;
  }
  return { ...kept, services, unread: kept.unread.slice(0, 1_000) };
}

function fits(services: readonly AuditedService[], limit: number): boolean {
  let left = limit;
  return services.every((service) => {
    left -= JSON.stringify(service).length;
    return left >= 0;
  });
}

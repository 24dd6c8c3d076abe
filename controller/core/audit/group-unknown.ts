// Checks that could not be made, put together by why: one refused call leaves many of them open, of many services.
import type { AuditedService, AuditReport } from "../../model/audit.ts";

export interface UnknownGroup {
  readonly code: string;
  readonly message: string;
  readonly checks: readonly string[];
  readonly services: number;
}

export function groupUnknown({ services }: AuditReport): UnknownGroup[] {
  const groups = new Map<
    string,
    { code: string; message: string; checks: Set<string>; services: Set<AuditedService> }
  >();
  for (const service of services) {
    for (const { code, message, check } of service.unknown) {
      const key = `${code}\n${message}`;
      const group = groups.get(key) ?? { code, message, checks: new Set(), services: new Set() };
      group.checks.add(check);
      group.services.add(service);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ checks, services: own, ...rest }) => ({
    ...rest,
    checks: [...checks],
    services: own.size,
  }));
}

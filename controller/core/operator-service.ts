// The operator's own service, should it run on ECS: whoever lays a glob over a cluster does not mean it, and a bad layer on
// it would stop what could take that layer off again.
import type { Selector } from "../api/schema.ts";
import type { Workload } from "../model/workload.ts";

/** With any value, it marks a service as an operator's: `plan` and `apply` from outside cannot tell otherwise. */
export const operatorTag = "ecsmon.dev/operator";

export interface OperatorService {
  readonly cluster: string;
  readonly service: string;
  /** Left out: whatever the account and Region. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function isOperatorService(workload: Workload, self: OperatorService | undefined): boolean {
  if (workload.tags[operatorTag] !== undefined) return true;
  return (
    self !== undefined &&
    workload.cluster === self.cluster &&
    workload.service === self.service &&
    (self.account ?? workload.account) === workload.account &&
    (self.region ?? workload.region) === workload.region
  );
}

/** The selector lists the service by its name: a glob that matches it is not enough. */
export function namesExactly({ services = [] }: Selector, { service }: Workload): boolean {
  return services.includes(service);
}

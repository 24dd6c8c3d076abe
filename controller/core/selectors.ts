// Whether a selector means a service.
import type { Selector } from "../api/schema.ts";
import { matchesGlobList } from "../model/glob.ts";
import type { Workload } from "../model/workload.ts";

export function matchesSelector(selector: Selector, workload: Workload): boolean {
  return matchesPlace(selector, workload) && matchesTags(selector, workload);
}

/** All of the selector that is not about tags. */
export function matchesPlace(selector: Selector, workload: Workload): boolean {
  return (
    matchesGlobList(workload.account, selector.accounts ?? []) &&
    matchesGlobList(workload.region, selector.regions ?? []) &&
    matchesGlobList(workload.cluster, selector.clusters ?? []) &&
    matchesGlobList(workload.service, selector.services ?? []) &&
    (selector.launchTypes === undefined ||
      (selector.launchTypes as readonly string[]).includes(workload.launchType))
  );
}

function matchesTags(selector: Selector, { tags }: Workload): boolean {
  const equal = Object.entries(selector.tags ?? {}).every(([key, value]) => tags[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = tags[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      // As in Kubernetes, NotIn also holds where the key is absent.
      return operator === "In"
        ? value !== undefined && values.includes(value)
        : value === undefined || !values.includes(value);
    })
  );
}

// What the parts of a lease share.
import type { LeaseOptions } from "./lease.ts";
import type { LeaseRecord } from "./lease-record.ts";
import type { LeaseTimes } from "./lease-rules.ts";
import type { LeaseView } from "./lease-view.ts";

export interface LeaseCore {
  readonly options: LeaseOptions;
  readonly key: string;
  readonly view: LeaseView;
  readonly times: LeaseTimes;
  readonly session: string;
  /** A number that no write of this session had: a write whose answer was lost is known again by it. */
  readonly nextRenewal: () => number;
}

/** For the next write: no two of them are the same. */
export function newRecord({ options, session, nextRenewal }: LeaseCore, epoch: number): LeaseRecord {
  const { holder, duration, facts } = options;
  return { holder, session, epoch, renewal: nextRenewal(), duration, facts: facts?.() ?? {} };
}

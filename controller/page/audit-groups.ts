// What an audit found, put so that each text stands once on its page: by code, by what mends it, by wording. Of a service
// only references are left, and the names that its own wording has.
import type { AuditedService, AuditFinding, AuditReport, Pillar } from "../model/audit.ts";

/** One wording. Where services differ only in a name, it stands between `before` and `after`. */
export interface Wording {
  /** From 0, over all codes. */
  readonly id: number;
  readonly before: string;
  /** Left out: nothing is filled in. */
  readonly after?: string;
  services: number;
}

/** What mends a finding in one way. */
export interface Mending {
  readonly policy: string | undefined;
  readonly byHand: string | undefined;
  readonly wordings: Map<string, Wording>;
}

export interface CodeGroup {
  readonly code: string;
  readonly pillar: Pillar;
  /** Points of one service. */
  readonly weight: number;
  readonly why: string;
  readonly services: AuditedService[];
  readonly mendings: Map<string, Mending>;
}

export interface Reference {
  readonly code: string;
  readonly wording: Wording;
  /** What is filled in; empty where nothing is. */
  readonly name: string;
}

export interface Grouped {
  /** What costs most over all services first. */
  readonly codes: readonly CodeGroup[];
  readonly references: ReadonlyMap<AuditedService, readonly Reference[]>;
}

export function groupFindings(reports: readonly AuditReport[]): Grouped {
  const codes = new Map<string, CodeGroup>();
  const references = new Map<AuditedService, Reference[]>();
  let count = 0;
  const refer = (service: AuditedService, finding: AuditFinding): Reference => {
    const { code, policy, byHand } = finding;
    const group = getOrAdd(codes, code, () => newGroup(finding));
    if (group.services.at(-1) !== service) group.services.push(service);
    const mending = getOrAdd(group.mendings, JSON.stringify([policy, byHand]), () => ({
      policy,
      byHand,
      wordings: new Map(),
    }));
    const { before, name, after } = splitMessage(finding);
    const wording = getOrAdd(mending.wordings, JSON.stringify([before, after]), () => ({
      id: count++,
      before,
      ...(after === undefined ? {} : { after }),
      services: 0,
    }));
    wording.services += 1;
    return { code, wording, name };
  };
  for (const { services } of reports)
    for (const service of services)
      references.set(
        service,
        service.findings.map((finding) => refer(service, finding)),
      );
  const costs = ({ weight, services }: CodeGroup): number => weight * services.length;
  return { codes: [...codes.values()].sort((a, b) => costs(b) - costs(a)), references };
}

function newGroup({ code, pillar, weight, why }: AuditFinding): CodeGroup {
  return { code, pillar, weight, why, services: [], mendings: new Map() };
}

/** A message names its subjects one after the other, from the first on: `a`, `a and b`, `a, b and 3 more`. */
function splitMessage({ message, subjects }: AuditFinding): {
  readonly before: string;
  readonly name: string;
  readonly after?: string;
} {
  const [first, second] = subjects;
  const names =
    first === undefined
      ? []
      : [
          subjects.join(", "),
          ...(second === undefined ? [] : [`${subjects.slice(0, -1).join(", ")} and ${subjects.at(-1)}`]),
          `${first}, ${second} and ${subjects.length - 2} more`,
          first,
        ];
  for (const name of names) {
    const at = name === "" ? -1 : message.indexOf(name);
    if (at >= 0) return { before: message.slice(0, at), name, after: message.slice(at + name.length) };
  }
  return { before: message, name: "" };
}

function getOrAdd<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

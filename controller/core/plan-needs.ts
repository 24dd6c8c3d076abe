// Changes that need what will not be there are held. Pure.
import type { KindName } from "../model/plan.ts";
import { block, doubt, type MutableParts, nameKey, type PlanInput } from "./plan-parts.ts";
import type { Reason } from "./select.ts";

/** A change that refers to what does not stand, and will not, is not made; nor is what refers to that one in turn. */
export function holdWhatLacksItsNeeds(input: PlanInput, parts: MutableParts): void {
  const held = new Map<string, Lack>();
  const heldNames = new Set<string>();
  for (let before = -1; before !== held.size; ) {
    before = held.size;
    const made = new Set(
      parts.changes
        .filter(({ action, enforcement }) => action === "create" && enforcement === "Enforce")
        .map(({ kind, id }) => `${kind}/${id}`),
    );
    parts.changes = parts.changes.filter((change) => {
      // What is only shown needs nothing to stand.
      if (change.enforcement === "Audit") return true;
      const lack = change.needs
        .map((need) => findLack(need, made, held, input))
        .find((one) => one !== undefined);
      if (lack === undefined) return true;
      held.set(`${change.kind}/${change.id}`, lack);
      heldNames.add(`${change.kind}/${nameKey(change)}`);
      if (lack.is === "unknown") doubt(parts, change, lack.reason);
      else block(parts, change, lack.reason);
      return false;
    });
  }
  // An item on its way to another place (a filter to another log group) does not leave the old one before it has come.
  const staying = new Set(
    parts.changes
      .filter(({ enforcement, release }) => enforcement === "Audit" && !release)
      .map((change) => `${change.kind}/${nameKey(change)}`),
  );
  parts.changes = parts.changes.filter((change) => {
    const key = `${change.kind}/${nameKey(change)}`;
    return !(change.release && (heldNames.has(key) || staying.has(key)));
  });
}

interface Lack {
  readonly is: "blocked" | "unknown";
  readonly reason: Reason;
}

/** Why what is needed, as `kind/id`, will not be there. `held`: what was to be made, and is not. */
function findLack(
  need: string,
  made: ReadonlySet<string>,
  held: ReadonlyMap<string, Lack>,
  { observations, isLeft }: PlanInput,
): Lack | undefined {
  const kind = need.slice(0, need.indexOf("/")) as KindName;
  const id = need.slice(need.indexOf("/") + 1);
  const observation = observations.get(kind);
  if (observation !== undefined && !observation.known) {
    const { code, message } = observation.failure;
    const reason = { code, message: `whether ${kind} ${id} is there is unknown: ${message}` };
    return { is: "unknown", reason };
  }
  if (made.has(need) || observation?.value.items.has(id) || isLeft?.(`${kind}/${id}`)) return undefined;
  const was = held.get(need);
  const why = was === undefined ? "no policy that is enforced creates it" : "it cannot be made now";
  const message = `${kind} ${id} does not exist, and ${why}`;
  return {
    is: was?.is ?? "blocked",
    reason: { code: was?.reason.code ?? "MissingReference", message },
  };
}

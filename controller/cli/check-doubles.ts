// Two targets of one configuration must not be one account and Region.
import { EcsmonError } from "../model/errors.ts";
import type { OpenTarget } from "../runtime/open-target.ts";

/**
 * Two targets that are one would be written twice, by the same policies. One that cannot be reached is nobody's double:
 * why it cannot be is told when its turn comes.
 * @throws EcsmonError `DuplicateTarget`
 */
export async function checkDoubles(opened: readonly OpenTarget[]): Promise<void> {
  const seen = new Map<string, number>();
  for (const [index, target] of opened.entries()) {
    const caller = await target
      .enter()
      .then(() => target.caller())
      .catch(() => undefined);
    if (caller === undefined) continue;
    const place = `account ${caller.account} in ${caller.region}`;
    const first = seen.get(place);
    if (first !== undefined)
      throw new EcsmonError(
        "DuplicateTarget",
        `targets[${first}] and targets[${index}] are both ${place}; leave one of them out`,
      );
    seen.set(place, index);
  }
}

// `ecsmon iam`: what the operator's role must be allowed, from the same lists that a test holds the kinds to.
import { leastPolicy } from "../runtime/permissions.ts";
import type { Io } from "./io.ts";
import { readPolicies } from "./read-policies.ts";

export async function runIam(
  { policies: sources, owner }: { readonly policies?: readonly string[]; readonly owner: string },
  io: Io,
): Promise<number> {
  const checked = sources === undefined ? undefined : await readPolicies(sources, "text", io);
  if (sources !== undefined && checked === undefined) return 1;
  io.stdout(`${JSON.stringify(leastPolicy(checked?.policies, owner), null, 2)}\n`);
  return 0;
}

// What the contract has and no kind manages yet: refused, since a policy that is accepted must do what it says.
import type { Check, Found } from "./check.ts";

const checkUnbuilt: Check = ({ spec }) => {
  const refuse = (what: string, ...path: (string | number)[]): Found => ({
    code: "NotSupportedYet",
    message: `${what} is not supported yet`,
    path: ["spec", ...path],
  });
  return [...(spec.deletionPolicy === "Retain" ? [refuse("deletionPolicy: Retain", "deletionPolicy")] : [])];
};

export const unbuiltChecks: readonly Check[] = [checkUnbuilt];

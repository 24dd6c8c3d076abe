// What the contract has and no kind manages yet: refused, since a policy that is accepted must do what it says.
import { type Check, type Found, isGiven } from "./check.ts";

const sections = ["targetGroup", "deployment", "queries", "events", "dashboard", "mackerel"] as const;
const alarmFields = ["preset", "anomaly", "composite", "warmUp"] as const;

const checkUnbuilt: Check = ({ spec }) => {
  const refuse = (what: string, ...path: (string | number)[]): Found => ({
    code: "NotSupportedYet",
    message: `${what} is not supported yet`,
    path: ["spec", ...path],
  });
  return [
    ...sections.flatMap((name) => (isGiven(spec[name]) ? [refuse(name, name)] : [])),
    ...(spec.alarms ?? []).flatMap((alarm, i) =>
      alarmFields.flatMap((field) => (isGiven(alarm[field]) ? [refuse(field, "alarms", i, field)] : [])),
    ),
    ...(spec.sidecars ?? []).flatMap((sidecar, i) =>
      "preset" in sidecar && !sidecar.preset.startsWith("mackerel-container-agent")
        ? [refuse(`preset: ${sidecar.preset}`, "sidecars", i, "preset")]
        : [],
    ),
    ...(spec.logging?.driver === "awsfirelens" ? [refuse("driver: awsfirelens", "logging", "driver")] : []),
    ...(isGiven(spec.logging?.secretOptions) ? [refuse("secretOptions", "logging", "secretOptions")] : []),
    ...(spec.deletionPolicy === "Retain" ? [refuse("deletionPolicy: Retain", "deletionPolicy")] : []),
  ];
};

export const unbuiltChecks: readonly Check[] = [checkUnbuilt];

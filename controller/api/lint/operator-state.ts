// What the controller keeps and how often it looks: nothing of it may stand where policies are read from.
import type { FieldPath, Finding } from "../issues.ts";
import type { ConfigSource, ConfigSpec } from "../schema/operator-config.ts";

export function checkState(spec: ConfigSpec): Finding[] {
  return [
    ...checkTimes(spec),
    ...checkPlace(spec, spec.lease?.s3, ["spec", "lease", "s3"]),
    ...(spec.status === undefined
      ? []
      : "path" in spec.status
        ? checkFolder(spec, spec.status.path)
        : checkPlace(spec, spec.status.s3, ["spec", "status", "s3"])),
    ...checkSecretEnv(spec.http?.webhook?.secretEnv),
  ];
}

function invalid(path: FieldPath, message: string): Finding {
  return { code: "InvalidValue", message, path };
}

const day = 24 * 60 * 60;

/** Bounds in seconds, and what goes wrong outside of them. */
function checkTimes({ lease, pollInterval, resync }: ConfigSpec): Finding[] {
  const findings: Finding[] = [];
  const duration = lease?.duration;
  if (duration !== undefined && duration < 2)
    findings.push(
      invalid(
        ["spec", "lease", "duration"],
        `duration ${duration}s is over before it can be renewed safely; give at least 2s`,
      ),
    );
  if (duration !== undefined && duration > 600)
    findings.push(
      invalid(
        ["spec", "lease", "duration"],
        `duration ${duration}s is how long nobody acts after a replica has died; give at most 10m`,
      ),
    );
  for (const [name, seconds] of Object.entries({ pollInterval, resync }))
    if (seconds !== undefined && seconds > day)
      findings.push(invalid(["spec", name], `${name} ${seconds}s is more than a day; give at most 1d`));
  return findings;
}

type Place = { readonly bucket: string; readonly prefix?: string | undefined };

/** Every write of the controller would look like a new revision, and whoever may write policies could forge its state. */
const why = "its writes would look like new policies, and whoever writes policies could change it";

function checkPlace({ sources }: ConfigSpec, place: Place | undefined, at: FieldPath): Finding[] {
  if (place === undefined) return [];
  const index = sources.findIndex(
    (source) =>
      "s3" in source && source.s3.bucket === place.bucket && isUnder(place.prefix, source.s3.prefix),
  );
  if (index === -1) return [];
  const prefix = JSON.stringify(place.prefix ?? "");
  return [
    invalid(
      place.prefix === undefined ? at : [...at, "prefix"],
      `prefix ${prefix} lies in sources[${index}]: ${why}; give another prefix or bucket`,
    ),
  ];
}

function isUnder(inner: string | undefined, outer: string | undefined): boolean {
  return toFolder(inner ?? "").startsWith(toFolder(outer ?? ""));
}

/** A prefix without `/` at its end names a folder, as it does for sources. */
function toFolder(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") || /\.ya?ml$/.test(prefix) ? prefix : `${prefix}/`;
}

function checkFolder({ sources }: ConfigSpec, path: string): Finding[] {
  const steps = readSteps(path);
  const index = sources.findIndex((source: ConfigSource) => {
    if (!("path" in source)) return false;
    const outer = readSteps(source.path);
    return outer.root === steps.root && outer.names.every((name, at) => name === steps.names[at]);
  });
  return index === -1
    ? []
    : [
        invalid(
          ["spec", "status", "path"],
          `path ${JSON.stringify(path)} lies in sources[${index}]: ${why}; give a folder outside of it`,
        ),
      ];
}

/** A path without its detours. Two that begin at different places (`/`, here, above) are not compared. */
function readSteps(path: string): { readonly root: string; readonly names: readonly string[] } {
  const names: string[] = [];
  let root = path.startsWith("/") ? "/" : ".";
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.pop() === undefined && root !== "/") root += "/..";
  }
  return { root, names };
}

function checkSecretEnv(secretEnv: string | undefined): Finding[] {
  if (secretEnv === undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(secretEnv)) return [];
  // Not quoted: it may be the secret itself.
  return [
    invalid(
      ["spec", "http", "webhook", "secretEnv"],
      "secretEnv is the name of an environment variable, such as WEBHOOK_SECRET, and not the secret itself",
    ),
  ];
}

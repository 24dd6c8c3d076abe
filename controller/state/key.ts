// Keys of the object store: the same for a bucket and for a folder, and never a way out of either.
import { EcsmonError } from "../model/errors.ts";

export function isKey(key: string): boolean {
  return (
    Buffer.byteLength(key) <= 900 &&
    key.split("/").every((part) => /^[A-Za-z0-9_@=+,:-][A-Za-z0-9_@=+,:.-]*$/.test(part))
  );
}

/** @throws EcsmonError `InvalidKey`. Keys are ecsmon's own; what they hold of the outside must not lead elsewhere. */
export function checkKey(key: string): string {
  if (isKey(key)) return key;
  throw new EcsmonError(
    "InvalidKey",
    `${JSON.stringify(key)} is no key of the state: parts of letters, digits and any of _@=+,:.- with / between them, none beginning with a dot`,
    { fault: "operator" },
  );
}

/** What keys begin with; may end within a part. */
export function checkKeyPrefix(prefix: string): string {
  if (prefix !== "") checkKey(`${prefix}x`);
  return prefix;
}

// Where an OperatorConfig keeps leases, status and journal; a folder in it begins at the folder of its file.
import { dirname, isAbsolute, join } from "node:path";
import type { OperatorConfig } from "../api/config.ts";
import type { ObjectStore, StateStore } from "../state/object-store.ts";
import { openStore } from "../state/open-store.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** `undefined`: it keeps none. */
export function openStatusStore({ spec, file }: OperatorConfig, env: Env): StateStore | undefined {
  const { status } = spec;
  if (status === undefined) return undefined;
  if (!("path" in status)) return openStore(status, env);
  return openStore({ path: isAbsolute(status.path) ? status.path : join(dirname(file), status.path) }, env);
}

/** `undefined`: there are no leases; only one may write, and nobody checks it. */
export function openLeases(
  { spec }: OperatorConfig,
  env: Env,
  wrap: (store: ObjectStore) => ObjectStore = (store) => store,
): LeasePlace | undefined {
  const { lease } = spec;
  if (lease === undefined) return undefined;
  return { store: wrap(openStore({ s3: lease.s3 }, env)), duration: lease.duration ?? 15 };
}

export interface LeasePlace {
  readonly store: ObjectStore;
  /** Seconds. */
  readonly duration: number;
}

/** `target`: as targetId gives it. */
export function leaseKey(target: string): string {
  return `${target}.json`;
}

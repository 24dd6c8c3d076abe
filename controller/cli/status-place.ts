// Where `get`, `pause` and `resume` find what controllers keep: as an OperatorConfig says, or named itself.
import { EcsmonError } from "../model/errors.ts";
import { openStatusStore } from "../runtime/state-places.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { openStore } from "../state/open-store.ts";
import type { Io } from "./io.ts";
import { readConfig } from "./read-config.ts";

/** One of them is given. */
export interface PlaceFlags {
  readonly config?: string;
  /** `s3://BUCKET/PREFIX` or a folder. */
  readonly status?: string;
}

/**
 * `undefined`: the configuration has an error, which has been shown.
 * @throws EcsmonError where there is no such place.
 */
export async function openStatusPlace(
  { config, status }: PlaceFlags,
  io: Io,
): Promise<ObjectStore | undefined> {
  if (status !== undefined) return openPlace(status, io.env);
  if (config === undefined) throw new EcsmonError("InvalidOption", "neither --config nor --status is given");
  const read = await readConfig(config, "text", io);
  if (read === undefined) return undefined;
  const store = openStatusStore(read, io.env);
  if (store !== undefined) return store;
  throw new EcsmonError(
    "InvalidOption",
    `${config} keeps no status; set spec.status, as the controller needs it too`,
  );
}

function openPlace(place: string, env: Io["env"]): ObjectStore {
  if (!place.startsWith("s3:")) return openStore({ path: place }, env);
  const [, bucket, prefix = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(place) ?? [];
  if (bucket !== undefined) return openStore({ s3: { bucket, prefix } }, env);
  throw new EcsmonError("InvalidOption", `--status ${place} names no bucket; write s3://BUCKET/PREFIX`);
}

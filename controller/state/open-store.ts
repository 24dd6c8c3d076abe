// Where state is kept, as an OperatorConfig names it.
import { createFolderStore } from "./folder.ts";
import type { StateStore } from "./object-store.ts";
import { createS3Store } from "./s3/store.ts";

export type StorePlace =
  | { readonly s3: { readonly bucket: string; readonly prefix?: string | undefined } }
  /** Of a folder. A relative one begins where the process runs. */
  | { readonly path: string };

/** Nothing is read or made yet: what is wrong with the place is told by the first call. */
export function openStore(place: StorePlace, env: Readonly<Record<string, string | undefined>>): StateStore {
  return "path" in place ? createFolderStore(place.path) : createS3Store(place.s3, env);
}

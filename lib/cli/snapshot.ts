/**
 * The objects of a directory of manifests, read once.
 *
 * @module
 */

import type { Snapshot } from "../objects/mod.ts";
import { silentLog } from "../ports/mod.ts";
import { openDirectoryStore } from "../store/mod.ts";
import { systemClock } from "../system/mod.ts";

/** Reads the manifests, and the statuses that a manager has written beside them. Writes nothing. */
export async function readSnapshot(directory: string, statusDirectory?: string): Promise<Snapshot> {
  const store = await openDirectoryStore({
    directory,
    ...(statusDirectory === undefined ? {} : { statusDirectory }),
    clock: systemClock,
    log: silentLog,
  });
  await store.close();
  return store.snapshot();
}

/**
 * The objects of a directory of manifests, read once.
 *
 * @module
 */

import type { Snapshot } from "../objects/mod.ts";
import { silentLog } from "../ports/mod.ts";
import { openDirectoryStore } from "../store/mod.ts";
import { systemClock } from "../system/mod.ts";
import { Progress } from "./progress.ts";

/**
 * Reads the manifests, and the statuses that a manager has written beside them. Writes nothing, but says how
 * far it is.
 */
export async function readSnapshot(
  directory: string,
  statusDirectory?: string,
  progress: Progress = new Progress(),
): Promise<Snapshot> {
  const store = await openDirectoryStore({
    directory,
    ...(statusDirectory === undefined ? {} : { statusDirectory }),
    clock: systemClock,
    log: silentLog,
    onRead: ({ files, of, documents }) =>
      progress.at(`reading ${directory}: ${documents} documents, ${files} of ${of} files`),
  }).finally(() => progress.done());
  await store.close();
  return store.snapshot();
}

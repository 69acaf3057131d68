/**
 * Being told of changes in folders (inotify(7) on Linux). It only wakes: a change that it misses, or
 * all of them where there is no inotify left, is found by the store's slow look at everything.
 *
 * @module
 */

import type { Log } from "../../ports/mod.ts";
import { reasonOf } from "./files.ts";

/** A watch that can be ended. */
export interface Watch {
  /** It no longer tells of anything, by itself or because it was closed. */
  readonly over: boolean;
  close(): void;
}

/** Watches folders and all that is below them. `changed` gets the word of Deno.FsEvent and a path. */
export function watchFolders(options: {
  readonly folders: readonly string[];
  readonly log: Log;
  readonly changed: (event: string, path: string) => void;
  /** Events were lost. */
  readonly lost: () => void;
}): Watch {
  let over = false;
  let watcher: Deno.FsWatcher;
  const fail = (thrown: unknown): void => {
    if (over) return;
    over = true;
    options.log.warn("watch.failed", { folders: options.folders, reason: reasonOf(thrown) });
  };
  try {
    watcher = Deno.watchFs([...options.folders], { recursive: true });
  } catch (thrown) {
    fail(thrown);
    return { over: true, close: () => {} };
  }
  const listen = async (): Promise<void> => {
    for await (const event of watcher) {
      if (event.flag === "rescan") options.lost();
      // A rename is told three times; the one with both paths says nothing new.
      if (event.kind === "rename" && event.paths.length > 1) continue;
      for (const path of event.paths) options.changed(event.kind, path);
    }
  };
  listen().then(() => over = true, (thrown) => {
    fail(thrown);
    options.lost();
  });
  return {
    get over(): boolean {
      return over;
    },
    close(): void {
      if (over) return;
      over = true;
      watcher.close();
    },
  };
}

/**
 * A directory of manifests as a store. Users write manifests, as for `kubectl apply`; porter writes
 * statuses beside them, never into them, and everybody who opened the directory, in whatever process,
 * sees both within milliseconds.
 *
 * - One process writes: the manager. Agents only read, and need no permission to write.
 * - The last good version of an object stays while its file is broken. The status of an object that
 *   is gone stays for `pruneAfterMs`: until then nobody else gets its addresses, and it has them again
 *   when it comes back.
 * - An object without metadata.creationTimestamp has age 0: all of them are equally old, and are
 *   served in the order of their names. What they hold already they keep, so a new one moves nothing.
 *
 * @module
 */

import { resolve } from "node:path";
import type { ObjectFault, Snapshot } from "../../objects/mod.ts";
import type { Cancel, Clock, Log, ObjectEvent, StatusPatch, Store } from "../../ports/mod.ts";
import { refKey } from "../../refusal/mod.ts";
import { Subscribers } from "../subscribers.ts";
import { EventLog } from "./event_log.ts";
import { reasonOf, StoreError } from "./files.ts";
import { ManifestFiles, type ReadSoFar } from "./manifest_files.ts";
import { DirectoryObjects } from "./objects.ts";
import { SettlingPaths } from "./settle.ts";
import { StatusFiles, statusPath } from "./status_files.ts";
import { StatusReader } from "./status_reader.ts";
import { StatusWriter } from "./status_writer.ts";
import { type Watch, watchFolders } from "./watch.ts";

/** How to open a directory. */
export interface DirectoryStoreOptions {
  /** The directory of manifests, also as faults name it. */
  readonly directory: string;
  /** Where statuses are written; `.status` in the directory where nothing is said. */
  readonly statusDirectory?: string;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Removes the status of an object that is in no file for so many milliseconds. Only for the
   * process that writes (the manager); left out, nothing is removed.
   */
  readonly pruneAfterMs?: number;
  /** Told again and again, while files are read, how far that is. */
  readonly onRead?: (read: ReadSoFar) => void;
  /** How often everything is looked at, in case the watch missed something; 10,000 by default. */
  readonly rescanMs?: number;
}

/** A Store over a directory. */
export interface DirectoryStore extends Store {
  /** Where statuses and events are written. */
  readonly statusDirectory: string;
}

/**
 * Opens a directory of manifests and reads all of it. Throws StoreError when there is no such
 * directory or it cannot be read; files in it that cannot be read are faults of the snapshot.
 */
export async function openDirectoryStore(options: DirectoryStoreOptions): Promise<DirectoryStore> {
  const root = await resolveRoot(options.directory);
  const store = new OpenDirectory(options, root);
  await store.start();
  return store;
}

async function resolveRoot(directory: string): Promise<string> {
  try {
    // Links on the way stay links: where they point to may change.
    const root = resolve(directory);
    for await (const _ of Deno.readDir(root)) break;
    return root;
  } catch (thrown) {
    const reason = thrown instanceof Deno.errors.NotFound ? "no such directory" : reasonOf(thrown);
    throw new StoreError(`Cannot read directory "${directory}": ${reason}`, { cause: thrown });
  }
}

class OpenDirectory implements DirectoryStore {
  readonly statusDirectory: string;
  readonly #options: DirectoryStoreOptions;
  readonly #root: string;
  readonly #objects = new DirectoryObjects();
  readonly #manifests: ManifestFiles;
  readonly #statuses: StatusFiles;
  readonly #statusReader: StatusReader;
  readonly #statusWriter: StatusWriter;
  readonly #events: EventLog;
  readonly #subscribers = new Subscribers();
  readonly #settling: SettlingPaths;
  #watch: Watch | undefined;
  #watched = "";
  #watchedFolders = 0;
  #timer: Cancel | undefined;
  #pruneTimer: Cancel | undefined;
  #problems: readonly ObjectFault[] = [];
  /** One piece of work after the other: what is read is never older than what was written. */
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DirectoryStoreOptions, root: string) {
    const { clock, log, directory, onRead } = options;
    this.#options = options;
    this.#root = root;
    this.statusDirectory = resolve(options.statusDirectory ?? `${root}/.status`);
    this.#manifests = new ManifestFiles({
      ...{ root, directory, clock, onRead },
      table: this.#objects.table,
    });
    this.#statuses = new StatusFiles(this.statusDirectory);
    const statuses = { files: this.#statuses, objects: this.#objects };
    this.#statusReader = new StatusReader({ ...statuses, log });
    this.#statusWriter = new StatusWriter({ ...statuses, reader: this.#statusReader });
    this.#events = new EventLog({ directory: this.statusDirectory, clock, log });
    this.#settling = new SettlingPaths(clock, (paths) => this.#settled(paths));
  }

  /** Watches, then reads everything: what changes meanwhile is read again. */
  async start(): Promise<void> {
    await this.#serially(() => this.#lookAtAll());
    this.#scheduleLook();
  }

  snapshot(): Snapshot {
    return this.#objects.snapshot;
  }

  subscribe(changed: () => void): () => void {
    return this.#subscribers.add(changed);
  }

  patch(patches: readonly StatusPatch[]): Promise<void> {
    return this.#serially(() => this.#patch(patches));
  }

  record(event: ObjectEvent): void {
    if (!this.#closed) this.#events.record(event);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#subscribers.close();
    this.#settling.close();
    this.#timer?.();
    this.#pruneTimer?.();
    this.#watch?.close();
    await this.#work;
    await this.#events.flush();
  }

  async #patch(patches: readonly StatusPatch[]): Promise<void> {
    if (this.#closed) throw new StoreError("Cannot write statuses: the store is closed");
    try {
      await this.#statusWriter.write(patches);
    } finally {
      this.#refresh();
    }
  }

  /** Sorts an event of the watch: a status, a manifest, a volume's switch, or nothing of ours. */
  #changed(event: string, path: string): void {
    if (this.#closed) return;
    if (path === this.statusDirectory || path.startsWith(`${this.statusDirectory}/`)) {
      const below = path.slice(this.statusDirectory.length + 1);
      // Statuses are only ever moved here whole.
      if (!/(?:^|\/)\./.test(below)) this.#settling.touch(path, "rename");
      return;
    }
    if (!path.startsWith(`${this.#root}/`)) return;
    const parts = path.slice(this.#root.length + 1).split("/");
    // A volume of a ConfigMap changes by one link, `..data`, that all its files go through.
    if (parts.some((part) => part.startsWith(".."))) this.#settling.touch(this.#root, "rename");
    else if (!parts.some((part) => part.startsWith("."))) this.#settling.touch(path, event);
  }

  #settled(paths: readonly string[]): void {
    this.#serially(async () => {
      const all = paths.includes(this.#root);
      if (all) return await this.#lookAtAll();
      const statuses = paths.filter((path) => path.startsWith(this.statusDirectory));
      const manifests = paths.filter((path) => !path.startsWith(this.statusDirectory))
        .map((path) => path.slice(this.#root.length + 1));
      for (const path of statuses) {
        await this.#statusReader.look(path.slice(this.statusDirectory.length + 1));
      }
      for (const path of await this.#manifests.look(manifests)) {
        this.#settling.touch(`${this.#root}/${path}`, "create");
      }
      this.#refresh();
    });
  }

  /** Looks at every file; reads those that may have changed. */
  async #lookAtAll(): Promise<void> {
    await this.#watchAgain();
    this.#problems = await this.#manifests.lookAtAll();
    await this.#statusReader.lookAtAll();
    this.#refresh();
    await this.#prune();
  }

  #refresh(): void {
    const now = this.#options.clock.monotonic();
    if (this.#objects.refresh({ now, problems: this.#problems })) this.#subscribers.notify();
    this.#awaitPrune();
  }

  /** Looks again when the first of the objects that are gone has been gone for long enough. */
  #awaitPrune(): void {
    const { pruneAfterMs, clock } = this.#options;
    const waits = pruneAfterMs !== undefined && this.#objects.orphans.length > 0;
    if (!waits || this.#closed || this.#pruneTimer !== undefined) return;
    // One that may not go yet is looked at again, but not without pause.
    this.#pruneTimer = clock.after(Math.max(pruneAfterMs, 100) + 1, () => {
      this.#pruneTimer = undefined;
      this.#serially(() => this.#lookAtAll());
    });
  }

  /** Removes what porter said of objects that have been gone for long. */
  async #prune(): Promise<void> {
    const { pruneAfterMs, clock, log } = this.#options;
    if (pruneAfterMs === undefined || this.#problems.length > 0) return;
    for (const { ref, since } of this.#objects.orphans) {
      const key = refKey(ref);
      if (clock.monotonic() - since < pruneAfterMs || this.#objects.table.mayHave(key)) continue;
      try {
        await this.#statuses.remove(ref);
        this.#objects.setOverlay(key, ref, undefined);
        log.info("status.removed", { kind: ref.kind, namespace: ref.namespace, name: ref.name });
      } catch (thrown) {
        log.warn("status.unremovable", { path: statusPath(ref), reason: reasonOf(thrown) });
      }
    }
    this.#refresh();
  }

  /** Watches, when nothing is watched or the folder is another one by now. */
  async #watchAgain(): Promise<void> {
    if (this.#closed) return;
    const folders: string[] = [];
    let identity = "";
    for (const folder of this.#foldersToWatch()) {
      try {
        const { dev, ino, isDirectory } = await Deno.stat(folder);
        if (!isDirectory) continue;
        folders.push(folder);
        identity += `${dev}:${ino} `;
      } catch (thrown) {
        // It is looked for again; what is wrong with the root is told by the look at the files.
        if (!(thrown instanceof Error)) throw thrown;
      }
    }
    if (this.#watch?.over === false && identity === this.#watched) return;
    this.#watch?.close();
    this.#watched = identity;
    this.#watchedFolders = folders.length;
    this.#watch = folders.length === 0 ? undefined : watchFolders({
      folders,
      log: this.#options.log,
      changed: (event, path) => this.#changed(event, path),
      lost: () => this.#settling.touch(this.#root, "rename"),
    });
  }

  #foldersToWatch(): readonly string[] {
    const inside = this.statusDirectory.startsWith(`${this.#root}/`);
    return inside ? [this.#root] : [this.#root, this.statusDirectory];
  }

  #allWatched(): boolean {
    return this.#watch?.over === false && this.#watchedFolders === this.#foldersToWatch().length;
  }

  #scheduleLook(): void {
    const { rescanMs = 10_000, clock } = this.#options;
    // Without a watch, or before the first status was written, looking is all there is.
    const wait = this.#allWatched() ? rescanMs : Math.min(rescanMs, 1000);
    this.#timer = clock.after(wait, () => {
      this.#serially(() => this.#lookAtAll()).then(() => {
        if (!this.#closed) this.#scheduleLook();
      });
    });
  }

  #serially(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }
}

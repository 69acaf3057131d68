/**
 * What a directory says, put together: the users' manifests, porter's statuses laid over them, and
 * the snapshot of both. Synchronous: the reading and writing of files is elsewhere.
 *
 * @module
 */

import {
  emptySnapshot,
  nextSnapshot,
  type Noun,
  type ObjectFault,
  parseObject,
  type Reserved,
  sameValue,
  type Snapshot,
} from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { type Overlay, type RawObject, sameOverlay, withOverlay } from "../overlay.ts";
import type { ManifestEntry } from "./manifest.ts";
import { byRefKey, reservedBy } from "./status_files.ts";
import { ManifestTable } from "./table.ts";

/** Porter's side of an object that is not in any manifest, and since when (monotonic milliseconds). */
export interface Orphan {
  readonly ref: ObjectRef;
  readonly since: number;
}

/** Everything a directory says. */
export class DirectoryObjects {
  /** The users' side. */
  readonly table: ManifestTable = new ManifestTable();
  readonly #overlays = new Map<string, { readonly ref: ObjectRef; readonly overlay: Overlay }>();
  readonly #present = new Map<string, Noun>();
  readonly #orphans = new Map<string, Orphan>();
  readonly #changed = new Set<string>();
  #version = 1;
  #snapshot: Snapshot = { ...emptySnapshot, complete: false };

  /** What is known now. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** What porter says of objects that are in no manifest now. */
  get orphans(): readonly Orphan[] {
    return [...this.#orphans.values()];
  }

  /** What porter says of an object. */
  overlay(key: string): Overlay | undefined {
    return this.#overlays.get(key)?.overlay;
  }

  /** The objects that porter says something of. */
  overlaid(): readonly ObjectRef[] {
    return [...this.#overlays.values()].map(({ ref }) => ref);
  }

  /** The user's side of an object, undefined when it is gone. */
  raw(key: string): RawObject | undefined {
    return this.table.get(key)?.raw;
  }

  /** Puts what porter says of an object now; undefined says nothing. */
  setOverlay(key: string, ref: ObjectRef, overlay: Overlay | undefined): void {
    const before = this.#overlays.get(key)?.overlay;
    if (overlay === undefined) {
      if (!this.#overlays.delete(key)) return;
    } else if (before !== undefined && sameOverlay(before, overlay)) return;
    else this.#overlays.set(key, { ref, overlay });
    this.#changed.add(key);
  }

  /** Makes the snapshot of everything put since the last call; whether it differs. */
  refresh(options: { readonly now: number; readonly problems: readonly ObjectFault[] }): boolean {
    const set: Noun[] = [];
    const removed: ObjectRef[] = [];
    for (const key of new Set([...this.#changed, ...this.table.takeChanged()])) {
      const entry = this.table.get(key);
      const noun = entry === undefined ? undefined : this.#versioned(key, entry);
      const present = this.#present.get(key);
      if (noun !== undefined) {
        set.push(noun);
        this.#present.set(key, noun);
      } else if (present !== undefined) {
        removed.push(present.object.ref);
        this.#present.delete(key);
      }
      this.#noteOrphan(key, options.now);
    }
    this.#changed.clear();
    const next = nextSnapshot(this.#snapshot, {
      set,
      removed,
      faults: [...options.problems, ...this.table.faults()],
      reserved: this.#reserved(),
      complete: true,
    });
    const differs = next !== this.#snapshot;
    this.#snapshot = next;
    return differs;
  }

  /** Whether the object is at this version, with nothing put since that the snapshot does not show. */
  isAt(key: string, version: string): boolean {
    return !this.#changed.has(key) && this.#present.get(key)?.object.resourceVersion === version;
  }

  /** The object with a version of our own: files have none. It goes up when the object differs. */
  #versioned(key: string, entry: ManifestEntry): Noun | undefined {
    const noun = this.#effective(key, entry);
    if (noun === undefined) return undefined;
    const before = this.#present.get(key);
    const at = (resourceVersion: string): Noun =>
      ({ ...noun, object: { ...noun.object, resourceVersion } }) as Noun;
    const same = before === undefined ? undefined : at(before.object.resourceVersion);
    return same !== undefined && sameValue(same.object, before?.object)
      ? same
      : at(String(++this.#version));
  }

  #effective(key: string, entry: ManifestEntry): Noun | undefined {
    const said = this.#overlays.get(key);
    if (said === undefined || entry.noun === undefined) return entry.noun;
    const parsed = parseObject(withOverlay(entry.raw, said.overlay));
    // Only texts are laid over annotations and statuses are not checked, so what was good stays good.
    return parsed.ok && parsed.value.kind !== "Ignored" ? parsed.value : entry.noun;
  }

  #noteOrphan(key: string, now: number): void {
    const said = this.#overlays.get(key);
    if (said === undefined || this.#present.has(key)) this.#orphans.delete(key);
    else if (!this.#orphans.has(key)) this.#orphans.set(key, { ref: said.ref, since: now });
  }

  #reserved(): Reserved[] {
    const refs = [...this.#orphans.values()].map(({ ref }) => ref).sort(byRefKey);
    return refs.flatMap((ref) => {
      const overlay = this.overlay(refKey(ref));
      return overlay === undefined ? [] : reservedBy(ref, overlay);
    });
  }
}

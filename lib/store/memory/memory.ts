/**
 * A store that lives in memory, for tests and for whoever embeds porter. It behaves as the others do
 * (tests/contract), except that nothing is safe after the process has ended.
 *
 * @module
 */

import {
  emptySnapshot,
  nextSnapshot,
  type Noun,
  type ObjectFault,
  parseObject,
  sameValue,
  type Snapshot,
} from "../../objects/mod.ts";
import type { ObjectEvent, StatusPatch, Store } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import {
  emptyOverlay,
  mapping,
  type Overlay,
  patchedOverlay,
  type RawObject,
  withOverlay,
} from "../overlay.ts";
import { conflictOf, runsOfOneKind } from "../runs.ts";
import { Subscribers } from "../subscribers.ts";

/** A Store whose objects are given by calls. */
export interface MemoryStore extends Store {
  /** Replaces all objects; statuses of those that stay are kept. The last good version of an object that cannot be read stays in force. */
  setObjects(raws: readonly unknown[]): void;
  /** What was recorded, oldest first. */
  readonly events: readonly ObjectEvent[];
}

interface Held {
  readonly raw: RawObject;
  readonly noun: Noun;
}

/** Opens a store in memory with these objects. */
export function openMemoryStore(raws: readonly unknown[] = []): MemoryStore {
  const objects = new Map<string, Held>();
  const overlays = new Map<string, Overlay>();
  const shown = new Map<string, Noun>();
  let version = 1;
  const subscribers = new Subscribers();
  const events: ObjectEvent[] = [];
  let snapshot: Snapshot = emptySnapshot;

  const become = (next: Snapshot): void => {
    if (next === snapshot) return;
    snapshot = next;
    subscribers.notify();
  };
  /** What readers see of an object; its version goes up when that differs from before. */
  const show = (key: string, held: Held): Noun => {
    const before = shown.get(key);
    const now = effective(held, overlays.get(key));
    if (
      before !== undefined && sameValue(withVersion(now, before.object.resourceVersion), before)
    ) {
      return before;
    }
    const next = withVersion(now, String(++version));
    shown.set(key, next);
    return next;
  };
  const patchOne = (patch: StatusPatch, set: Noun[]): void => {
    const key = refKey(patch.object);
    const held = objects.get(key);
    const { ifUnchanged } = patch;
    if (ifUnchanged !== undefined && shown.get(key)?.object.resourceVersion !== ifUnchanged) {
      throw conflictOf(patch);
    }
    if (held === undefined) return;
    const now = patch.finalizers === undefined ? held : withFinalizers(held, patch.finalizers);
    objects.set(key, now);
    overlays.set(key, patchedOverlay(overlays.get(key) ?? emptyOverlay, patch, now.raw));
    set.push(show(key, now));
    if (patch.mustBeGone === true) throw conflictOf(patch);
  };
  /** Applies a run; the others of a run are applied although one conflicts. */
  const patchRun = (run: readonly StatusPatch[], set: Noun[]): void => {
    let conflict: unknown;
    for (const patch of run) {
      try {
        patchOne(patch, set);
      } catch (thrown) {
        conflict ??= thrown;
      }
    }
    if (conflict !== undefined) throw conflict;
  };
  const setObjects = (raws: readonly unknown[]): void => {
    const { read, broken, faults } = readAll(raws);
    const removed: ObjectRef[] = [];
    for (const [key, { noun }] of objects) {
      if (read.has(key) || broken.has(key)) continue;
      objects.delete(key);
      overlays.delete(key);
      shown.delete(key);
      removed.push(noun.object.ref);
    }
    const set: Noun[] = [];
    for (const [key, held] of read) {
      objects.set(key, held);
      set.push(show(key, held));
    }
    become(nextSnapshot(snapshot, { set, removed, faults }));
  };
  setObjects(raws);

  return {
    setObjects,
    events,
    snapshot: () => snapshot,
    subscribe: (changed) => subscribers.add(changed),
    patch(patches: readonly StatusPatch[]): Promise<void> {
      const set: Noun[] = [];
      try {
        for (const run of runsOfOneKind(patches)) patchRun(run, set);
        return Promise.resolve();
      } catch (thrown) {
        return Promise.reject(thrown);
      } finally {
        become(nextSnapshot(snapshot, { set }));
      }
    },
    record: (event) => void events.push(event),
    close(): Promise<void> {
      subscribers.close();
      return Promise.resolve();
    },
  };
}

/** Reads raw objects: what could be read, what could not but has a name, and what is wrong. */
function readAll(
  raws: readonly unknown[],
): { read: Map<string, Held>; broken: Set<string>; faults: ObjectFault[] } {
  const read = new Map<string, Held>();
  const broken = new Set<string>();
  const faults: ObjectFault[] = [];
  for (const raw of raws) {
    const parsed = parseObject(raw);
    const ref = !parsed.ok
      ? parsed.error.ref
      : parsed.value.kind === "Ignored"
      ? undefined
      : parsed.value.object.ref;
    if (parsed.ok && parsed.value.kind !== "Ignored") {
      read.set(refKey(parsed.value.object.ref), { raw: raw as RawObject, noun: parsed.value });
    } else if (ref !== undefined) broken.add(refKey(ref));
    const found = !parsed.ok
      ? parsed.error.faults
      : parsed.value.kind === "Ignored"
      ? []
      : parsed.value.warnings;
    for (const { severity, field, message } of found) {
      faults.push({ ...(ref === undefined ? {} : { object: ref }), severity, field, message });
    }
  }
  return { read, broken, faults };
}

/** What readers see of an object. */
function effective(held: Held, overlay: Overlay | undefined): Noun {
  if (overlay === undefined) return held.noun;
  const parsed = parseObject(withOverlay(held.raw, overlay));
  return parsed.ok && parsed.value.kind !== "Ignored" ? parsed.value : held.noun;
}

function withFinalizers({ raw, noun }: Held, finalizers: readonly string[]): Held {
  const metadata = { ...mapping(raw.metadata), finalizers };
  return {
    raw: { ...raw, metadata },
    noun: { ...noun, object: { ...noun.object, finalizers } } as Noun,
  };
}

function withVersion(noun: Noun, resourceVersion: string): Noun {
  return { ...noun, object: { ...noun.object, resourceVersion } } as Noun;
}

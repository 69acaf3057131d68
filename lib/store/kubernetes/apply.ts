/**
 * Writing to objects: merge patches, never a whole object, so that what others write survives.
 *
 * A Service's record (its annotation) goes in one request with its status: the API server takes
 * annotations through `/status`, so that one never is without the other (docs/adr/0004). Should a
 * server not do so, the record is written on its own. A Service's conditions go as a strategic merge
 * patch, by type. Custom resources take no such patches: there the whole list goes, with the version
 * that it was made from, and is made anew when somebody else was faster.
 *
 * @module
 */

import type { StatusPatch } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import type { RestClient } from "./client.ts";
import { conflictOf } from "../runs.ts";
import { ApiError } from "./errors.ts";
import {
  changedConditions,
  type ConditionChanges,
  conditionChanges,
  mergePatch,
  strategicConditions,
} from "./merge.ts";
import { type Raw, record, versionOf, withoutManagers } from "./raw.ts";
import { objectPath } from "./resources.ts";

/** Who we are among those who write to an object (metadata.managedFields). */
export const fieldManager = "porter";

/** A custom resource whose conditions somebody else changes is tried so often. */
const conflictTries = 5;

const mergeType = "application/merge-patch+json";
const strategicType = "application/strategic-merge-patch+json";

/** What is to be written to one object. */
export interface Write {
  readonly ref: ObjectRef;
  /** What the patches were computed from: the object as it was shown. */
  readonly shown: { readonly uid: string; readonly status: Raw };
  readonly known: Known | undefined;
  readonly patches: readonly StatusPatch[];
}

/** What is known of an object now: a version, and the status of that version. */
export interface Known {
  readonly version: string;
  readonly status: Raw;
}

/** A write under way. */
interface Progress extends Pick<Write, "ref"> {
  shown: Write["shown"];
  known: Known | undefined;
  readonly told: (raw: Raw) => void;
}

/** Writes to objects of one API server. */
export class Applier {
  readonly #client: RestClient;
  readonly #signal: AbortSignal;

  constructor(client: RestClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /**
   * Writes; every answer is given to `answered`. An object that is gone is left alone. Throws
   * ConflictError, and what requests throw; then a part may have been written.
   */
  async write(write: Write, answered: (raw: Raw) => void): Promise<void> {
    const object: Progress = {
      ...write,
      told: (raw) => {
        answered(raw);
        object.known = { version: versionOf(raw), status: record(raw.status) };
      },
    };
    for (const patch of write.patches) {
      const { ifUnchanged } = patch;
      // The server takes some texts for "any version", so what is known to differ is not sent.
      if (ifUnchanged !== undefined && ifUnchanged !== object.known?.version) {
        throw conflictOf(patch);
      }
      try {
        // Whatever object has that name now.
        const meant = patch.mustBeGone
          ? { ...object, shown: { ...object.shown, uid: "" } }
          : object;
        await this.#one(meant, patch);
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown;
        const gone = thrown.code === 404 || isOtherObject(thrown);
        if (ifUnchanged !== undefined && (gone || thrown.code === 409)) throw conflictOf(patch);
        if (!gone) throw thrown;
        // Gone, or there is another object of its name, of which nothing was said.
        return;
      }
      if (patch.mustBeGone) throw conflictOf(patch);
    }
  }

  async #one(
    object: Progress,
    { annotations = {}, finalizers, status = {}, ifUnchanged }: StatusPatch,
  ): Promise<void> {
    const isService = object.ref.kind === "Service";
    const said = {
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(finalizers === undefined ? {} : { finalizers }),
    };
    const named = Object.keys(said).length > 0;
    let version = ifUnchanged;
    if (named && !isService) {
      object.told(await this.#name(object, said, version));
      version = undefined;
    }
    if (Object.keys(status).length === 0 && version === undefined && !(named && isService)) return;
    const answer = await this.#state(object, status, {
      ...preconditions(object, version),
      ...(isService ? said : {}),
    });
    object.told(answer);
    object.shown = { ...object.shown, status: shownAfter(object.shown.status, status) };
    if (isService && !hasAnnotations(answer, annotations)) {
      object.told(await this.#name(object, { annotations }, undefined));
    }
  }

  /** Writes to the metadata of an object. */
  #name(object: Progress, said: Raw, version: string | undefined): Promise<Raw> {
    const metadata = { ...preconditions(object, version), ...said };
    return this.#patch(object.ref, "", mergeType, { metadata });
  }

  async #state(object: Progress, status: Raw, metadata: Raw): Promise<Raw> {
    const { ref, shown } = object;
    const { conditions, ...fields } = status;
    const now = object.known?.status ?? shown.status;
    const body = record(mergePatch(only(now, fields), fields));
    if (conditions === undefined) {
      return await this.#patch(ref, "/status", mergeType, { metadata, status: body });
    }
    const changes = conditionChanges(shown.status.conditions, conditions);
    if (ref.kind !== "Service") return await this.#customState(object, { body, changes, metadata });
    return await this.#patch(ref, "/status", strategicType, {
      metadata,
      status: { ...body, conditions: strategicConditions(changes) },
    });
  }

  async #customState(
    object: Progress,
    wanted: {
      readonly body: Raw;
      readonly changes: ConditionChanges;
      readonly metadata: Raw;
    },
  ): Promise<Raw> {
    for (let tries = 1;; tries++) {
      const now = object.known ?? await this.#look(object);
      const conditions = changedConditions(now.status.conditions, wanted.changes);
      try {
        return await this.#patch(object.ref, "/status", mergeType, {
          metadata: { resourceVersion: now.version, ...wanted.metadata },
          status: { ...wanted.body, conditions },
        });
      } catch (thrown) {
        const conflict = thrown instanceof ApiError && thrown.code === 409 &&
          !isOtherObject(thrown);
        const named = wanted.metadata.resourceVersion !== undefined;
        if (!conflict || named || tries === conflictTries) throw thrown;
        object.known = undefined;
      }
    }
  }

  async #look(object: Progress): Promise<Known> {
    const raw = record(
      await this.#client.performRequest({
        method: "GET",
        path: pathOf(object.ref),
        expectJson: true,
        abortSignal: this.#signal,
      }),
    );
    object.told(raw);
    return { version: versionOf(raw), status: record(raw.status) };
  }

  async #patch(
    ref: ObjectRef,
    subresource: string,
    contentType: string,
    bodyJson: Raw,
  ): Promise<Raw> {
    const answer = record(
      await this.#client.performRequest({
        method: "PATCH",
        path: pathOf(ref) + subresource,
        querystring: new URLSearchParams({ fieldManager }),
        bodyJson,
        contentType,
        expectJson: true,
        abortSignal: this.#signal,
      }),
    );
    return withoutManagers(answer);
  }
}

/** The patches of each object together, in the order in which they came. */
export function patchesByObject(
  patches: readonly StatusPatch[],
): Iterable<{ readonly ref: ObjectRef; readonly patches: readonly StatusPatch[] }> {
  const found = new Map<string, { readonly ref: ObjectRef; readonly patches: StatusPatch[] }>();
  for (const patch of patches) {
    const key = refKey(patch.object);
    const ofObject = found.get(key) ?? { ref: patch.object, patches: [] };
    ofObject.patches.push(patch);
    found.set(key, ofObject);
  }
  return found.values();
}

/** The status as it is shown once a patch is in: merged at the top level. */
function shownAfter(status: Raw, patch: Raw): Raw {
  return Object.fromEntries(
    Object.entries({ ...status, ...patch }).filter(([, value]) => value !== null),
  );
}

/** The fields of `status` that `fields` names: others are none of the patch's business. */
function only(status: Raw, fields: Raw): Raw {
  return Object.fromEntries(Object.entries(status).filter(([key]) => Object.hasOwn(fields, key)));
}

/** Whether an object has these annotations, and lacks those that are null. */
function hasAnnotations(raw: Raw, wanted: Raw): boolean {
  const annotations = record(record(raw.metadata).annotations);
  return Object.entries(wanted).every(([key, value]) => (annotations[key] ?? null) === value);
}

/** What the object must still be: the same object, and where that is said at the same version. */
function preconditions({ shown }: Progress, version: string | undefined): Raw {
  return {
    ...(shown.uid === "" ? {} : { uid: shown.uid }),
    ...(version === undefined ? {} : { resourceVersion: version }),
  };
}

function pathOf(ref: ObjectRef): string {
  const path = objectPath(ref);
  if (path === undefined) throw new Error(`Nothing is written to objects of kind ${ref.kind}`);
  return path;
}

/** Whether the object of this name is another one than the patch was meant for. */
function isOtherObject(thrown: ApiError): boolean {
  return (thrown.code === 409 || thrown.code === 422) && /\buid\b/i.test(thrown.message);
}

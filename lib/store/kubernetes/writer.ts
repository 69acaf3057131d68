/**
 * A store's writing: one call at a time, many objects of a call at once, each of them shown only when
 * all that was said of it is written.
 *
 * @module
 */

import { type Clock, ConflictError, type StatusPatch } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { runsOfOneKind } from "../runs.ts";
import { Applier, patchesByObject, type Write } from "./apply.ts";
import type { RestClient } from "./client.ts";
import { ApiError, reasonOf } from "./errors.ts";
import type { KubernetesObjects } from "./objects.ts";
import { isObjectsOwn, type RefusedWrites } from "./refused_writes.ts";

/** So many objects are written at the same time. */
const parallel = 50;

/** A long call shows what is written after so many milliseconds each. */
const showEvery = 1000;

/** What a writer needs. */
export interface WriterOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly objects: KubernetesObjects;
  readonly refused: RefusedWrites;
  readonly signal: AbortSignal;
  /** Makes the snapshot show what was released. */
  readonly show: () => void;
}

/** What one call writes to one object. */
interface Task {
  readonly ref: ObjectRef;
  readonly shown: Write["shown"];
  readonly patches: readonly StatusPatch[];
}

/** Writes patches to the API server and into the cache. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #applier: Applier;
  #work: Promise<void> = Promise.resolve();

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#applier = new Applier(options.client, options.signal);
  }

  /** Writes; see `Store.patch`. What the patches mean is judged by the snapshot of this moment. */
  write(patches: readonly StatusPatch[]): Promise<void> {
    const runs = runsOfOneKind(patches).map((run) => this.#tasks(run));
    const done = this.#work.then(() => this.#writeRuns(runs));
    this.#work = done.catch(() => {});
    return done;
  }

  #tasks(patches: readonly StatusPatch[]): readonly Task[] {
    const { objects, refused } = this.#options;
    const tasks: Task[] = [];
    for (const found of patchesByObject(patches)) {
      const object = objects.shown(found.ref);
      // What is not known here may be there all the same, and is asked for.
      const asks = found.patches.some((each) => each.mustBeGone || each.ifUnchanged !== undefined);
      if (refused.has(found.ref) || object === undefined && !asks) continue;
      const { uid, status } = object ?? { uid: "", status: {} };
      tasks.push({ ...found, shown: { uid, status } });
    }
    return tasks;
  }

  async #writeRuns(runs: readonly (readonly Task[])[]): Promise<void> {
    const { objects, clock, show } = this.#options;
    let written: ObjectRef[] = [];
    let shownAt = clock.monotonic();
    const release = (): void => {
      if (written.length === 0) return;
      for (const ref of written) objects.release(ref);
      written = [];
      shownAt = clock.monotonic();
      show();
    };
    const done = (ref: ObjectRef): void => {
      written.push(ref);
      if (clock.monotonic() - shownAt >= showEvery) release();
    };
    try {
      for (const run of runs) {
        await this.#writeRun(run, done);
        // A Service is announced when it is shown: what else there is to write is in no such hurry.
        if (run[0]?.ref.kind === "Service") release();
      }
    } finally {
      release();
    }
  }

  /** Writes to all objects of a run, also when one fails; then throws the first failure. */
  async #writeRun(tasks: readonly Task[], done: (ref: ObjectRef) => void): Promise<void> {
    const waiting = [...tasks].reverse();
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
        try {
          await this.#writeOne(task);
        } catch (thrown) {
          failures.push(thrown);
          // Nobody answers: nobody will answer the rest either.
          const answered = thrown instanceof ApiError || thrown instanceof ConflictError;
          if (!answered) waiting.length = 0;
        }
        done(task.ref);
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, work));
    const broken = failures.filter((each) => !(each instanceof ConflictError));
    for (const failure of broken.length > 0 ? broken : failures) throw failure;
  }

  async #writeOne(task: Task): Promise<void> {
    const { objects, refused } = this.#options;
    const { ref } = task;
    objects.holdBack(ref);
    const known = objects.newest(ref);
    try {
      await this.#applier.write({ ...task, known }, (raw) => objects.answered(ref, raw));
      refused.delete(ref);
    } catch (thrown) {
      if (ref.kind === "Service" && isObjectsOwn(thrown)) {
        refused.add(ref);
        const message = `cannot be written: ${reasonOf(thrown)}`;
        objects.setProblem(problemKey(ref), { severity: "error", object: ref, field: "", message });
      }
      throw thrown;
    }
  }
}

/** Under which name the cache keeps that an object cannot be written. */
export function problemKey(ref: ObjectRef): string {
  return `write ${refKey(ref)}`;
}

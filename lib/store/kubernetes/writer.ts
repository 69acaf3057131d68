/**
 * A store's writing: one call at a time, many objects of a call at once, each of them shown only when
 * all that was said of it is written.
 *
 * @module
 */

import { claimsSize, type ObjectFault } from "../../objects/mod.ts";
import { type Clock, ConflictError, type StatusPatch } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { runsOfOneKind } from "../runs.ts";
import { Applier, patchesByObject, type Write } from "./apply.ts";
import type { RestClient } from "./client.ts";
import { ApiError, reasonOf } from "./errors.ts";
import type { KubernetesObjects } from "./objects.ts";
import { isObjectsOwn, isTooLarge, type RefusedWrites } from "./refused_writes.ts";

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
  /** The keys of the objects that must be written before. */
  readonly after: readonly string[];
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
    const { objects } = this.#options;
    const tasks: Task[] = [];
    for (const found of patchesByObject(patches)) {
      const object = objects.shown(found.ref);
      // What is not known here may be there all the same, and is asked for.
      const asks = found.patches.some((each) => each.mustBeGone || each.ifUnchanged !== undefined);
      if (object === undefined && !asks) continue;
      const { uid, status } = object ?? { uid: "", status: {} };
      const after = found.patches.flatMap((each) => each.after?.map(refKey) ?? []);
      tasks.push({ ...found, shown: { uid, status }, after });
    }
    return tasks;
  }

  async #writeRuns(runs: readonly (readonly Task[])[]): Promise<void> {
    const { objects, clock, show } = this.#options;
    let written: ObjectRef[] = [];
    let shownAt = clock.monotonic();
    /** Objects of this call that are left out. */
    const omitted = new Set<string>();
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
        await this.#writeRun(run.filter((task) => this.#mayWrite(task, omitted)), {
          done,
          refused: (ref) => omitted.add(refKey(ref)),
        });
        // A Service is announced when it is shown: what else there is to write is in no such hurry.
        if (run[0]?.ref.kind === "Service") release();
      }
    } finally {
      release();
    }
  }

  /** Whether an object is to be written now; one that is not keeps back what must come after it. */
  #mayWrite({ ref, after }: Task, omitted: Set<string>): boolean {
    if (!this.#options.refused.has(ref) && !after.some((key) => omitted.has(key))) return true;
    omitted.add(refKey(ref));
    return false;
  }

  /** Writes to all objects of a run, also when one fails; then throws the first failure. */
  async #writeRun(
    tasks: readonly Task[],
    { done, refused }: {
      readonly done: (ref: ObjectRef) => void;
      readonly refused: (ref: ObjectRef) => void;
    },
  ): Promise<void> {
    const waiting = [...tasks].reverse();
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
        try {
          if (!await this.#writeOne(task)) refused(task.ref);
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

  /** Writes; false when the API server does not let us, for a reason that is the object's own. */
  async #writeOne(task: Task): Promise<boolean> {
    const { objects, refused } = this.#options;
    const { ref } = task;
    objects.holdBack(ref);
    const known = objects.newest(ref);
    try {
      await this.#applier.write({ ...task, known }, (raw) => objects.answered(ref, raw));
      refused.delete(ref);
      return true;
    } catch (thrown) {
      if (!isObjectsOwn(thrown)) throw thrown;
      const most = isTooLarge(thrown) ? fewerClaims(task) : undefined;
      if (most !== undefined) {
        // Those who read the snapshot claim less now: that is no write to wait with.
        objects.setProblem(claimsKey(ref), tooLarge(ref, most));
        return false;
      }
      refused.add(ref);
      const message = `cannot be written: ${reasonOf(thrown)}`;
      const fault = {
        severity: "error",
        object: ref,
        field: "",
        message,
        unwritable: true,
      } as const;
      objects.setProblem(problemKey(ref), fault);
      return false;
    }
  }
}

/** Of the claims that were too many so much is tried next. */
const fewer = 0.75;

/** Bytes of claims that an Eip is to have at the most, since a patch that adds some made it too large. */
function fewerClaims({ ref, patches, shown }: Task): number | undefined {
  const used = patches.findLast(({ status }) => status?.used !== undefined)?.status?.used;
  const size = claimsSize(used);
  if (ref.kind !== "Eip" || size <= claimsSize(shown.status.used)) return undefined;
  return Math.floor(size * fewer);
}

function tooLarge(object: ObjectRef, claimsAtMost: number): ObjectFault {
  const message =
    `the API server does not take so many claims in one Eip: at most ${claimsAtMost} ` +
    "bytes of them from now on";
  return { severity: "warning", object, field: "status.used", message, claimsAtMost };
}

/** Under which name the cache keeps how many claims an Eip takes. */
function claimsKey(ref: ObjectRef): string {
  return `claims ${refKey(ref)}`;
}

/** Under which name the cache keeps that an object cannot be written. */
export function problemKey(ref: ObjectRef): string {
  return `write ${refKey(ref)}`;
}

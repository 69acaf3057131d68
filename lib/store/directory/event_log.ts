/**
 * What happened to objects, as JSON lines in `events.log` of the status directory, for people. It is
 * bounded on the disk (one file, and the one before it) and in memory, and never in anybody's way.
 *
 * @module
 */

import type { Clock, Log, ObjectEvent } from "../../ports/mod.ts";
import { joinPath, reasonOf } from "./files.ts";

/** The file is put aside when it is larger than this. */
const maxBytes = 1024 * 1024;

/** So many lines wait for the disk at most; more are dropped, and counted in the log. */
const maxWaiting = 10_000;

/** A writer of events. */
export class EventLog {
  readonly #options: { readonly directory: string; readonly clock: Clock; readonly log: Log };
  #waiting: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;

  constructor(options: { readonly directory: string; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** Keeps an event; never throws, never waits. */
  record(event: ObjectEvent): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#dropped++;
      return;
    }
    const time = new Date(this.#options.clock.now()).toISOString();
    const { kind, namespace, name } = event.object;
    const { type, reason, message } = event;
    this.#waiting.push(
      JSON.stringify({ time, type, reason, kind, namespace, name, message }) + "\n",
    );
    this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  /** Resolves when everything recorded is written, or could not be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    const { directory, log } = this.#options;
    // One turn later, so that events of one change are one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await Deno.mkdir(directory, { recursive: true });
        await rotate(directory);
        await Deno.writeTextFile(joinPath(directory, "events.log"), lines.join(""), {
          append: true,
        });
        if (this.#dropped > 0) log.warn("events.dropped", { count: this.#dropped });
        this.#dropped = 0;
      } catch (thrown) {
        log.warn("events.unwritten", { count: lines.length, reason: reasonOf(thrown) });
      }
    }
  }
}

async function rotate(directory: string): Promise<void> {
  const file = joinPath(directory, "events.log");
  try {
    if ((await Deno.stat(file)).size < maxBytes) return;
    await Deno.rename(file, joinPath(directory, "events.log.1"));
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

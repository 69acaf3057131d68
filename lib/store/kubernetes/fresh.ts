/**
 * Values that must be looked at again from time to time, such as token files, which rotate.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { ClusterConfigError, reasonOf } from "./errors.ts";

/** Token files are looked at so often; the kubelet rotates them hours before they expire. */
export const freshMs = 10_000;

/** A value with the time until which it is good; one read at a time. */
export class Fresh<T> {
  readonly #clock: Clock;
  readonly #read: () => Promise<{ readonly value: T; readonly goodForMs: number }>;
  #known: { readonly value: T; readonly until: number } | undefined;
  #reading: Promise<T> | undefined;

  constructor(
    clock: Clock,
    read: () => Promise<{ readonly value: T; readonly goodForMs: number }>,
  ) {
    this.#clock = clock;
    this.#read = read;
  }

  /** The value, read again when its time is over. */
  get(): Promise<T> {
    if (this.#known !== undefined && this.#clock.monotonic() < this.#known.until) {
      return Promise.resolve(this.#known.value);
    }
    this.#reading ??= this.#get().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  /** The next `get` reads. */
  forget(): void {
    this.#known = undefined;
  }

  async #get(): Promise<T> {
    const { value, goodForMs } = await this.#read();
    this.#known = { value, until: this.#clock.monotonic() + goodForMs };
    return value;
  }
}

/** The text of a file that the configuration names. */
export async function readConfigured(file: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    const why = thrown instanceof Deno.errors.NotFound ? "no such file" : reasonOf(thrown);
    throw new ClusterConfigError(`Cannot read ${what} "${file}": ${why}`, { cause: thrown });
  }
}

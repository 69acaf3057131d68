/**
 * What is known of the node's kernel: a look at it is three processes, so what the last one showed stands
 * until somebody, the agent too, may have changed it. The monitors tell, and a look takes what they told
 * before it for seen.
 *
 * @module
 */

import type { HostChange, HostObserved } from "../host/mod.ts";
import type { Clock, Kernel } from "../ports/mod.ts";

/** The kernel as it was seen last. */
export class KernelView {
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #lasts: number;
  #seen: { readonly observed: HostObserved; readonly at: number } | undefined;
  #told = false;

  /** Nothing was seen yet; what is seen counts for so many milliseconds at the most. */
  constructor(kernel: Kernel, clock: Clock, lasts: number) {
    this.#kernel = kernel;
    this.#clock = clock;
    this.#lasts = lasts;
  }

  /** Whether a monitor told of something since the last look began. */
  get told(): boolean {
    return this.#told;
  }

  /** A monitor tells that something may have changed. */
  tell(): void {
    this.#told = true;
  }

  /** What the kernel has; looks only where that may differ from what was seen. */
  async look(): Promise<HostObserved> {
    const at = this.#clock.monotonic();
    if (this.#seen !== undefined && !this.#told && at - this.#seen.at < this.#lasts) {
      return this.#seen.observed;
    }
    this.#told = false;
    this.#seen = undefined;
    const observed = await this.#kernel.observe();
    this.#seen = { observed, at };
    return observed;
  }

  /** Changes the kernel, in part or whole: it must be looked at afterwards. */
  async apply(change: HostChange): Promise<void> {
    this.#seen = undefined;
    await this.#kernel.apply(change);
  }
}

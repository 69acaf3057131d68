/**
 * Which of several managers over one directory writes: the one that holds a lock on a file beside the
 * statuses (flock(2)). The kernel lets go of it when the process ends, however it ends, so there is
 * no time to wait and no clock to trust. It does not reach over NFS without a lock daemon.
 *
 * @module
 */

import type { Cancel, Clock, Leadership, Log } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";

/** How often a manager that waits looks again, in milliseconds. */
const lookAgainMs = 200;

/** How to take part. */
export interface DirectoryLockOptions {
  readonly statusDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Leadership by a file lock. */
export class DirectoryLock implements Leadership {
  readonly #options: DirectoryLockOptions;
  readonly #subscribers = new Set<() => void>();
  #file: Deno.FsFile | undefined;
  #next: Cancel | undefined;
  #open = true;
  #waited = false;
  leads = false;

  private constructor(options: DirectoryLockOptions) {
    this.#options = options;
  }

  /** Takes the lock, or begins to wait for it. Throws when the directory cannot be written. */
  static async open(options: DirectoryLockOptions): Promise<DirectoryLock> {
    const lock = new DirectoryLock(options);
    await lock.#try();
    if (!lock.leads) {
      const { statusDirectory } = options;
      options.log.info("leader.waiting", { statusDirectory, why: "another manager writes here" });
    }
    return lock;
  }

  /** Calls back when this process begins to lead. */
  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => void this.#subscribers.delete(changed);
  }

  /** Lets go of the lock. */
  close(): void {
    this.#open = false;
    this.leads = false;
    this.#next?.();
    this.#file?.close();
    this.#file = undefined;
  }

  async #try(): Promise<void> {
    const { statusDirectory, log } = this.#options;
    const path = `${statusDirectory}/.lock`;
    const file = await Deno.open(path, { create: true, write: true });
    const locked = await file.tryLock(true);
    if (!locked || !this.#open) {
      file.close();
      this.#waited = true;
      this.#lookAgainIn(lookAgainMs);
      return;
    }
    this.#file = file;
    this.leads = true;
    if (this.#waited) log.info("leader.elected", { statusDirectory });
    for (const changed of this.#subscribers) changed();
  }

  #lookAgainIn(ms: number): void {
    if (!this.#open) return;
    this.#next = this.#options.clock.after(ms, async () => {
      try {
        await this.#try();
      } catch (thrown) {
        const error = messageOf(thrown);
        this.#options.log.warn("leader.lock-failed", { error });
        this.#lookAgainIn(10 * lookAgainMs);
      }
    });
  }
}

/**
 * Connections that are being closed. A NOTIFICATION reaches the peer only when the socket is not torn
 * down under it: what is queued is written and what still comes in is read away until the peer closes,
 * both for a second at most and for a bounded number of connections.
 *
 * @module
 */

import type { Clock, Connection } from "../../ports/mod.ts";

const lingerMs = 1000;

/** More than so many at once: the oldest is cut. */
const mostPending = 64;

/** The connections being closed, of all peers and of none. */
export class Farewells {
  #clock: Clock;
  #pending = new Map<() => void, Promise<void>>();

  /** Nothing is being closed yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `cut` when `over` settles, or when it took too long. */
  add(over: Promise<void>, cut: () => void): void {
    const oldest = this.#pending.keys().next().value;
    if (oldest !== undefined && this.#pending.size >= mostPending) oldest();
    const done = Promise.withResolvers<void>();
    const finish = (): void => {
      if (!this.#pending.delete(finish)) return;
      stopTimer();
      cut();
      done.resolve();
    };
    const stopTimer = this.#clock.after(lingerMs, finish);
    this.#pending.set(finish, done.promise);
    over.then(finish, finish);
  }

  /** Writes the last bytes, if any, and closes a connection that nobody uses. */
  dismiss(connection: Connection, lastWords: Uint8Array | undefined): void {
    if (lastWords === undefined) return connection.close();
    this.add(partFrom(connection, lastWords), () => connection.close());
  }

  /** Resolves when every connection that was being closed is. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }
}

async function partFrom(connection: Connection, lastWords: Uint8Array): Promise<void> {
  await connection.write(lastWords);
  await readAway(connection);
}

/** Reads until the far side closes. */
export async function readAway(connection: Connection): Promise<void> {
  while (await connection.read() !== undefined);
}

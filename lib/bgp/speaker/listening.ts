/**
 * The listening socket: opened where the configuration says, tried again with growing delays where it
 * cannot be had, and handing on every connection it takes.
 *
 * @module
 */

import { formatAddress } from "../../net/mod.ts";
import type { Connection, Expected, Listener } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import { jittered } from "../fsm/mod.ts";
import type { SpeakerConfig } from "../model/mod.ts";
import { sameValue } from "./consequences.ts";
import { Timers } from "./timers.ts";
import type { World } from "./world.ts";

/** Where to listen. */
export type ListenAddress = NonNullable<SpeakerConfig["listen"]>;

const firstRetryMs = 1000;
const lastRetryMs = 60_000;

/** The listening socket, or the wish for one. */
export class Listening {
  readonly #world: World;
  readonly #onConnection: (connection: Connection) => void;
  readonly #timers: Timers<"retry">;
  #wanted: ListenAddress | undefined;
  #expected: readonly Expected[] = [];
  #listener: Listener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #error: string | undefined;
  #retryMs = firstRetryMs;

  /** Listens nowhere at first. */
  constructor(world: World, onConnection: (connection: Connection) => void) {
    this.#world = world;
    this.#onConnection = onConnection;
    this.#timers = new Timers(world.clock);
  }

  /** Where it listens; undefined when it does not. */
  get where(): ListenAddress | undefined {
    const { address } = this.#wanted ?? {};
    const port = this.#listener?.local.port;
    if (port === undefined) return undefined;
    return address === undefined ? { port } : { address, port };
  }

  /** Why it does not listen although it should. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Why no connection of this peer is taken; undefined when nothing is in the way. */
  barred(peer: string): string | undefined {
    return this.#listener?.barred.get(peer);
  }

  /** Says whose connections need sockets with options. */
  expect(expected: readonly Expected[]): void {
    if (sameValue(expected, this.#expected)) return;
    this.#expected = expected;
    const listener = this.#listener;
    if (listener === undefined || this.#wanted === undefined) return;
    if (listener.expect(expected)) return this.#tellBarred(listener);
    // The port is free only when nobody waits at the old socket any more.
    const { wanted, accepting } = { wanted: this.#wanted, accepting: this.#accepting };
    this.#listener = undefined;
    listener.close();
    accepting.then(() => {
      if (this.#wanted === wanted && this.#listener === undefined) this.#open(wanted);
    });
  }

  /** Listens here and nowhere else; undefined listens nowhere. Does nothing when nothing changed. */
  listen(wanted: ListenAddress | undefined): void {
    if (sameValue(wanted, this.#wanted)) return;
    this.#listener?.close();
    this.#listener = undefined;
    this.#timers.stop("retry");
    this.#error = undefined;
    this.#retryMs = firstRetryMs;
    this.#wanted = wanted;
    if (wanted !== undefined) this.#open(wanted);
  }

  #tellBarred({ barred }: Listener): void {
    for (const [peer, reason] of barred) {
      this.#world.log.error("listener.peer-barred", { peer, reason });
    }
  }

  #open(wanted: ListenAddress): void {
    try {
      const listener = this.#world.transport.listen({ ...wanted, expected: this.#expected });
      this.#listener = listener;
      this.#error = undefined;
      this.#retryMs = firstRetryMs;
      const { address, port } = listener.local;
      this.#world.log.info("listener.opened", { address: formatAddress(address), port });
      this.#tellBarred(listener);
      this.#world.onChange();
      this.#accepting = this.#acceptAll(listener, wanted);
    } catch (thrown) {
      this.#failed(thrown, wanted);
    }
  }

  async #acceptAll(listener: Listener, wanted: ListenAddress): Promise<void> {
    try {
      for (let next = await listener.accept(); next; next = await listener.accept()) {
        this.#onConnection(next);
      }
    } catch (thrown) {
      if (this.#listener !== listener) return;
      // Out of file descriptors, most likely. What waits in the queue is lost, which is a way out.
      listener.close();
      this.#listener = undefined;
      this.#failed(thrown, wanted);
    }
  }

  #failed(thrown: unknown, wanted: ListenAddress): void {
    const reason = messageOf(thrown);
    // Said again only when there is something new to say.
    if (reason !== this.#error) this.#world.log.error("listener.failed", { reason });
    this.#error = reason;
    this.#timers.start(
      "retry",
      jittered(this.#retryMs, this.#world.random()),
      () => this.#open(wanted),
    );
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
    this.#world.onChange();
  }
}

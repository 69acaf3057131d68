/**
 * The sockets on which neighbours' packets come in: opened while a session needs them, tried again
 * where they cannot be had.
 *
 * @module
 */

import type { Family } from "../../net/mod.ts";
import type { Cancel, Datagram, DatagramSocket } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import { bfdPort, type Encapsulation } from "../session/mod.ts";
import type { MonitorPorts } from "./world.ts";

const firstRetryMs = 1000;
const lastRetryMs = 30_000;

/** One kind of socket. */
export interface Wanted {
  readonly encapsulation: Encapsulation;
  readonly family: Family;
}

/** What a socket tells. */
export interface ListeningEvents {
  readonly receive: (datagram: Datagram) => void;
  readonly opened: () => void;
}

/** One socket, or the wish for one. */
export class Listening {
  readonly #ports: MonitorPorts;
  readonly #wanted: Wanted;
  readonly #receive: (datagram: Datagram) => void;
  #socket: DatagramSocket | undefined;
  #retry: Cancel | undefined;
  #retryMs = firstRetryMs;
  #closed = false;
  #error: string | undefined;

  readonly #opened: () => void;

  /** Starts to listen; `opened` is called whenever there is a socket. */
  constructor(ports: MonitorPorts, wanted: Wanted, on: ListeningEvents) {
    this.#ports = ports;
    this.#wanted = wanted;
    this.#receive = on.receive;
    this.#opened = on.opened;
    void this.#open();
  }

  /** The socket, while there is one. */
  get socket(): DatagramSocket | undefined {
    return this.#socket;
  }

  /** Why it does not listen, in words; undefined while it does, or is about to. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Listens no more. */
  close(): void {
    this.#closed = true;
    this.#retry?.();
    this.#socket?.close();
  }

  async #open(): Promise<void> {
    const { log, clock, datagrams, onChange } = this.#ports;
    const { family, encapsulation } = this.#wanted;
    // Reflectors answer to the port that asked.
    const port = encapsulation === "seamless" ? "dynamic" : bfdPort[encapsulation];
    try {
      const socket = await datagrams.open({ family, port, receive: this.#receive });
      if (this.#closed) return socket.close();
      this.#socket = socket;
      this.#error = undefined;
      log.info("bfd.listening", { port: socket.port, family });
      this.#opened();
    } catch (thrown) {
      if (this.#closed) return;
      const reason = messageOf(thrown);
      if (reason !== this.#error) log.error("bfd.unavailable", { port, family, reason });
      this.#error = reason;
      this.#retry = clock.after(this.#retryMs, () => void this.#open());
      this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
    }
    onChange();
  }
}

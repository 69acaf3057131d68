/**
 * A network of UDP in memory: datagrams arrive one microtask later, unless the test's rule drops them.
 *
 * @module
 */

import { type Address, addressKey } from "../../lib/net/mod.ts";
import {
  type DatagramOptions,
  type Datagrams,
  type DatagramSocket,
  type Endpoint,
  ListenError,
} from "../../lib/ports/mod.ts";

/** A datagram on its way. */
export interface Sent {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** The network; `host` gives a machine on it. */
export class FakeNetwork {
  /** Everything that was sent, also what was dropped. */
  readonly sent: Sent[] = [];
  /** Whether a datagram is lost. */
  drops: (sent: Sent) => boolean = () => false;
  /** What the TTL of everything is on arrival. */
  ttl: number | undefined = 255;
  /** Ports that cannot be had. */
  readonly taken = new Set<number>();
  readonly #sockets = new Map<string, DatagramOptions["receive"]>();
  #nextPort = 49152;

  /** A machine of this address. */
  host(address: Address, seesTtl = true): Datagrams {
    return {
      seesTtl,
      // deno-lint-ignore require-await -- the port is asynchronous
      open: async (options) => this.#open(address, options),
    };
  }

  #open(host: Address, options: DatagramOptions): DatagramSocket {
    const address = options.address ?? host;
    const port = options.port === "dynamic" ? this.#nextPort++ : options.port;
    const key = keyOf({ address, port });
    if (this.taken.has(port) || this.#sockets.has(key)) {
      throw new ListenError(`Cannot listen on UDP port ${port}: another process holds it`);
    }
    this.#sockets.set(key, options.receive);
    return {
      port,
      send: (bytes, to) => this.#send({ bytes, from: { address, port }, to }),
      close: () => void this.#sockets.delete(key),
    };
  }

  #send(sent: Sent): void {
    this.sent.push(sent);
    if (this.drops(sent)) return;
    const { bytes, from, to } = sent;
    queueMicrotask(() => this.#sockets.get(keyOf(to))?.({ bytes, from, ttl: this.ttl }));
  }
}

function keyOf({ address, port }: Endpoint): string {
  return `${addressKey(address)} ${port}`;
}

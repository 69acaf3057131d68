/**
 * A network in memory: hosts that listen and connect, connections whose writer waits when the reader
 * does not read.
 *
 * @module
 */

import { type Address, formatAddress } from "../../lib/net/mod.ts";
import {
  type Connection,
  type ConnectOptions,
  type Endpoint,
  type Expected,
  type Listener,
  ListenError,
  type SocketOptions,
  type Transport,
} from "../../lib/ports/mod.ts";

/** Bytes on the way before the writer has to wait. */
const pipeCapacity = 256 * 1024;

/** Hosts by address, each with its own Transport. */
export class FakeNetwork {
  #listeners = new Map<string, FakeListener>();
  #nextPort = 40000;
  /** Addresses that answer nothing at all. */
  readonly blackHoles = new Set<string>();
  /** Ports that somebody else holds. */
  readonly takenPorts = new Set<number>();
  /** Why no host's sockets have options; undefined: they do. */
  plainOnly: string | undefined;
  /** What a listener was last told to expect. */
  expected: readonly Expected[] = [];
  /** What the last connection was asked for. */
  options: SocketOptions | undefined;
  /** How often somebody tried to connect, by "address:port". */
  readonly attempts = new Map<string, number>();

  /** The Transport of the host with this address. */
  host(address: Address): Transport {
    const { plainOnly } = this;
    return {
      ...(plainOnly !== undefined && { plainOnly }),
      connect: (options) => this.#connect(address, options),
      listen: ({ port, expected = [] }) => {
        this.expected = expected;
        return this.#listen({ address, port });
      },
    };
  }

  async #connect(from: Address, { remote, localAddress, options, signal }: ConnectOptions) {
    this.options = options;
    const key = keyOf(remote);
    this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    await Promise.resolve();
    if (this.blackHoles.has(formatAddress(remote.address))) {
      return await new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("given up")))
      );
    }
    const listener = this.#listeners.get(key);
    if (listener === undefined) throw new Error(`Cannot connect to ${key}: connection refused`);
    const local = { address: localAddress ?? from, port: this.#nextPort++ };
    const [near, far] = connectionPair(local, remote);
    listener.offer(far);
    return near;
  }

  #listen(local: Endpoint): Listener {
    const key = keyOf(local);
    if (this.takenPorts.has(local.port) || this.#listeners.has(key)) {
      throw new ListenError(`Cannot listen on port ${local.port}: another process holds it`);
    }
    const listener = new FakeListener(local, {
      onClose: () => this.#listeners.delete(key),
      onExpect: (expected) => this.expected = expected,
    });
    this.#listeners.set(key, listener);
    return listener;
  }
}

function keyOf({ address, port }: Endpoint): string {
  return `${formatAddress(address)}:${port}`;
}

class FakeListener implements Listener {
  readonly barred = new Map<string, string>();
  #waiting: ((connection: Connection | undefined) => void)[] = [];
  #queue: Connection[] = [];
  #closed = false;

  constructor(
    readonly local: Endpoint,
    readonly on: {
      readonly onClose: () => void;
      readonly onExpect: (expected: readonly Expected[]) => void;
    },
  ) {}

  offer(connection: Connection): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(connection);
    else waiting(connection);
  }

  expect(expected: readonly Expected[]): boolean {
    this.on.onExpect(expected);
    return true;
  }

  accept(): Promise<Connection | undefined> {
    const next = this.#queue.shift();
    if (next !== undefined || this.#closed) return Promise.resolve(next);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.on.onClose();
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}

/** One direction of a connection. */
class Pipe {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #wakeReader = (): void => {};
  #wakeWriter = (): void => {};

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ended) throw new Error("broken pipe");
    this.#chunks.push(bytes.slice());
    this.#size += bytes.length;
    this.#wakeReader();
    while (this.#size > pipeCapacity && !this.#ended) {
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
    if (this.#size > pipeCapacity) throw new Error("broken pipe");
  }

  async read(): Promise<Uint8Array | undefined> {
    while (true) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        this.#wakeWriter();
        return chunk;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader();
    this.#wakeWriter();
  }
}

/** Both ends of a new connection, the first of which is at `near`. */
export function connectionPair(near: Endpoint, far: Endpoint): [Connection, Connection] {
  const there = new Pipe();
  const back = new Pipe();
  const close = (): void => {
    there.end();
    back.end();
  };
  const end = (local: Endpoint, remote: Endpoint, out: Pipe, into: Pipe): Connection => ({
    local,
    remote,
    read: () => into.read(),
    write: (bytes) => out.write(bytes),
    close,
  });
  return [end(near, far, there, back), end(far, near, back, there)];
}

/**
 * TCP connections whose sockets have options that the runtime does not offer (SocketOptions): made with
 * the C library, then handed to `node:net`, which owns them from there on.
 *
 * @module
 */

import { Socket } from "node:net";
import { type Address, ipv4, ipv6, prefixContains, samePrefix } from "../net/mod.ts";
import {
  type Connection,
  type ConnectOptions,
  type Expected,
  type Listener,
  ListenError,
  type ListenOptions,
  type SocketOptions,
} from "../ports/mod.ts";
import { Libc, pollFor, type SocketAddress, socketAddress, SystemCallError } from "./libc.ts";
import { type Ends, nodeConnection } from "./node_connection.ts";
import {
  setListening,
  setNoDelay,
  setOptions,
  setPassword,
  setSystemTtl,
} from "./socket_options.ts";
import { formatEndpoint, isDenied, isInUse, listenCause, probableCause } from "./tcp_words.ts";

/** Opens the C library; the text says why it cannot be used. Afterwards no permission is needed. */
export function openLibc(): Libc | string {
  if (Deno.build.os !== "linux") return `socket options are for Linux, not ${Deno.build.os}`;
  try {
    return new Libc();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return "porter was started without --allow-ffi";
    return `libc.so.6 cannot be opened: ${probableCause(thrown)}`;
  }
}

/** Connects with a socket of these options. */
export async function connectShaped(
  libc: Libc,
  { remote, localAddress, options = {}, signal }: ConnectOptions,
): Promise<Connection> {
  signal.throwIfAborted();
  const { family } = remote.address;
  const fd = libc.socket(family);
  // Ends the waiting: a socket that was shut down is "ready".
  const abort = (): void => libc.shutdown(fd);
  signal.addEventListener("abort", abort);
  try {
    const zone = options.interface === undefined ? 0 : libc.interfaceIndex(options.interface);
    setOptions(libc, fd, family, options);
    setNoDelay(libc, fd);
    const { password } = options;
    if (password !== undefined) {
      const length = family === 4 ? 32 : 128;
      setPassword(libc, fd, family, { prefix: { address: remote.address, length }, password });
    }
    if (localAddress !== undefined) {
      libc.bind(fd, socketAddress({ address: localAddress, port: 0 }, zone));
    }
    libc.connect(fd, socketAddress(remote, zone));
    await libc.poll(fd, pollFor.writable);
    signal.throwIfAborted();
    libc.checkConnected(fd);
    const { interface: name } = options;
    const local = libc.localAddress(fd).endpoint;
    return handOver(fd, { remote, local, ...(name !== undefined && { interface: name }) });
  } catch (thrown) {
    libc.close(fd);
    throw thrown;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function handOver(fd: number, ends: Ends): Connection {
  const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
  return nodeConnection(socket, ends);
}

/** Listens with a socket that knows the passwords of its peers. */
export function listenShaped(libc: Libc, options: ListenOptions): Listener {
  const { address, port } = options;
  try {
    if (address !== undefined) return new ShapedListener(libc, address, options);
    try {
      return new ShapedListener(libc, ipv6(0n), options);
    } catch (thrown) {
      // A host without IPv6 has no "::"; every other reason holds for IPv4 as well.
      if (isInUse(thrown) || isDenied(thrown) || thrown instanceof ListenError) throw thrown;
      return new ShapedListener(libc, ipv4(0), options);
    }
  } catch (thrown) {
    if (thrown instanceof ListenError) throw thrown;
    const where = address === undefined ? `port ${port}` : formatEndpoint({ address, port });
    throw new ListenError(`Cannot listen on ${where}: ${listenCause(thrown, port)}`, {
      cause: thrown,
    });
  }
}

class ShapedListener implements Listener {
  readonly local: { readonly address: Address; readonly port: number };
  readonly #libc: Libc;
  readonly #fd: number;
  /** Those whose password the kernel did not take: they must not get in without. */
  readonly barred = new Map<string, string>();
  #expected: readonly Expected[] = [];
  #closed = false;
  #polling = false;

  constructor(libc: Libc, address: Address, { port, expected = [] }: ListenOptions) {
    this.#libc = libc;
    const fd = libc.socket(address.family);
    this.#fd = fd;
    try {
      setListening(libc, fd, address.family);
      libc.bind(fd, socketAddress({ address, port }));
      // Before anybody can come in.
      this.local = { address, port: libc.localAddress(fd).endpoint.port };
      this.expect(expected);
      libc.listen(fd);
    } catch (thrown) {
      libc.close(fd);
      throw thrown;
    }
  }

  expect(expected: readonly Expected[]): boolean {
    const before = this.#expected;
    this.#expected = expected;
    this.barred.clear();
    const family = this.local.address.family;
    for (const { prefix, options } of before) {
      const stays = expected.some((it) => it.options.password && samePrefix(it.prefix, prefix));
      if (stays || options.password === undefined) continue;
      setPassword(this.#libc, this.#fd, family, { prefix, password: undefined });
    }
    for (const each of expected) {
      const { prefix, options: { password } } = each;
      if (password === undefined || (family === 4 && prefix.address.family === 6)) continue;
      try {
        setPassword(this.#libc, this.#fd, family, { prefix, password });
      } catch (thrown) {
        this.barred.set(each.name, probableCause(thrown));
      }
    }
    return true;
  }

  async accept(): Promise<Connection | undefined> {
    while (!this.#closed) {
      try {
        const accepted = this.#libc.accept(this.#fd);
        if (accepted === undefined) await this.#wait();
        else {
          const connection = this.#take(accepted.fd, accepted.from);
          if (connection !== undefined) return connection;
        }
      } catch (thrown) {
        if (this.#closed) break;
        // The caller gave up between the handshake and accept: not our listener's failure.
        const gone = thrown instanceof SystemCallError &&
          ["ECONNABORTED", "ECONNRESET"].includes(thrown.code);
        if (!gone) throw thrown;
      }
    }
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#libc.shutdown(this.#fd);
    // Whoever waits for the socket closes it: its number must not become another one's meanwhile.
    if (!this.#polling) this.#libc.close(this.#fd);
  }

  async #wait(): Promise<void> {
    this.#polling = true;
    await this.#libc.poll(this.#fd, pollFor.readable);
    this.#polling = false;
    if (this.#closed) this.#libc.close(this.#fd);
  }

  /** Gives an accepted socket its options; undefined when it was closed instead. */
  #take(fd: number, { endpoint, zone }: SocketAddress): Connection | undefined {
    const libc = this.#libc;
    try {
      const { family } = endpoint.address;
      const heardOn = zone === 0 ? undefined : libc.interfaceName(zone);
      const expected = expectedOf(this.#expected, endpoint.address, heardOn);
      if (expected !== undefined && this.barred.has(expected.name)) {
        libc.close(fd);
        return undefined;
      }
      setSystemTtl(libc, fd, family);
      setOptions(libc, fd, family, expected?.options ?? {});
      setNoDelay(libc, fd);
      const local = libc.localAddress(fd).endpoint;
      const ends = { remote: endpoint, local };
      return handOver(fd, heardOn === undefined ? ends : { ...ends, interface: heardOn });
    } catch {
      // Gone already, or its interface is: the peer tries again.
      libc.close(fd);
      return undefined;
    }
  }
}

/** Who it is: the longest prefix; of those the one of the interface. */
function expectedOf(
  all: readonly Expected[],
  address: Address,
  heardOn: string | undefined,
): Expected | undefined {
  const isMeant = ({ prefix, options }: Expected): boolean =>
    prefixContains(prefix, address) &&
    (heardOn === undefined || options.interface === undefined || options.interface === heardOn);
  return all.filter(isMeant).sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** Whether plain TCP is not enough. */
export function isShaped(options: SocketOptions | undefined): options is SocketOptions {
  return options !== undefined && Object.values(options).some((each) => each !== undefined);
}

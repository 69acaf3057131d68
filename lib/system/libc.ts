/**
 * The few functions of the C library that make sockets with options which the runtime does not offer,
 * called through Deno's FFI: socket(2), tcp(7), ip(7), ipv6(7), netdevice(7). Linux with glibc only;
 * the numbers are the same on x86-64 and arm64.
 *
 * The library is opened once with just these functions: afterwards the process can give up the
 * permission to use FFI, and nothing else of the library can be reached (docs/adr/0011).
 *
 * @module
 */

import { type Address, addressFromBytes, addressToBytes, unmapped } from "../net/mod.ts";
import type { Endpoint } from "../ports/mod.ts";

const functions = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  if_indextoname: { parameters: ["u32", "buffer"], result: "pointer" },
  // On a thread of its own: it waits.
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  // How errno is read without the permission that a pointer's view needs.
  memcpy: { parameters: ["buffer", "pointer", "usize"], result: "void" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

const names: Readonly<Record<number, string>> = {
  1: "EPERM",
  11: "EAGAIN",
  13: "EACCES",
  19: "ENODEV",
  22: "EINVAL",
  24: "EMFILE",
  92: "ENOPROTOOPT",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  101: "ENETUNREACH",
  103: "ECONNABORTED",
  104: "ECONNRESET",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
  115: "EINPROGRESS",
};

const inet = 2;
const inet6 = 10;
const stream = 1;
const nonblockingCloexec = 0o4000 | 0o2000000;
/** sockaddr_storage of socket.h. */
const addressSize = 128;

/** A call of the system failed; `code` is errno's name. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = names[errno] ?? `errno ${errno}`;
    super(`${call}: ${code}`);
    this.code = code;
  }
}

/** What poll(2) is asked to wait for. */
export const pollFor = { readable: 1, writable: 4 } as const;

/** A socket's address as the kernel gives it: the zone is an interface's index, 0 for none. */
export interface SocketAddress {
  readonly endpoint: Endpoint;
  readonly zone: number;
}

/** The C library's sockets. Every call but `poll` throws SystemCallError. */
export class Libc {
  readonly #c: Deno.DynamicLibrary<typeof functions>["symbols"];
  readonly #errno = new Int32Array(new ArrayBuffer(4));

  /** Opens the library; throws what `Deno.dlopen` throws. */
  constructor() {
    this.#c = Deno.dlopen("libc.so.6", functions).symbols;
  }

  /** A non-blocking TCP socket. */
  socket(family: 4 | 6): number {
    return this.#checked(
      "socket",
      this.#c.socket(familyOf(family), stream | nonblockingCloexec, 0),
    );
  }

  /** Takes an address of ours, made by `socketAddress`. */
  bind(fd: number, address: Uint8Array<ArrayBuffer>): void {
    this.#checked("bind", this.#c.bind(fd, address, address.length));
  }

  /** Starts to connect; the socket is writable when that is over. */
  connect(fd: number, address: Uint8Array<ArrayBuffer>): void {
    try {
      this.#checked("connect", this.#c.connect(fd, address, address.length));
    } catch (thrown) {
      if (!(thrown instanceof SystemCallError && thrown.code === "EINPROGRESS")) throw thrown;
    }
  }

  /** Waits for connections. */
  listen(fd: number): void {
    this.#checked("listen", this.#c.listen(fd, 128));
  }

  /** The next connection and who made it; undefined when none waits. */
  accept(fd: number): { readonly fd: number; readonly from: SocketAddress } | undefined {
    const address = new Uint8Array(addressSize);
    const length = Uint32Array.of(addressSize);
    try {
      const accepted = this.#c.accept4(fd, address, length, nonblockingCloexec);
      this.#checked("accept", accepted);
      return { fd: accepted, from: readAddress(address) };
    } catch (thrown) {
      if (thrown instanceof SystemCallError && thrown.code === "EAGAIN") return undefined;
      throw thrown;
    }
  }

  /** The socket's own address. */
  localAddress(fd: number): SocketAddress {
    const address = new Uint8Array(addressSize);
    const length = Uint32Array.of(addressSize);
    this.#checked("getsockname", this.#c.getsockname(fd, address, length));
    return readAddress(address);
  }

  /** Throws what became of `connect`, when that was no connection. */
  checkConnected(fd: number): void {
    const value = new Int32Array(1);
    const length = Uint32Array.of(4);
    this.#checked("getsockopt", this.#c.getsockopt(fd, 1, 4, value, length));
    if (value[0] !== undefined && value[0] !== 0) throw new SystemCallError("connect", value[0]);
  }

  /** Sets an option: a number, or a structure. */
  setOption(
    fd: number,
    level: number,
    name: number,
    value: number | Uint8Array<ArrayBuffer>,
  ): void {
    const bytes = typeof value === "number" ? Int32Array.of(value) : value;
    this.#checked("setsockopt", this.#c.setsockopt(fd, level, name, bytes, bytes.byteLength));
  }

  /** Ends both directions, and any waiting for the socket. */
  shutdown(fd: number): void {
    this.#c.shutdown(fd, 2);
  }

  /** Gives the number back; nobody may wait for it any more. */
  close(fd: number): void {
    this.#c.close(fd);
  }

  /** The number of an interface; throws ENODEV when there is none of that name. */
  interfaceIndex(name: string): number {
    const index = this.#c.if_nametoindex(new TextEncoder().encode(`${name}\0`));
    if (index === 0) throw new SystemCallError("if_nametoindex", 19);
    return index;
  }

  /** The name of an interface; undefined when it is gone. */
  interfaceName(index: number): string | undefined {
    const bytes = new Uint8Array(16);
    if (this.#c.if_indextoname(index, bytes) === null) return undefined;
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Resolves when the socket is ready for this, or shut down, or broken. */
  async poll(fd: number, events: number): Promise<void> {
    // Of its own buffer, which does not move while the other thread waits.
    const entry = new DataView(new ArrayBuffer(8));
    entry.setInt32(0, fd, true);
    entry.setInt16(4, events, true);
    await this.#c.poll(new Uint8Array(entry.buffer), 1n, -1);
  }

  #checked(call: string, result: number): number {
    if (result >= 0) return result;
    this.#c.memcpy(this.#errno, this.#c.__errno_location(), 4n);
    throw new SystemCallError(call, this.#errno[0] ?? 0);
  }
}

function familyOf(family: 4 | 6): number {
  return family === 4 ? inet : inet6;
}

/** struct sockaddr_in or sockaddr_in6; the zone is an interface's index. */
export function socketAddress(
  { address, port }: Endpoint,
  zone: number = 0,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(address.family === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, familyOf(address.family), true);
  view.setUint16(2, port);
  bytes.set(addressToBytes(address), address.family === 4 ? 4 : 8);
  if (address.family === 6) view.setUint32(24, zone, true);
  return bytes;
}

function readAddress(bytes: Uint8Array<ArrayBuffer>): SocketAddress {
  const view = new DataView(bytes.buffer);
  const port = view.getUint16(2);
  const v4 = view.getUint16(0, true) === inet;
  const address: Address = addressFromBytes(v4 ? bytes.slice(4, 8) : bytes.slice(8, 24));
  return {
    endpoint: { address: unmapped(address), port },
    zone: v4 ? 0 : view.getUint32(24, true),
  };
}

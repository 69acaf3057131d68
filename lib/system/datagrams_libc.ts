/**
 * UDP through libc behind the Datagrams port: what single-hop BFD needs and the runtime does not give,
 * the TTL of what arrives (recvmsg(2) with IP_RECVTTL of ip(7), IPV6_RECVHOPLIMIT of ipv6(7)) and a hop
 * limit of 255 for IPv6 too. Linux with glibc; the permission ffi is needed once, to open the library.
 *
 * Sending is one call that does not block. Receiving waits on a thread of the runtime's pool, one for
 * each socket, and takes up to 32 datagrams at once (recvmmsg(2)).
 *
 * @module
 */

import { addressFromBytes, addressToBytes, type Family } from "../net/mod.ts";
import {
  type Datagram,
  type DatagramOptions,
  type Datagrams,
  type DatagramSocket,
  type Endpoint,
  ListenError,
} from "../ports/mod.ts";
import { dynamicPorts, listenText, plainDatagrams } from "./datagrams.ts";

const symbols = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  recvmmsg: {
    parameters: ["i32", "buffer", "u32", "i32", "pointer"],
    result: "i32",
    nonblocking: true,
  },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  /** Where a buffer is, as a number, without the permission that Deno.UnsafePointer needs. */
  addressOf: { name: "memcpy", parameters: ["buffer", "buffer", "usize"], result: "u64" },
  /** How errno is read without that of a pointer's view. */
  copyOut: { name: "memcpy", parameters: ["buffer", "pointer", "usize"], result: "void" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof symbols>["symbols"];

/** Linux's numbers, the same on x86-64 and arm64. */
const linux = {
  afInet: 2,
  afInet6: 10,
  sockDgram: 2,
  sockCloexec: 0o2000000,
  ipTos: [0, 1],
  ipTtl: [0, 2],
  ipRecvTtl: [0, 12],
  ipv6UnicastHops: [41, 16],
  ipv6V6only: [41, 26],
  ipv6RecvHopLimit: [41, 51],
  ipv6Tclass: [41, 67],
  msgDontWait: 0x40,
  msgWaitForOne: 0x10000,
  shutRdWr: 2,
  eAddrInUse: 98,
} as const;

/** CS6, network control: what routers give their own protocols. */
const trafficClass = 0xc0;

/**
 * Opens libc and gives its sockets; the runtime's own where libc cannot be opened. The permission ffi may
 * be given up afterwards: what is opened needs none, and nothing else can be opened then.
 */
export function openDatagrams(): Datagrams {
  let c: Libc;
  try {
    c = Deno.dlopen("libc.so.6", symbols).symbols;
  } catch {
    return plainDatagrams();
  }
  // deno-lint-ignore require-await -- the port gives time, which libc does not take
  return { seesTtl: true, open: async (options) => open(c, options) };
}

function open(c: Libc, options: DatagramOptions): DatagramSocket {
  const where = listenText(options);
  for (const port of options.port === "dynamic" ? dynamicPorts() : [options.port]) {
    const fd = made(c, options.family, where);
    const address = options.address ?? { family: options.family, value: anyAddress(options) };
    const name = socketAddress({ address, port } as Endpoint);
    if (c.bind(fd, name, name.length) === 0) return socketOf(c, fd, port, options);
    const error = errno(c);
    c.close(fd);
    if (error === linux.eAddrInUse && options.port === "dynamic") continue;
    throw new ListenError(`Cannot listen on ${where}: ${bindCause(error, port)}`);
  }
  throw new ListenError(`Cannot listen on ${where}: no port is free`);
}

function anyAddress({ family }: DatagramOptions): number | bigint {
  return family === 4 ? 0 : 0n;
}

function made(c: Libc, family: Family, where: string): number {
  const domain = family === 4 ? linux.afInet : linux.afInet6;
  const fd = c.socket(domain, linux.sockDgram | linux.sockCloexec, 0);
  if (fd < 0) throw new ListenError(`Cannot listen on ${where}: ${systemText(errno(c))}`);
  const options = family === 4
    ? [[linux.ipTtl, 255], [linux.ipRecvTtl, 1], [linux.ipTos, trafficClass]] as const
    : [
      [linux.ipv6V6only, 1],
      [linux.ipv6UnicastHops, 255],
      [linux.ipv6RecvHopLimit, 1],
      [linux.ipv6Tclass, trafficClass],
    ] as const;
  for (const [[level, name], value] of options) {
    if (c.setsockopt(fd, level, name, new Uint8Array(Int32Array.of(value).buffer), 4) === 0) {
      continue;
    }
    const error = errno(c);
    c.close(fd);
    throw new ListenError(`Cannot listen on ${where}: ${systemText(error)}`);
  }
  return fd;
}

function socketOf(c: Libc, fd: number, port: number, { receive }: DatagramOptions): DatagramSocket {
  let closed = false;
  const receiving = receive === undefined
    ? Promise.resolve()
    : receiveAll(c, fd, { receive, isClosed: () => closed });
  return {
    port,
    send(bytes, to) {
      if (closed) return;
      const name = socketAddress(to);
      c.sendto(
        fd,
        bytes as BufferSource,
        BigInt(bytes.length),
        linux.msgDontWait,
        name,
        name.length,
      );
    },
    close() {
      if (closed) return;
      closed = true;
      // Wakes who waits in recvmmsg; the number is given back only when nobody uses it any more.
      c.shutdown(fd, linux.shutRdWr);
      void receiving.finally(() => c.close(fd));
    },
  };
}

interface Receiving {
  readonly receive: (datagram: Datagram) => void;
  readonly isClosed: () => boolean;
}

/** Milliseconds until receiving is tried again after a failure. */
const retryMs = 100;

async function receiveAll(c: Libc, fd: number, { receive, isClosed }: Receiving): Promise<void> {
  const batch = new Batch(c);
  while (!isClosed()) {
    batch.prepare();
    const count = await c.recvmmsg(fd, batch.headers, slots, linux.msgWaitForOne, null);
    if (isClosed()) return;
    if (count < 0) await new Promise((resolve) => setTimeout(resolve, retryMs));
    for (let index = 0; index < count; index++) {
      const datagram = batch.at(index);
      if (datagram !== undefined) receive(datagram);
    }
  }
}

/** Datagrams taken at once. */
const slots = 32;

/** Sizes in bytes: of a datagram's kept part, an address, control data, and struct mmsghdr. */
const size = { data: 256, name: 28, control: 64, header: 64 };

/** Room for one recvmmsg(2): arrays that the kernel fills, and the structures that say where they are. */
class Batch {
  readonly headers = new Uint8Array(slots * size.header);
  readonly #header = new DataView(this.headers.buffer);
  readonly #data = new Uint8Array(slots * size.data);
  readonly #names = new Uint8Array(slots * size.name);
  readonly #control = new Uint8Array(slots * size.control);
  readonly #controlView = new DataView(this.#control.buffer);
  readonly #vectors = new BigUint64Array(slots * 2);
  readonly #where: readonly [data: bigint, names: bigint, control: bigint, vectors: bigint];

  constructor(c: Libc) {
    const at = (array: BufferSource): bigint => c.addressOf(array, array, 0n);
    this.#where = [at(this.#data), at(this.#names), at(this.#control), at(this.#vectors)];
  }

  /** Says anew where everything is: the kernel writes lengths over what was said. */
  prepare(): void {
    const [data, names, control, vectors] = this.#where;
    for (let index = 0; index < slots; index++) {
      this.#vectors[2 * index] = data + BigInt(index * size.data);
      this.#vectors[2 * index + 1] = BigInt(size.data);
      const at = index * size.header;
      const words = [
        names + BigInt(index * size.name),
        BigInt(size.name),
        vectors + BigInt(index * 16),
        1n,
        control + BigInt(index * size.control),
        BigInt(size.control),
        0n,
        0n,
      ];
      words.forEach((word, slot) => this.#header.setBigUint64(at + 8 * slot, word, true));
    }
  }

  /** The datagram in a slot; undefined for one without a sender, which a shut down socket gives. */
  at(index: number): Datagram | undefined {
    const length = this.#header.getUint32(index * size.header + 56, true);
    const name = this.#names.subarray(index * size.name, (index + 1) * size.name);
    const family = name[0];
    if (family !== linux.afInet && family !== linux.afInet6) return undefined;
    const bytes = this.#data.slice(index * size.data, index * size.data + length);
    const port = ((name[2] ?? 0) << 8) | (name[3] ?? 0);
    const address = addressFromBytes(
      family === linux.afInet ? name.slice(4, 8) : name.slice(8, 24),
    );
    name[0] = 0;
    return { bytes, from: { address, port }, ttl: this.#ttl(index) };
  }

  /** struct cmsghdr: length, level, type, then the number; it is the only one that was asked for. */
  #ttl(index: number): number | undefined {
    const used = this.#header.getUint32(index * size.header + 40, true);
    return used < 20 ? undefined : this.#controlView.getInt32(index * size.control + 16, true);
  }
}

/** struct sockaddr_in or sockaddr_in6: the family in the host's order, the rest in the network's. */
function socketAddress({ address, port }: Endpoint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(address.family === 4 ? 16 : 28);
  bytes[0] = address.family === 4 ? linux.afInet : linux.afInet6;
  bytes[2] = port >> 8;
  bytes[3] = port & 255;
  bytes.set(addressToBytes(address), address.family === 4 ? 4 : 8);
  return bytes;
}

function errno(c: Libc): number {
  const number = new Int32Array(1);
  c.copyOut(number, c.__errno_location(), 4n);
  return number[0] ?? 0;
}

function bindCause(error: number, port: number): string {
  return error === linux.eAddrInUse
    ? `another process holds it; "ss -lunp 'sport = :${port}'" shows which`
    : systemText(error);
}

const errorTexts: Readonly<Record<number, string>> = {
  13: "no permission",
  97: "this host does not have the address family",
  99: 'this host does not have the address; "ip address" shows those it has',
};

function systemText(error: number): string {
  return errorTexts[error] ?? `system error ${error}`;
}

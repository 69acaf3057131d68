/**
 * SocketOptions as the kernel wants them: tcp(7) and RFC 2385 for the password, ip(7), ipv6(7) and
 * RFC 5082 for the TTL, socket(7) for the interface.
 *
 * @module
 */

import {
  type Address,
  addressBits,
  addressToBytes,
  formatPrefix,
  ipv6,
  type Prefix,
} from "../net/mod.ts";
import { ListenError, type SocketOptions } from "../ports/mod.ts";
import type { Secret } from "../secret/mod.ts";
import { type Libc, socketAddress, SystemCallError } from "./libc.ts";

/** Levels and names of options; ip(7), ipv6(7), tcp(7), socket(7). */
const option = {
  ip: { level: 0, ttl: 2, minTtl: 21 },
  ipv6: { level: 41, ttl: 16, minTtl: 73, only: 26 },
  tcp: { level: 6, noDelay: 1, md5: 14, md5Extended: 32 },
  socket: { level: 1, reuseAddress: 2, bindToDevice: 25 },
} as const;

/** As far as the kernel goes (TCP_MD5SIG_MAXKEYLEN). */
export const longestPassword = 80;

/** Everything but the password, on a connection's own socket. `family` is the socket's peer's. */
export function setOptions(
  libc: Libc,
  fd: number,
  family: 4 | 6,
  { ttl, minTtl, interface: name }: SocketOptions,
): void {
  const of = family === 4 ? option.ip : option.ipv6;
  if (ttl !== undefined) libc.setOption(fd, of.level, of.ttl, ttl);
  if (minTtl !== undefined) libc.setOption(fd, of.level, of.minTtl, minTtl);
  if (name !== undefined) {
    const { level, bindToDevice } = option.socket;
    libc.setOption(fd, level, bindToDevice, new TextEncoder().encode(`${name}\0`));
  }
}

/** Small messages are not kept waiting. */
export function setNoDelay(libc: Libc, fd: number): void {
  libc.setOption(fd, option.tcp.level, option.tcp.noDelay, 1);
}

/** The socket is about to listen: its port may have old connections, and "::" takes IPv4 too. */
export function setListening(libc: Libc, fd: number, family: 4 | 6): void {
  libc.setOption(fd, option.socket.level, option.socket.reuseAddress, 1);
  // The answer to a peer's first packet comes from this socket, and the peer may insist on 255.
  libc.setOption(fd, option.ip.level, option.ip.ttl, 255);
  if (family === 4) return;
  libc.setOption(fd, option.ipv6.level, option.ipv6.ttl, 255);
  libc.setOption(fd, option.ipv6.level, option.ipv6.only, 0);
}

/** An accepted socket has the listener's TTL; this gives it the system's. */
export function setSystemTtl(libc: Libc, fd: number, family: 4 | 6): void {
  const of = family === 4 ? option.ip : option.ipv6;
  libc.setOption(fd, of.level, of.ttl, -1);
}

/**
 * Sets, or with undefined removes, the password of everybody in the prefix. On a socket of IPv6 the
 * addresses of IPv4 are the mapped ones. Throws ListenError that does not name the password.
 */
export function setPassword(
  libc: Libc,
  fd: number,
  socketFamily: 4 | 6,
  { prefix, password }: { readonly prefix: Prefix; readonly password: Secret | undefined },
): void {
  const mapped = socketFamily === 6 && prefix.address.family === 4;
  const address = mapped ? mappedAddress(prefix.address) : prefix.address;
  const key = new TextEncoder().encode(password?.reveal() ?? "");
  if (key.length > longestPassword) {
    throw new ListenError(`the password has ${key.length} bytes; at most ${longestPassword} work`);
  }
  // The kernel counts the bits of a mapped address from where the IPv4 address begins.
  const { length } = prefix;
  const whole = length === addressBits(prefix.address.family);
  const { level, md5, md5Extended } = option.tcp;
  try {
    const signature = md5Signature(address, whole ? undefined : length, key);
    libc.setOption(fd, level, whole ? md5 : md5Extended, signature);
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    // Nothing to remove.
    if (password === undefined) return;
    const why = thrown.code === "ENOPROTOOPT" ? "this kernel has no TCP MD5" : thrown.message;
    throw new ListenError(`Cannot sign connections of ${formatPrefix(prefix)}: ${why}`, {
      cause: thrown,
    });
  }
}

/** struct tcp_md5sig: the address, flags, the prefix length, the key; the port counts for nothing. */
function md5Signature(
  address: Address,
  prefixLength: number | undefined,
  key: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(216);
  bytes.set(socketAddress({ address, port: 0 }));
  if (prefixLength !== undefined) bytes.set([1, prefixLength], 128);
  new DataView(bytes.buffer).setUint16(130, key.length, true);
  bytes.set(key, 136);
  return bytes;
}

function mappedAddress(address: Address): Address {
  return ipv6((0xffffn << 32n) | BigInt(`0x${addressToBytes(address).toHex()}`));
}

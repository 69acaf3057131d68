/**
 * TCP as the BGP speaker sees it.
 *
 * @module
 */

import type { Address, Prefix } from "../net/mod.ts";
import type { Secret } from "../secret/mod.ts";

/** One TCP connection. Errors of the world are thrown by `read` and `write`. */
export interface Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** The interface that a link-local remote was heard on, where that is known. */
  readonly interface?: string;
  /** Some bytes, or undefined when the far side has closed. The array is the caller's to keep. */
  read(): Promise<Uint8Array | undefined>;
  /** Writes all bytes; resolves when the kernel has taken them. One write at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes at once; pending reads and writes end. Harmless when closed already. */
  close(): void;
}

/** An address and a port. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** What plain TCP does not have; each left out is as the system has it. */
export interface SocketOptions {
  /** Signs every segment (TCP MD5, RFC 2385): 1 to 80 bytes. */
  readonly password?: Secret;
  /** The TTL, or hop limit, of what is sent: 1 to 255. */
  readonly ttl?: number;
  /** What comes in with a lower TTL or hop limit is dropped (RFC 5082): 1 to 255. */
  readonly minTtl?: number;
  /** The interface that packets take both ways; also the zone of a link-local address (RFC 4007). */
  readonly interface?: string;
}

/** Where and how to connect. */
export interface ConnectOptions {
  readonly remote: Endpoint;
  /** The source address, when it matters. */
  readonly localAddress?: Address;
  /** Left out: plain TCP. */
  readonly options?: SocketOptions;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/** Whose connections get a socket with options: of these addresses. The longest prefix counts. */
export interface Expected {
  /** Tells it from the others. */
  readonly name: string;
  readonly prefix: Prefix;
  readonly options: SocketOptions;
}

/** Where and how to listen. */
export interface ListenOptions {
  /** No address means all of both families. */
  readonly address?: Address;
  readonly port: number;
  /** Left out, or empty: plain TCP for everybody. */
  readonly expected?: readonly Expected[];
}

/** A listening socket. */
export interface Listener {
  readonly local: Endpoint;
  /** The next connection, or undefined when the listener was closed. */
  accept(): Promise<Connection | undefined>;
  /**
   * Says anew, and whole, who gets which options; connections there are keep theirs. False when this
   * listener cannot: close it and listen again.
   */
  expect(expected: readonly Expected[]): boolean;
  /** The names of those whose options the system refused, and why: no connection of theirs is taken. */
  readonly barred: ReadonlyMap<string, string>;
  close(): void;
}

/** Makes and takes TCP connections. `listen` throws ListenError when the port cannot be had. */
export interface Transport {
  /** Why no socket can have SocketOptions here, in words; undefined when they can. */
  readonly plainOnly?: string;
  connect(options: ConnectOptions): Promise<Connection>;
  /** IPv4 remotes are never given as IPv4-mapped. */
  listen(options: ListenOptions): Listener;
}

/** The port cannot be listened on; the message says why and who may hold it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

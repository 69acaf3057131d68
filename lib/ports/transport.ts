/**
 * TCP as the BGP speaker sees it.
 *
 * @module
 */

import type { Address } from "../net/mod.ts";

/** One TCP connection. Errors of the world are thrown by `read` and `write`. */
export interface Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
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

/** Where and how to connect. */
export interface ConnectOptions {
  readonly remote: Endpoint;
  /** The source address, when it matters. */
  readonly localAddress?: Address;
  /** Gives up when aborted. */
  readonly signal: AbortSignal;
}

/** A listening socket. */
export interface Listener {
  readonly local: Endpoint;
  /** The next connection, or undefined when the listener was closed. */
  accept(): Promise<Connection | undefined>;
  close(): void;
}

/** Makes and takes TCP connections. `listen` throws ListenError when the port cannot be had. */
export interface Transport {
  connect(options: ConnectOptions): Promise<Connection>;
  /** No address means all of both families. IPv4 remotes are never given as IPv4-mapped. */
  listen(options: { readonly address?: Address; readonly port: number }): Listener;
}

/** The port cannot be listened on; the message says why and who may hold it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

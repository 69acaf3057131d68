/**
 * UDP as the BFD monitor sees it.
 *
 * @module
 */

import type { Address, Family } from "../net/mod.ts";
import type { Endpoint } from "./transport.ts";

/** One datagram that came. */
export interface Datagram {
  /** The array is the receiver's to keep. */
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  /** TTL or hop limit as it arrived; undefined where it cannot be seen. */
  readonly ttl: number | undefined;
}

/** Which socket to open. */
export interface DatagramOptions {
  readonly family: Family;
  /** The address to bind; left out means all of the family. */
  readonly address?: Address;
  /** A port, or any free one of 49152 to 65535 (RFC 5881 section 4). */
  readonly port: number | "dynamic";
  /** Called for each datagram; left out: nothing is received. */
  readonly receive?: (datagram: Datagram) => void;
}

/** An open socket. All it sends has TTL or hop limit 255, where `seesTtl` says that this is so. */
export interface DatagramSocket {
  readonly port: number;
  /** Sends one datagram, or loses it: nobody is told. Two sent at once may arrive the other way round. */
  send(bytes: Uint8Array, to: Endpoint): void;
  /** Nothing is received afterwards. Harmless when closed already. */
  close(): void;
}

/** Opens UDP sockets; `open` throws ListenError when one cannot be had. */
export interface Datagrams {
  /** Whether the TTL of what comes is seen, and of what goes is 255: what single-hop BFD needs. */
  readonly seesTtl: boolean;
  open(options: DatagramOptions): Promise<DatagramSocket>;
}

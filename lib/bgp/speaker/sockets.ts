/**
 * What a peer's configuration asks of its sockets, and whose connection one is: RFC 2385 (TCP MD5),
 * RFC 5082 (GTSM), RFC 4007 (the zone of a link-local address).
 *
 * @module
 */

import { addressBits, prefixContains, sameAddress } from "../../net/mod.ts";
import type { Connection, ConnectOptions, Expected, SocketOptions } from "../../ports/mod.ts";
import type { PeerConfig } from "../model/mod.ts";

/** The socket options of a peer; undefined when plain TCP does. */
export function socketOptions(config: PeerConfig): SocketOptions | undefined {
  const { password, ttlSecurity, ebgpMultiHop, interface: name } = config;
  const ttl = ttlSecurity === undefined ? ebgpMultiHop : 255;
  const options = {
    ...(password !== undefined && { password }),
    ...(ttl !== undefined && { ttl }),
    // RFC 5082 section 3: each hop takes one, and a neighbour's packets have made none.
    ...(ttlSecurity !== undefined && { minTtl: 256 - ttlSecurity }),
    ...(name !== undefined && { interface: name }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}

/** Where and how to connect to a peer. */
export function howToConnect(config: PeerConfig): Omit<ConnectOptions, "signal"> {
  const { address, port, localAddress } = config;
  const options = socketOptions(config);
  return {
    remote: { address, port },
    ...(localAddress !== undefined && { localAddress }),
    ...(options !== undefined && { options }),
  };
}

/** The peers that the listener must know, since their connections need options. */
export function expectedPeers(configs: Iterable<PeerConfig>): readonly Expected[] {
  return Array.from(configs).flatMap((config) => {
    const options = socketOptions(config);
    if (options === undefined) return [];
    const { address, listenRange } = config;
    const prefix = listenRange?.prefix ?? { address, length: addressBits(address.family) };
    return [{ name: config.name, prefix, options }];
  });
}

/** Whether the peer, or one of its range, may have made the connection. */
export function isFrom(config: PeerConfig, connection: Connection): boolean {
  const { address, listenRange, localAddress, interface: name } = config;
  const { remote } = connection;
  const isMeant = listenRange === undefined
    ? sameAddress(address, remote.address)
    : prefixContains(listenRange.prefix, remote.address);
  return isMeant &&
    (localAddress === undefined || sameAddress(localAddress, connection.local.address)) &&
    (name === undefined || connection.interface === undefined || name === connection.interface);
}

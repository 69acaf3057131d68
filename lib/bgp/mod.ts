/**
 * A BGP-4 speaker that announces routes, usable on its own. This program tells the router at
 * 192.0.2.1 that 203.0.113.32/32 is reached through 192.0.2.10:
 *
 * ```ts
 * import { peerDefaults, plainAttributes, Speaker } from "./lib/bgp/mod.ts";
 * import { hostPrefix, type Ipv4, parseAddress } from "./lib/net/mod.ts";
 * import { silentLog } from "./lib/ports/mod.ts";
 * import { systemClock, tcpTransport } from "./lib/system/mod.ts";
 *
 * const ip = (text: string) => parseAddress(text) as Ipv4;
 * const speaker = new Speaker({
 *   transport: tcpTransport(),
 *   clock: systemClock,
 *   random: Math.random,
 *   log: silentLog,
 *   onChange: () => speaker.peers().forEach((peer) => console.log(peer.name, peer.state)),
 * });
 * speaker.configure({ as: 64512, routerId: ip("192.0.2.10") });
 * speaker.setPeers([{ ...peerDefaults, name: "leaf", address: ip("192.0.2.1"), peerAs: 64513 }]);
 * const paths = [{ nextHop: ip("192.0.2.10"), attributes: plainAttributes }];
 * speaker.setRoutes([{ prefix: hostPrefix(ip("203.0.113.32")), paths }]);
 * Deno.addSignalListener("SIGINT", () => speaker.close("back soon").then(() => Deno.exit()));
 * ```
 *
 * `setPeers` and `setRoutes` always say everything there shall be; the speaker finds the difference.
 * What a message is made of is in `wire/`, when a session is up in `fsm/`, what a peer is told in
 * `rib/`, and the loop around them in `speaker/`.
 *
 * @module
 */

export * from "./model/mod.ts";
export * from "./wire/mod.ts";
export * from "./rib/mod.ts";
export * from "./speaker/mod.ts";

/**
 * Bidirectional Forwarding Detection (RFC 5880, 5881, 5883, 7880), usable on its own. This program says
 * whenever the neighbour at 192.0.2.1 stops to answer, a third of a second later at most:
 *
 * ```ts
 * import { BfdMonitor } from "./lib/bfd/mod.ts";
 * import { type Address, parseAddress } from "./lib/net/mod.ts";
 * import { silentLog } from "./lib/ports/mod.ts";
 * import { openDatagrams, systemClock } from "./lib/system/mod.ts";
 *
 * const monitor = new BfdMonitor({
 *   datagrams: openDatagrams(),
 *   clock: systemClock,
 *   random: Math.random,
 *   log: silentLog,
 *   onChange: () => monitor.sessions().forEach((each) => console.log(each.name, each.state)),
 * });
 * const address = parseAddress("192.0.2.1") as Address;
 * const intervals = { minTx: 100, minRx: 100, detectMult: 3 };
 * monitor.setTargets([{ name: "leaf", address, encapsulation: "single-hop", ...intervals }]);
 * ```
 *
 * What a packet is made of is in `wire/`, when a session is Up in `session/`, and the loop around them
 * in `monitor/`.
 *
 * @module
 */

export * from "./wire/mod.ts";
export * from "./session/mod.ts";
export * from "./monitor/mod.ts";

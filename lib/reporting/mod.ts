/**
 * How speakers of BGP tell each other of their sessions, for the statuses of BgpPeers: no decision is made
 * of it (docs/adr/0029).
 *
 * @module
 */

export * from "./reading.ts";
export * from "./reporter.ts";

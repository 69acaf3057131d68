/**
 * How speakers of BGP tell what they do and cannot do: to their logs, and to each other for the statuses of
 * BgpConfs and BgpPeers. No decision is made of it (docs/adr/0029).
 *
 * @module
 */

export * from "./journal.ts";
export * from "./reading.ts";
export * from "./reporter.ts";
export * from "./speaker_refusals.ts";
export * from "./told_once.ts";

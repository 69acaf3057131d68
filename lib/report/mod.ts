/**
 * What porter says of itself to people and programs, as pure values: made from the plan, the objects
 * and the sessions, and the same on the command line, in the local API and in the metrics.
 *
 * @module
 */

export { brakeReport } from "./brake.ts";
export { type AgentsState, agentsStates } from "./agents.ts";
export { absentFrom, type Change, type Difference, differences } from "./change.ts";
export { diagnose, type Finding, type Symptoms, sysctlNames } from "./doctor.ts";
export type { ReversePathSymptoms } from "./reverse_path.ts";
export * from "./eips.ts";
export { explain } from "./explain.ts";
export * from "./nodes.ts";
export { hintsOf, peersReport } from "./peers.ts";
export { type ChainReason, chainReasons } from "./remedies.ts";
export { routesReport } from "./routes.ts";
export { type LeafFacts, leafFacts, type LeafPrefix, rangePrefixes } from "./leaf/facts.ts";
export { leafConfig, type Vendor, vendors } from "./leaf/vendors.ts";
export * from "./model.ts";
export * from "./schema.ts";
export * from "./service_state.ts";
export { snapshotFromText, snapshotToText } from "./snapshot_text.ts";
export * from "./subject.ts";
export { familyName, nameOf } from "./text.ts";

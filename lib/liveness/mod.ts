/**
 * What BFD found out of leaf switches and nodes, and what follows of it: for managers, and for agents that
 * speak.
 *
 * @module
 */

export { Liveness, type LivenessOptions, type ManagedMonitor, type Watched } from "./liveness.ts";

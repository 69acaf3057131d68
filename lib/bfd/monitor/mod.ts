/**
 * BFD sessions and the reflector as loops: sockets, timers, logs.
 *
 * @module
 */

export type { MonitorPorts } from "./world.ts";
export { BfdMonitor } from "./monitor.ts";
export { BfdReflector, type ReflectorPorts } from "./reflector.ts";

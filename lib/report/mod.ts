/**
 * What porter says of itself to people and programs, as pure values: made from the plan, the objects
 * and the sessions, and the same on the command line, in the local API and in the metrics.
 *
 * @module
 */

export * from "./service_state.ts";

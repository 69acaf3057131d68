/**
 * Snapshot in, everything that shall be true out.
 *
 * @module
 */

export * from "./model.ts";
export { plan, Planner } from "./planner.ts";
export * from "./patch.ts";

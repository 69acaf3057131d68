/**
 * The objects porter reads: schemas at the door, porter's own nouns inside.
 *
 * @module
 */

export * from "./model.ts";
export * from "./record.ts";

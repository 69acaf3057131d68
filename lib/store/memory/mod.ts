/**
 * A store that lives in memory.
 *
 * @module
 */

export { type MemoryStore, openMemoryStore } from "./memory.ts";

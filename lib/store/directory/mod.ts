/**
 * A directory of manifests as a store.
 *
 * @module
 */

export { type DirectoryStore, type DirectoryStoreOptions, openDirectoryStore } from "./store.ts";
export { StoreError } from "./files.ts";

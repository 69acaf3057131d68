/**
 * A directory of manifests as a store.
 *
 * @module
 */

export { type DirectoryStore, type DirectoryStoreOptions, openDirectoryStore } from "./store.ts";
export { DirectoryLock, type DirectoryLockOptions } from "./lock.ts";
export type { ReadSoFar } from "./manifest_files.ts";
export { DirectoryReports } from "./reports.ts";
export { StoreError } from "./files.ts";
export { type ManifestText, readManifestText } from "./manifest_text.ts";

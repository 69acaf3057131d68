/**
 * Directories of manifests for tests.
 *
 * @module
 */

import { stringify } from "yaml";
import { type Log, type LogFields, silentLog } from "../../../lib/ports/mod.ts";
import {
  type DirectoryStore,
  type DirectoryStoreOptions,
  openDirectoryStore,
} from "../../../lib/store/mod.ts";
import { systemClock } from "../../../lib/system/mod.ts";

/** A directory, and the stores that a test opened over it. */
export class Rig {
  readonly directory: string;
  readonly stores: DirectoryStore[] = [];
  /** Warnings and errors that were logged: event names. */
  readonly logged: string[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes an empty directory. */
  static async make(): Promise<Rig> {
    return new Rig(await Deno.makeTempDir({ prefix: "porter-store-" }));
  }

  /** Opens a store over the directory. */
  async open(options: Partial<DirectoryStoreOptions> = {}): Promise<DirectoryStore> {
    const store = await openDirectoryStore({
      directory: this.directory,
      clock: systemClock,
      log: this.#log(),
      ...options,
    });
    this.stores.push(store);
    return store;
  }

  /** The path of a file in the directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file at once, as an editor that moves a finished file into place. */
  async put(name: string, content: string | readonly unknown[]): Promise<void> {
    const text = typeof content === "string" ? content : yamlOf(content);
    const folder = this.path(name).replace(/\/[^/]*$/, "");
    await Deno.mkdir(folder, { recursive: true });
    const temporary = `${folder}/.writing`;
    await Deno.writeTextFile(temporary, text);
    await Deno.rename(temporary, this.path(name));
  }

  /** Closes all stores and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.stores) await store.close();
    await Deno.remove(this.directory, { recursive: true });
  }

  #log(): Log {
    const keep = (event: string, _fields?: LogFields): void => void this.logged.push(event);
    return { ...silentLog, warn: keep, error: keep };
  }
}

/** Objects as one text of several documents. */
export function yamlOf(objects: readonly unknown[]): string {
  return objects.map((each) => stringify(each)).join("---\n");
}

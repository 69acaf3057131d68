/**
 * Watching objects of which only the spec is read. Their statuses change much more often and can be large
 * (all claims of an Eip, all speakers of a BgpPeer), and each version of them would go to every node. So the
 * watch asks for metadata alone, and an object is read where metadata.generation says that its spec, or that
 * it is being deleted, changed, or where its labels or annotations did.
 *
 * @module
 */

import type { RestClient } from "./client.ts";
import { listPage } from "./list_page.ts";
import { type Raw, record, text, uidOf, versionOf } from "./raw.ts";
import type { Resource } from "./resources.ts";
import type { WatchEvent } from "./watch.ts";

/** A watch of metadata (meta.k8s.io/v1 PartialObjectMetadata); a server that has none sends whole objects. */
export const metadataOnly =
  "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/** What is needed. */
export interface SpecWatchOptions {
  readonly resource: Resource;
  readonly client: RestClient;
  readonly signal: AbortSignal;
}

/** Follows which specs are known, and reads those that are not. */
export class SpecWatch {
  readonly #options: SpecWatchOptions;
  /** By name. */
  readonly #known = new Map<string, string>();

  constructor(options: SpecWatchOptions) {
    this.#options = options;
  }

  /** A list begins anew. */
  forget(): void {
    this.#known.clear();
  }

  /** Objects as they were listed, without their statuses. */
  listed(items: readonly Raw[]): readonly Raw[] {
    for (const each of items) this.#known.set(nameOf(each), specOf(each));
    return items.map(withoutStatus);
  }

  /**
   * The changes of specs among events of metadata. Throws what requests throw: then all of them count as
   * not heard, for they will come again.
   */
  async changes(events: readonly WatchEvent[]): Promise<readonly WatchEvent[]> {
    const found: WatchEvent[] = [];
    const now = new Map<string, string | undefined>();
    for (const event of events) {
      const name = nameOf(event.object);
      if (event.type === "DELETED") {
        now.set(name, undefined);
        found.push(event);
        continue;
      }
      const known = now.has(name) ? now.get(name) : this.#known.get(name);
      if (known === specOf(event.object)) continue;
      const object = await this.#read(event.object);
      // Gone by now: its deletion is yet to be told.
      if (object === undefined) continue;
      now.set(name, specOf(object));
      found.push({ type: "MODIFIED", object: withoutStatus(object) });
    }
    for (const [name, spec] of now) {
      if (spec === undefined) this.#known.delete(name);
      else this.#known.set(name, spec);
    }
    return found;
  }

  /**
   * A list of one: nothing else needs to be granted. From the server's cache, which is as new as the event
   * at least: every node reads in the same moment.
   */
  async #read(metadata: Raw): Promise<Raw | undefined> {
    const query = {
      fieldSelector: `metadata.name=${nameOf(metadata)}`,
      resourceVersion: versionOf(metadata),
      resourceVersionMatch: "NotOlderThan",
    };
    return (await listPage({ ...this.#options, query })).items[0];
  }
}

function withoutStatus(raw: Raw): Raw {
  return { ...raw, status: {} };
}

function nameOf(raw: Raw): string {
  return text(record(raw.metadata).name);
}

/**
 * Which object this is, which version of its spec, and what people say beside it: labels, by which others
 * select it, and annotations change no metadata.generation.
 */
function specOf(raw: Raw): string {
  const { generation, labels, annotations } = record(raw.metadata);
  return JSON.stringify([uidOf(raw), generation, labels, annotations]);
}

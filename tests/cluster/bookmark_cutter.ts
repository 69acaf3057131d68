/**
 * A way to the API server that breaks at the worst moment: when a watch has told of nothing but a bookmark.
 *
 * @module
 */

import type { RequestOptions, RestClient } from "../../lib/store/mod.ts";
import { versionOf } from "../../lib/store/kubernetes/raw.ts";
import { WatchDecoder } from "../../lib/store/kubernetes/watch.ts";

/** A client that cuts the first watch of EndpointSlices when a bookmark came. */
export class BookmarkCutter implements RestClient {
  readonly #client: RestClient;
  readonly watched: string[] = [];
  lists = 0;
  /** Events of the first watch that are none. */
  events = 0;
  bookmark = "";

  constructor(client: RestClient) {
    this.#client = client;
  }

  // deno-lint-ignore no-explicit-any -- the interface has an overload for each kind of answer
  async performRequest(options: RequestOptions): Promise<any> {
    // deno-lint-ignore no-explicit-any -- passed on as it is
    const answer = await this.#client.performRequest(options as any);
    if (!options.path.includes("endpointslices")) return answer;
    if (options.expectStream !== true) {
      this.lists++;
      return answer;
    }
    this.watched.push(options.querystring?.get("resourceVersion") ?? "");
    return this.watched.length > 1 ? answer : this.#untilBookmark(answer);
  }

  async *#untilBookmark(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const decoder = new WatchDecoder();
    const cut = Promise.withResolvers<never>();
    cut.promise.catch(() => {});
    const pieces = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await Promise.race([pieces.next(), cut.promise]);
        if (done) return;
        for (const { type, object } of decoder.push(value)) {
          if (type === "BOOKMARK") this.bookmark = versionOf(object);
          else this.events++;
        }
        // After what is queued was read.
        if (this.bookmark !== "") setTimeout(() => cut.reject(new Error("cut")), 100);
        yield value;
      }
    } finally {
      // Not awaited: it comes after the piece that is waited for.
      pieces.return?.();
    }
  }
}

/**
 * Keeps up with one resource: lists it in pages, watches from there, resumes where a watch ended,
 * lists again when the server no longer knows that version, and tries for ever.
 *
 * @module
 */

import type { Clock, Log, Random } from "../../ports/mod.ts";
import { backoff, type BackoffTimes, pause } from "./backoff.ts";
import type { RestClient } from "./client.ts";
import { ApiError, ConnectionError, reasonOf, watchError } from "./errors.ts";
import { listPage } from "./list_page.ts";
import { type Raw, versionOf } from "./raw.ts";
import { collectionPath, type Resource, resourceName } from "./resources.ts";
import { metadataOnly, SpecWatch } from "./spec_watch.ts";
import { watch, type WatchEvent } from "./watch.ts";

/** Who is told what a resource holds. */
export interface ReflectorSink {
  /** A list starts: what is not in it by its end is gone. */
  listStarts(resource: Resource): void;
  listItems(resource: Resource, items: readonly Raw[]): void;
  listEnds(resource: Resource): void;
  /** Never a BOOKMARK or ERROR. */
  changes(resource: Resource, events: readonly WatchEvent[]): void;
  /** The API server does not have this resource: its CRD is not installed. */
  missing(resource: Resource): void;
  /** It could not be read, and is tried again. */
  failed(resource: Resource, error: string): void;
  /** It can be read. */
  works(resource: Resource): void;
}

/** The pace of a reflector, in milliseconds. */
export interface ReflectorTimes {
  readonly retry: BackoffTimes;
  /** How often a resource that is not there is looked for at the least. */
  readonly missing: number;
  /** A watch is ended by the server after so long, give or take a fifth. */
  readonly watch: number;
  /** A watch without a byte for so long is dead. */
  readonly idle: number;
}

/** How it is done unless a test says otherwise. */
export const reflectorTimes: ReflectorTimes = {
  retry: { first: 200, last: 5_000 },
  missing: 3_000,
  watch: 270_000,
  idle: 120_000,
};

/** What a reflector needs. */
export interface ReflectorOptions {
  readonly resource: Resource;
  /** Only the specs are read: objects come without a status (spec_watch.ts). Not for namespaced kinds. */
  readonly specOnly?: boolean;
  readonly client: RestClient;
  readonly sink: ReflectorSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly times: ReflectorTimes;
}

/**
 * Objects on one page of a list. As text and as objects a page takes some ten kilobytes for each of them;
 * with 500 that outlives V8's young generation, and 5,000 Services took 25 MiB more.
 */
const pageSize = 100;

/** So many answers of 404 in a row are believed where a list was read before. */
const missingBelieved = 5;

/** A watch that ends sooner, without an event, counts as a failure. */
const shortWatch = 1000;

/** The same failure is logged once in so many milliseconds. */
const logAgain = 60_000;

/** Keeps up with one resource until it is closed. */
export class Reflector {
  /** Resolves when the first list was read, or could not be. */
  readonly tried: Promise<void>;
  readonly #options: ReflectorOptions;
  readonly #closing = new AbortController();
  readonly #specs: SpecWatch | undefined;
  /** Aborted when the wait for the next try is to end. */
  #waiting = new AbortController();
  #unanswered = false;
  readonly #done: Promise<void>;
  #tried: () => void = () => {};
  /** Where the next watch starts; undefined when everything must be listed. */
  #version: string | undefined;
  #listed = false;
  /** When the watch was opened, monotonic milliseconds; no watch is. */
  #openedAt = Infinity;
  #failures = 0;
  #notFound = 0;
  #logged: { readonly message: string; readonly at: number } | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    const { resource, client, specOnly = false } = options;
    const { signal } = this.#closing;
    this.#specs = specOnly ? new SpecWatch({ resource, client, signal }) : undefined;
    this.tried = new Promise((resolve) => this.#tried = resolve);
    this.#done = this.#run();
  }

  /** Ends it; nobody is told anything afterwards. */
  async close(): Promise<void> {
    this.#closing.abort(new ConnectionError("The store was closed"));
    this.#waiting.abort();
    await this.#done;
  }

  /** Tries now, if it waits because nobody answered. What the server asked for is waited for. */
  hurry(): void {
    if (this.#unanswered) this.#waiting.abort();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        this.#tried();
        await this.#watch(this.#version);
      } catch (thrown) {
        if (signal.aborted) break;
        const wait = this.#failed(thrown);
        this.#tried();
        this.#unanswered = thrown instanceof ConnectionError;
        this.#waiting = new AbortController();
        await pause(clock, wait, this.#waiting.signal);
      }
    }
    this.#tried();
  }

  /** Reads every page; gives the version of the list. */
  async #list(): Promise<string> {
    const { client, resource, sink } = this.#options;
    sink.listStarts(resource);
    this.#specs?.forget();
    const { signal } = this.#closing;
    let token = "";
    let version = "";
    do {
      const query = { limit: `${pageSize}`, ...(token === "" ? {} : { continue: token }) };
      const page = await listPage({ client, resource, query, signal });
      sink.listItems(resource, this.#specs?.listed(page.items) ?? page.items);
      version = page.version;
      token = page.next;
    } while (token !== "");
    if (version === "") throw new ConnectionError("The list has no resourceVersion");
    sink.listEnds(resource);
    this.#listed = true;
    this.#worked();
    return version;
  }

  /** Follows one watch to its end. */
  async #watch(resourceVersion: string): Promise<void> {
    const { client, resource, sink, clock, random, times } = this.#options;
    let heard = false;
    const pieces = watch({
      client,
      clock,
      path: collectionPath(resource),
      query: resource.query,
      resourceVersion,
      ...(this.#specs === undefined ? {} : { accept: metadataOnly }),
      timeoutSeconds: Math.ceil(times.watch * (0.8 + 0.4 * random()) / 1000),
      idleMs: times.idle,
      signal: this.#closing.signal,
    });
    for await (const events of pieces) {
      if (events.length === 0) {
        this.#openedAt = clock.monotonic();
        sink.works(resource);
        continue;
      }
      heard = true;
      const error = events.find(({ type }) => type === "ERROR");
      const told = events.filter(({ type }) => type !== "ERROR" && type !== "BOOKMARK");
      const changes = await this.#specs?.changes(told) ?? told;
      if (changes.length > 0) sink.changes(resource, changes);
      const last = events.findLast(({ type }) => type !== "ERROR");
      if (last !== undefined) {
        this.#version = versionOf(last.object) || this.#version;
        this.#worked();
      }
      if (error !== undefined) throw watchError(`watch ${resourceName(resource)}`, error.object);
    }
    if (!heard && !this.#lasted()) {
      throw new ConnectionError("The watch ended as soon as it began");
    }
  }

  /** Whether the last watch was open long enough to count as working. */
  #lasted(): boolean {
    return this.#options.clock.monotonic() - this.#openedAt >= shortWatch;
  }

  #worked(): void {
    const { log, resource, sink } = this.#options;
    if (this.#failures > 0) {
      log.info("kubernetes.recovered", { resource: resourceName(resource) });
    }
    this.#failures = 0;
    this.#notFound = 0;
    this.#logged = undefined;
    sink.works(resource);
  }

  /** Tells of a failure; gives the milliseconds until the next try. */
  #failed(thrown: unknown): number {
    const { log, resource, sink, random, times } = this.#options;
    const what = { resource: resourceName(resource) };
    this.#failures = this.#lasted() ? 1 : this.#failures + 1;
    this.#openedAt = Infinity;
    if (thrown instanceof ApiError && thrown.expired) {
      log.info("kubernetes.version-expired", { ...what, listing: "again" });
      this.#version = undefined;
      // Once is everyday life; again and again means that listing is slower than the server's memory.
      return this.#failures === 1 ? 0 : backoff(this.#failures, times.retry, random);
    }
    if (thrown instanceof ApiError && thrown.code === 404) return this.#missing();
    this.#notFound = 0;
    sink.failed(resource, reasonOf(thrown));
    this.#say(thrown);
    return thrown instanceof ApiError && thrown.retryAfterMs !== undefined
      ? thrown.retryAfterMs
      : backoff(this.#failures, times.retry, random);
  }

  /** While an API server starts, it may not know of its own CRDs for a moment. */
  #missing(): number {
    const { resource, sink, random, times } = this.#options;
    this.#version = undefined;
    this.#notFound++;
    const error = resource.custom
      ? "the API server does not have it; install it: kubectl apply -f crds"
      : "the API server does not have it";
    if (!this.#listed || this.#notFound >= missingBelieved) sink.missing(resource);
    this.#say(new ApiError(error, { code: 404, reason: "NotFound" }));
    return Math.min(backoff(this.#failures, times.retry, random), times.missing);
  }

  #say(thrown: unknown): void {
    const { log, resource, clock } = this.#options;
    const message = reasonOf(thrown);
    const now = clock.monotonic();
    const { message: last, at } = this.#logged ?? { message: "", at: -Infinity };
    if (message === last && now - at < logAgain) return;
    this.#logged = { message, at: now };
    const fields = { resource: resourceName(resource), error: message };
    if (thrown instanceof ApiError && thrown.code === 403) {
      const verb = this.#version === undefined ? "list" : "watch";
      log.error("kubernetes.forbidden", { ...fields, verb, fix: "grant it by RBAC" });
    } else log.warn("kubernetes.unreadable", fields);
  }
}

/**
 * Watches: a response that goes on, one JSON object a line ("Efficient detection of changes" of the
 * Kubernetes API concepts).
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { pause } from "./backoff.ts";
import type { RestClient } from "./client.ts";
import { ConnectionError } from "./errors.ts";
import { isRecord, type Raw, withoutManagers } from "./raw.ts";

/** One event of a watch. The object of an ERROR is a Status. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Raw;
}

const types: readonly string[] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

/** No object of the API comes near this many characters; etcd takes 1.5 MiB. */
const maxLine = 16 * 1024 * 1024;

/** Makes events of bytes, wherever those are cut. */
export class WatchDecoder {
  readonly #utf8 = new TextDecoder();
  #rest = "";

  /** The events that are whole by now. Throws ConnectionError at what is no event. */
  push(bytes: Uint8Array): readonly WatchEvent[] {
    const text = this.#utf8.decode(bytes, { stream: true });
    const lines = text.split("\n");
    lines[0] = this.#rest + (lines[0] ?? "");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > maxLine) throw new ConnectionError("The watch sent an endless line");
    return lines.filter((line) => line.trim() !== "").map(readEvent);
  }

  /** Whether the bytes so far end within an event. */
  get within(): boolean {
    return this.#rest.trim() !== "";
  }
}

function readEvent(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new ConnectionError("The watch sent a line that is no JSON");
  }
  if (
    !isRecord(event) || typeof event.type !== "string" || !types.includes(event.type) ||
    !isRecord(event.object)
  ) {
    throw new ConnectionError("The watch sent a line that is no event");
  }
  return { type: event.type as WatchEvent["type"], object: withoutManagers(event.object) };
}

/** What to watch. */
export interface WatchOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
  /** In what form the objects shall come; left out: whole. */
  readonly accept?: string;
  /** Seconds after which the server shall end it. */
  readonly timeoutSeconds: number;
  /** Milliseconds without a byte after which it counts as dead; bookmarks come about once a minute. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/**
 * The events since a version, in the pieces in which they come, until the server ends the watch. The
 * first piece is empty and says that the watch is open. Throws when it breaks off.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<readonly WatchEvent[]> {
  const { client, clock, path, idleMs, signal, accept } = options;
  const querystring = new URLSearchParams({
    ...options.query,
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: options.resourceVersion,
    timeoutSeconds: `${options.timeoutSeconds}`,
  });
  // Not AbortSignal.any(): on Deno 2.9.6 it forgets its sources after a garbage collection.
  const abort = new AbortController();
  const follow = (): void => abort.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener("abort", follow);
  const idle = new IdleTimer(
    clock,
    idleMs,
    () => abort.abort(new ConnectionError(`Nothing was heard for ${idleMs / 1000} seconds`)),
  );
  try {
    const stream = await client.performRequest({
      method: "GET",
      path,
      querystring,
      ...(accept === undefined ? {} : { accept }),
      expectStream: true,
      abortSignal: abort.signal,
    });
    yield [];
    const decoder = new WatchDecoder();
    for await (const bytes of stream) {
      idle.restart();
      const events = decoder.push(bytes);
      if (events.length > 0) yield events;
    }
    if (decoder.within) throw new ConnectionError("The watch broke off within an event");
  } finally {
    idle.stop();
    signal.removeEventListener("abort", follow);
  }
}

/** Calls when it was not restarted for some time. Looks now and then, for restarts are many. */
class IdleTimer {
  readonly #stop = new AbortController();
  #since: number;
  readonly #clock: Clock;

  constructor(clock: Clock, ms: number, idle: () => void) {
    this.#clock = clock;
    this.#since = clock.monotonic();
    const look = async (): Promise<void> => {
      while (!this.#stop.signal.aborted) {
        const left = this.#since + ms - clock.monotonic();
        if (left <= 0) return idle();
        await pause(clock, left, this.#stop.signal);
      }
    };
    look();
  }

  restart(): void {
    this.#since = this.#clock.monotonic();
  }

  stop(): void {
    this.#stop.abort();
  }
}

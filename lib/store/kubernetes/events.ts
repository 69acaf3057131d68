/**
 * What happened to objects, as Events of events.k8s.io/v1, for `kubectl describe`. An Event's name is
 * made of what it says, so that the same fact told again, by this process or the next one, counts up
 * the Event there is and makes no new one. They wait in a bounded queue and are sent slowly: nothing
 * else may wait for them, and a failure is only logged.
 *
 * @module
 */

import type { Clock, Log, ObjectEvent } from "../../ports/mod.ts";
import { pause } from "./backoff.ts";
import type { RestClient } from "./client.ts";
import { ApiError, ConnectionError, reasonOf } from "./errors.ts";
import { resources } from "./resources.ts";

/** So many wait at most; more are dropped, and counted in the log. */
const maxWaiting = 1000;

/**
 * Milliseconds that the first of them waits: an API server that takes what happened to a Service beside
 * the very writes that make it happen is slower with these.
 */
const settling = 250;

/** Sent at once at most, and then so many milliseconds apart. */
const burst = 50;
const spacing = 50;

/** The API server cuts at this many characters; it refuses what is longer. */
const maxNote = 1024;

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process. */
  readonly instance: string;
  /** metadata.uid of the object; "" when it is not known. */
  readonly uidOf: (event: ObjectEvent) => string;
}

/** Sends events, one at a time. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #closing = new AbortController();
  /** Aborted when nothing waits any more for others to go first. */
  readonly #hurry = new AbortController();
  readonly #waiting: { readonly event: ObjectEvent; readonly uid: string; readonly at: number }[] =
    [];
  /** How often this process told a fact, by the name of its Event; bounded. */
  readonly #told = new Map<string, number>();
  #dropped = 0;
  #allowance = burst;
  #countedAt: number;
  #sending: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#countedAt = options.clock.monotonic();
  }

  /** Keeps an event to be sent; never throws, never waits. */
  record(event: ObjectEvent): void {
    if (this.#closing.signal.aborted) return;
    if (this.#waiting.length >= maxWaiting) {
      this.#dropped++;
      return;
    }
    const { uidOf, clock } = this.#options;
    this.#waiting.push({ event, uid: uidOf(event), at: clock.now() });
    this.#sending ??= this.#sendAll().finally(() => this.#sending = undefined);
  }

  /** Sends no more; what waits is given up after a second. */
  async close(): Promise<void> {
    this.#hurry.abort();
    const cancel = this.#options.clock.after(1000, () => this.#stop());
    await this.#sending;
    cancel();
    this.#stop();
  }

  #stop(): void {
    this.#waiting.length = 0;
    this.#closing.abort(new ConnectionError("The store was closed"));
  }

  async #sendAll(): Promise<void> {
    const { clock, log } = this.#options;
    await pause(clock, settling, this.#hurry.signal);
    let failures = 0;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#mayGo();
      if (this.#closing.signal.aborted) return;
      try {
        await this.#send(next);
        failures = 0;
      } catch (thrown) {
        if (this.#closing.signal.aborted) return;
        failures++;
        log.warn("events.unwritten", { reason: next.event.reason, error: reasonOf(thrown) });
        // While nothing can be written there is no use in trying one after the other.
        if (!(thrown instanceof ApiError)) {
          await pause(clock, Math.min(1000 * failures, 10_000), this.#closing.signal);
        }
      }
    }
    if (this.#dropped > 0) log.warn("events.dropped", { count: this.#dropped });
    this.#dropped = 0;
  }

  /** A bucket of allowances that fills slowly. */
  async #mayGo(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    this.#allowance = Math.min(burst, this.#allowance + (now - this.#countedAt) / spacing);
    this.#countedAt = now;
    this.#allowance--;
    if (this.#allowance < 0) {
      await pause(clock, -this.#allowance * spacing, this.#closing.signal);
    }
  }

  async #send(
    { event, uid, at }: { readonly event: ObjectEvent; readonly uid: string; readonly at: number },
  ): Promise<void> {
    const { client, instance } = this.#options;
    const body = eventBody({ event, uid, at, instance });
    const { name, namespace } = body.metadata;
    const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const abortSignal = this.#closing.signal;
    const count = (this.#told.get(name) ?? 0) + 1;
    this.#remember(name, count);
    try {
      await client.performRequest({ method: "POST", path, bodyJson: body, abortSignal });
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 409) throw thrown;
      const series = { count: Math.max(count, 2), lastObservedTime: microTime(at) };
      await client.performRequest({
        method: "PATCH",
        path: `${path}/${name}`,
        bodyJson: { series },
        contentType: "application/merge-patch+json",
        abortSignal,
      });
    }
  }

  #remember(name: string, count: number): void {
    this.#told.delete(name);
    this.#told.set(name, count);
    if (this.#told.size <= maxWaiting) return;
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest);
      break;
    }
  }
}

/** An Event as the API takes it. */
export interface EventBody {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

/** Makes the Event of a fact. */
export function eventBody(
  { event, uid, at, instance }: {
    readonly event: ObjectEvent;
    readonly uid: string;
    readonly at: number;
    readonly instance: string;
  },
): EventBody {
  const { kind, namespace, name } = event.object;
  const resource = Object.values(resources).find((each) => each.kind === kind);
  const note = event.message.length > maxNote
    ? `${event.message.slice(0, maxNote - 3)}...`
    : event.message;
  const digest = fingerprint([kind, uid, event.type, event.reason, note].join("\n"));
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: {
      // Names of Services are short; those of other objects are cut, for the whole has a limit of 253.
      name: `${name.slice(0, 200)}.${digest}`,
      namespace: namespace || "default",
    },
    eventTime: microTime(at),
    reportingController: "porter.kubesphere.io/manager",
    reportingInstance: instance,
    action: event.reason,
    reason: event.reason,
    type: event.type,
    note,
    regarding: {
      ...(resource === undefined ? {} : { apiVersion: resource.apiVersion }),
      kind,
      ...(namespace === "" ? {} : { namespace }),
      name,
      ...(uid === "" ? {} : { uid }),
    },
  };
}

/** A time as MicroTime has it, with six digits; without them the API server refuses it. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}

/** FNV-1a of 64 bits, in hexadecimal: names the same fact the same. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

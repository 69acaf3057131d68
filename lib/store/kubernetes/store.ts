/**
 * The Kubernetes API as a store. Everybody who opened it sees the same objects within milliseconds;
 * who writes is not decided here.
 *
 * - Before every kind was listed once the snapshot is not complete. A kind whose CRD is not installed
 *   counts as listed and empty, with a fault that says so; a kind that may not be read does not.
 * - While the API server is away the snapshot stays as it was last known.
 *
 * @module
 */

import type { KindName, Snapshot } from "../../objects/mod.ts";
import { kindNames } from "../../objects/mod.ts";
import type {
  Cancel,
  Clock,
  Log,
  ObjectEvent,
  Random,
  StatusPatch,
  Store,
} from "../../ports/mod.ts";
import { Subscribers } from "../subscribers.ts";
import type { RestClient } from "./client.ts";
import { ConnectionError } from "./errors.ts";
import { EventRecorder } from "./events.ts";
import { KubernetesObjects } from "./objects.ts";
import { Reflector, type ReflectorSink, type ReflectorTimes, reflectorTimes } from "./reflector.ts";
import { RefusedWrites } from "./refused_writes.ts";
import { type Resource, resourceName, resources } from "./resources.ts";
import { NamedSecrets } from "./secrets.ts";
import { problemKey, Writer } from "./writer.ts";

/** How to open the Kubernetes API as a store. */
export interface KubernetesStoreOptions {
  /** The caller's: the store does not close it. */
  readonly client: RestClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Names this process in Events. */
  readonly instance: string;
  /** The kinds to read; all of them by default. Others stay empty. */
  readonly kinds?: readonly KindName[];
  /** Kinds of which only the specs are read: their objects have no status, and cost nothing when it changes. */
  readonly specsOnly?: readonly KindName[];
  /** Porter's own namespace: where the Secrets are that BgpPeers name. */
  readonly namespace: string;
  /** The pace of listing and watching. */
  readonly times?: Partial<ReflectorTimes>;
}

/** A Store over the Kubernetes API. */
export interface KubernetesStore extends Store {
  /** What cannot be read now, and why; empty when all is well. */
  readonly unreadable: ReadonlyMap<KindName, string>;
}

/** Snapshots are made at most so often: the last one's cost times this, at most `slowest` milliseconds. */
const rest = 4;
const slowest = 50;

/**
 * Opens the store. Resolves when each kind was listed, or could not be: then the snapshot is not
 * complete, `unreadable` says why, and it is tried again for ever.
 */
export async function openKubernetesStore(
  options: KubernetesStoreOptions,
): Promise<KubernetesStore> {
  const store = new OpenKubernetes(options);
  await store.tried();
  return store;
}

class OpenKubernetes implements KubernetesStore, ReflectorSink {
  readonly unreadable = new Map<KindName, string>();
  readonly #options: KubernetesStoreOptions;
  readonly #objects: KubernetesObjects;
  readonly #reflectors: readonly Reflector[];
  readonly #secrets: NamedSecrets | undefined;
  readonly #refused: RefusedWrites;
  readonly #writer: Writer;
  readonly #events: EventRecorder;
  readonly #subscribers = new Subscribers();
  readonly #closing = new AbortController();
  #writes: Promise<unknown> = Promise.resolve();
  /** When the last snapshot was made, and what it cost; monotonic milliseconds. */
  #made = { at: -Infinity, cost: 0 };
  #due: Cancel | undefined;

  constructor(options: KubernetesStoreOptions) {
    const { client, clock, log, random, instance, kinds = kindNames } = options;
    this.#options = options;
    // A Secret that cannot be read keeps its peer waiting, not the snapshot.
    const whole = kinds.filter((kind) => kind !== "Secret");
    this.#objects = new KubernetesObjects(whole);
    this.#refused = new RefusedWrites(clock, random, (ref) => {
      this.#objects.setProblem(problemKey(ref), undefined);
      this.#soon();
    });
    this.#writer = new Writer({
      client,
      clock,
      objects: this.#objects,
      refused: this.#refused,
      signal: this.#closing.signal,
      show: () => this.#show(),
    });
    this.#events = new EventRecorder({
      client,
      clock,
      log,
      instance,
      uidOf: ({ object }) => this.#objects.entry(object)?.uid ?? "",
    });
    const times = { ...reflectorTimes, ...options.times };
    const world = { client, clock, log, random, times };
    this.#reflectors = whole.map((kind) =>
      new Reflector({
        ...{ resource: resources[kind], sink: this, ...world },
        specOnly: options.specsOnly?.includes(kind) ?? false,
      })
    );
    const { namespace } = options;
    if (kinds.includes("Secret")) {
      this.#secrets = new NamedSecrets({ namespace, changed: () => this.#soon(), ...world });
    }
  }

  /** Resolves when each kind was tried. */
  async tried(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ tried }) => tried));
    this.#show();
    await this.#secrets?.tried();
    this.#show();
  }

  snapshot(): Snapshot {
    return this.#objects.snapshot;
  }

  subscribe(changed: () => void): () => void {
    return this.#subscribers.add(changed);
  }

  async patch(patches: readonly StatusPatch[]): Promise<void> {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    const written = this.#writer.write(patches);
    this.#writes = written.catch(() => {});
    await written;
  }

  record(event: ObjectEvent): void {
    this.#events.record(event);
  }

  async close(): Promise<void> {
    this.#subscribers.close();
    this.#closing.abort(new ConnectionError("The store was closed"));
    this.#due?.();
    this.#due = undefined;
    this.#refused.close();
    await Promise.all([
      ...this.#reflectors.map((each) => each.close()),
      this.#secrets?.close(),
      this.#writes,
      this.#events.close(),
    ]);
  }

  listStarts(resource: Resource): void {
    this.#objects.listStarts(resource);
  }

  listItems(...[resource, items]: Parameters<ReflectorSink["listItems"]>): void {
    this.#objects.listItems(resource, items);
  }

  listEnds(resource: Resource): void {
    this.#objects.listEnds(resource);
    this.#objects.setProblem(missingKey(resource), undefined);
    this.#soon();
  }

  changes(...[resource, events]: Parameters<ReflectorSink["changes"]>): void {
    for (const { type, object } of events) {
      this.#objects.event(resource, type === "DELETED" ? "gone" : "set", object);
    }
    this.#soon();
  }

  missing(resource: Resource): void {
    this.#objects.missing(resource);
    const message = `the API server does not have ${resourceName(resource)}; ` +
      "install porter's CRDs: kubectl apply -f crds";
    this.#objects.setProblem(missingKey(resource), { severity: "error", field: "", message });
    this.unreadable.delete(resource.kind);
    this.#soon();
  }

  failed({ kind }: Resource, error: string): void {
    this.unreadable.set(kind, error);
  }

  works({ kind }: Resource): void {
    // Who answers one answers the others too, mostly: an API server that is back is noticed once.
    if (this.unreadable.delete(kind)) {
      for (const reflector of this.#reflectors) {
        reflector.hurry();
      }
    }
  }

  /** Shows what was heard: at once when the last time is long ago, else after a moment. */
  #soon(): void {
    if (this.#due !== undefined || this.#closing.signal.aborted) return;
    const { clock } = this.#options;
    const { at, cost } = this.#made;
    const wait = at + Math.min(cost * rest, slowest) - clock.monotonic();
    if (wait <= 0) return this.#show();
    this.#due = clock.after(wait, () => {
      this.#due = undefined;
      this.#show();
    });
  }

  #show(): void {
    if (this.#closing.signal.aborted) return;
    const { clock } = this.#options;
    const started = clock.monotonic();
    let differs = this.#objects.refresh(this.#secrets);
    // Peers come together with the word that their Secrets are still being read.
    if (this.#secrets?.want(this.#objects.snapshot.bgpPeers)) {
      differs = this.#objects.refresh(this.#secrets) || differs;
    }
    if (differs) this.#subscribers.notify();
    const at = clock.monotonic();
    this.#made = { at, cost: at - started };
  }
}

/** Under which name the cache keeps that a resource is not there. */
function missingKey(resource: Resource): string {
  return `missing ${resourceName(resource)}`;
}

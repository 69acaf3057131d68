/**
 * The Secrets that BgpPeers name, each listed and watched by its name alone: RBAC can grant just these,
 * and nothing of anybody else's Secrets comes near porter. Only porter's own namespace is read.
 *
 * A Secret that cannot be read is a matter of the peers that name it; it keeps nothing else waiting.
 *
 * @module
 */

import type { BgpPeer, Noun, UnreadSecret } from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { type Entry, readEntry } from "./entry.ts";
import { type Raw, versionOf } from "./raw.ts";
import { Reflector, type ReflectorOptions, type ReflectorSink } from "./reflector.ts";
import { type Resource, resources } from "./resources.ts";

/** What the reflectors of Secrets need. */
export interface NamedSecretsOptions extends Omit<ReflectorOptions, "resource" | "sink"> {
  /** Porter's own namespace. */
  readonly namespace: string;
  /** Something changed. */
  readonly changed: () => void;
}

/** One Secret that is looked for. */
interface Known {
  readonly reflector: Reflector;
  entry: Entry | undefined;
  /** It was listed once, and may be missing. */
  listed: boolean;
  why: string | undefined;
}

/** Keeps up with the Secrets of some names. */
export class NamedSecrets {
  readonly #options: NamedSecretsOptions;
  readonly #known = new Map<string, Known>();
  readonly #changed = new Map<string, { readonly ref: ObjectRef; readonly noun?: Noun }>();
  #peers: readonly BgpPeer[] = [];
  #foreign: readonly UnreadSecret[] = [];
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: NamedSecretsOptions) {
    this.#options = options;
  }

  /** Says all the Secrets there shall be: those that these peers name. Whether they are others now. */
  want(peers: readonly BgpPeer[]): boolean {
    if (peers === this.#peers) return false;
    this.#peers = peers;
    const { namespace } = this.#options;
    const refs = peers.flatMap(({ spec }) => spec.passwordSecretRef ?? []);
    const isOwn = (each: { readonly namespace?: string }): boolean =>
      (each.namespace ?? namespace) === namespace;
    const names = new Set(refs.filter(isOwn).map(({ name }) => name));
    this.#foreign = refs.filter((each) => !isOwn(each)).map(({ namespace: other = "", name }) => ({
      ...{ namespace: other, name },
      why: `porter reads Secrets of its own namespace only, ${namespace}, not of ${other}`,
    }));
    for (const [name, known] of this.#known) {
      if (names.has(name)) continue;
      this.#known.delete(name);
      this.#closing = Promise.all([this.#closing, known.reflector.close()]);
      if (known.entry !== undefined) this.#put(name, known, undefined);
    }
    for (const name of names) if (!this.#known.has(name)) this.#start(name);
    return true;
  }

  /** What was read or went away since the last call. */
  takeChanges(): readonly { readonly ref: ObjectRef; readonly noun?: Noun }[] {
    const changes = [...this.#changed.values()];
    this.#changed.clear();
    return changes;
  }

  /** Those that cannot be read, or were not yet. */
  get unread(): readonly UnreadSecret[] {
    const { namespace } = this.#options;
    const own = [...this.#known].flatMap(([name, { listed, why }]): UnreadSecret[] => {
      if (why !== undefined) return [{ namespace, name, why }];
      return listed ? [] : [{ namespace, name }];
    });
    return [...own, ...this.#foreign];
  }

  /** Resolves when each was tried. */
  async tried(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ reflector }) => reflector.tried));
  }

  /** Ends all reading. */
  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ reflector }) => reflector.close()));
    await this.#closing;
  }

  #start(name: string): void {
    const { namespace } = this.#options;
    const query = { fieldSelector: `metadata.name=${name}` };
    const resource: Resource = { ...resources.Secret, namespace, query };
    const known: Known = {
      reflector: new Reflector({ ...this.#options, resource, sink: this.#sinkOf(name) }),
      entry: undefined,
      listed: false,
      why: undefined,
    };
    this.#known.set(name, known);
  }

  #sinkOf(name: string): ReflectorSink {
    let seen: Raw | undefined;
    const told = (tell: (known: Known) => void): void => {
      const known = this.#known.get(name);
      if (known === undefined) return;
      tell(known);
      this.#options.changed();
    };
    return {
      listStarts: () => seen = undefined,
      listItems: (_, items) => seen = items[0] ?? seen,
      listEnds: () =>
        told((known) => {
          known.listed = true;
          this.#put(name, known, seen);
        }),
      changes: (_, events) =>
        told((known) => {
          for (const { type, object } of events) {
            this.#put(name, known, type === "DELETED" ? undefined : object);
          }
        }),
      missing: () => told((known) => known.why = "the API server has no Secrets"),
      failed: (_, error) =>
        // What is known stays in force.
        told((known) =>
          known.why = known.listed
            ? undefined
            : `the Secret ${this.#options.namespace}/${name} cannot be read: ${error}`
        ),
      works: () => told((known) => known.why = undefined),
    };
  }

  #put(name: string, known: Known, raw: Raw | undefined): void {
    const ref = { kind: "Secret", namespace: this.#options.namespace, name };
    if (raw === undefined) {
      known.entry = undefined;
      this.#changed.set(refKey(ref), { ref });
      return;
    }
    const whole = { ...raw, apiVersion: "v1", kind: "Secret" };
    const entry = readEntry(resources.Secret, whole, {
      version: versionOf(raw),
      before: known.entry,
    });
    known.entry = entry;
    const { noun } = entry;
    this.#changed.set(refKey(ref), noun === undefined ? { ref } : { ref, noun });
  }
}

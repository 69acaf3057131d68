/**
 * Answering the managers' BFD on this node's own addresses (RFC 7880), so that they see at once when the
 * node is gone. The addresses are the InternalIPs of the Node object, as they are now.
 *
 * @module
 */

import { BfdReflector, type ReflectorPorts } from "../bfd/mod.ts";
import { type AddressKey, addressKey } from "../net/mod.ts";
import type { Store } from "../ports/mod.ts";

/** What is needed. */
export interface ReflectingOptions extends ReflectorPorts {
  /** The name of this node's Node object. */
  readonly node: string;
  readonly store: Pick<Store, "snapshot" | "subscribe">;
}

/** Answers on the node's addresses. */
export class Reflecting {
  readonly #options: ReflectingOptions;
  readonly #reflectors = new Map<AddressKey, BfdReflector>();
  #unsubscribe: () => void = () => {};

  /** Makes one that answers nobody yet. */
  constructor(options: ReflectingOptions) {
    this.#options = options;
  }

  /** Answers from now on. */
  start(): void {
    this.#unsubscribe = this.#options.store.subscribe(() => this.#look());
    this.#look();
  }

  /** Tells the managers that nothing is wrong, and answers no more. */
  stop(): void {
    this.#unsubscribe();
    for (const reflector of this.#reflectors.values()) reflector.close();
    this.#reflectors.clear();
  }

  #look(): void {
    const { node, store } = this.#options;
    const snapshot = store.snapshot();
    const own = snapshot.nodes.find(({ ref }) => ref.name === node);
    // A Node that is missing may only be late: what is answered goes on.
    if (own === undefined) return;
    const wanted = new Map(own.internalIps.map((each) => [addressKey(each), each]));
    for (const [key, reflector] of this.#reflectors) {
      if (wanted.has(key)) continue;
      reflector.close();
      this.#reflectors.delete(key);
    }
    for (const [key, address] of wanted) {
      if (this.#reflectors.has(key)) continue;
      this.#reflectors.set(key, new BfdReflector(this.#options, address));
    }
  }
}

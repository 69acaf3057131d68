/**
 * Where the BgpConf has a brake (docs/adr/0036), an EIP whose Service is gone stays on the node for a
 * moment, since its route stays in the leaf switches when the brake holds it, and the word of that comes
 * later than the deletion. Without the EIP a packet for it would loop between leaf and node.
 *
 * With a directory of manifests it stays as it was: servers serve by themselves. In a cluster nobody takes
 * its packets any more, and they would reach the node's own daemons: there everything on it is refused.
 *
 * @module
 */

import type { HostEip, HostState } from "../host/mod.ts";
import { type AddressKey, addressKey, compareAddresses, sameAddress } from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import { inForce } from "../plan/mod.ts";
import type { Cancel, Clock, Store } from "../ports/mod.ts";

/** Milliseconds: longer than it takes a manager to write what it holds. */
const lingers = 3000;

/** What is needed. */
export interface LingeringOptions {
  readonly store: Pick<Store, "snapshot" | "subscribe">;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** What shall be on the node; `HostStates` of lib/plan. */
  readonly hostState: (snapshot: Snapshot) => HostState;
  /** EIPs stay with their ports. */
  readonly keepPorts: boolean;
  /**
   * What an earlier agent left on the node: the brake holds EIPs for longer than an agent lives, and their
   * ports are known to nobody else.
   */
  readonly found?: readonly HostEip[];
}

/** A store and the host state that follows from it, some of it a little later. */
export class Lingering {
  readonly #options: LingeringOptions;
  readonly #subscribers = new Set<() => void>();
  /** What was given last, by address. */
  #last: readonly HostEip[] = none;
  /** EIPs that are gone, and when they go here, by the monotonic clock. */
  readonly #gone = new Map<AddressKey, { readonly eip: HostEip; readonly until: number }>();
  #wake: Cancel | undefined;

  constructor(options: LingeringOptions) {
    this.#options = options;
    this.#last = options.found ?? none;
  }

  /** The objects as they are. */
  snapshot(): Snapshot {
    return this.#options.store.snapshot();
  }

  /** Calls back when an object changed, or an EIP has stayed long enough; the result stops that. */
  subscribe(changed: () => void): () => void {
    const stop = this.#options.store.subscribe(changed);
    this.#subscribers.add(changed);
    return () => {
      stop();
      this.#subscribers.delete(changed);
      if (this.#subscribers.size === 0) this.#wake?.();
    };
  }

  /** What shall be on the node now. */
  hostState(snapshot: Snapshot): HostState {
    const wanted = this.#options.hostState(snapshot);
    if (inForce(snapshot.bgpConfs)?.spec.brake === undefined) {
      this.#gone.clear();
      this.#last = wanted.eips;
      return wanted;
    }
    const eips = this.#with(wanted.eips);
    this.#last = eips;
    return eips === wanted.eips ? wanted : { ...wanted, eips };
  }

  #with(wanted: readonly HostEip[]): readonly HostEip[] {
    const last = this.#last;
    const same = wanted.length === last.length &&
      wanted.every((eip, index) => sameAddress(eip.address, last[index]?.address ?? eip.address));
    if (same && this.#gone.size === 0 && wanted.every(hasPorts)) return wanted;
    const { clock, keepPorts } = this.#options;
    const now = clock.monotonic();
    const before = new Map(last.map((each) => [addressKey(each.address), each]));
    // One without ports is held by the brake: no Service has none.
    const eips = wanted.map((each) =>
      hasPorts(each) || !keepPorts ? each : before.get(addressKey(each.address)) ?? each
    );
    const there = new Set(wanted.map((each) => addressKey(each.address)));
    for (const [key, eip] of before) {
      if (there.has(key) || this.#gone.has(key)) continue;
      const ports = keepPorts ? eip.ports : none;
      this.#gone.set(key, { eip: { address: eip.address, ports }, until: now + lingers });
    }
    for (const [key, { eip, until }] of this.#gone) {
      if (there.has(key) || until <= now) this.#gone.delete(key);
      else eips.push(eip);
    }
    this.#wakeAt(now);
    return eips.sort((a, b) => compareAddresses(a.address, b.address));
  }

  #wakeAt(now: number): void {
    this.#wake?.();
    const [first] = this.#gone.values();
    if (first === undefined) return;
    this.#wake = this.#options.clock.after(first.until - now, () => {
      for (const changed of this.#subscribers) changed();
    });
  }
}

const none: readonly never[] = [];

function hasPorts({ ports }: HostEip): boolean {
  return ports.length > 0;
}

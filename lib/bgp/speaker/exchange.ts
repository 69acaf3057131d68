/**
 * The routes of one Established session: what the peer is told, pulled by its link as fast as it
 * reads, and what it tells us, counted and shown but never used.
 *
 * @module
 */

import { type Address, type Family, isLinkLocal, unmapped } from "../../net/mod.ts";
import type { Connection } from "../../ports/mod.ts";
import type { Agreement } from "../fsm/mod.ts";
import { type PeerConfig, plainAttributes, type SpeakerConfig } from "../model/mod.ts";
import {
  AdjRibIn,
  AdjRibOut,
  type LiveView,
  type LocRib,
  type PeerView,
  type RibChange,
} from "../rib/mod.ts";
import { familyOf, type RouteRefresh, type Update } from "../wire/mod.ts";
import { sameValue } from "./consequences.ts";
import type { Link } from "./link.ts";

/** What a session is made of. */
export interface ExchangeOptions {
  readonly link: Link;
  readonly rib: LocRib;
  readonly agreement: Agreement;
  readonly local: SpeakerConfig;
  readonly peer: PeerConfig;
  /** Counts may have changed. */
  readonly onChange: () => void;
  /** All that changed since then was said and written. */
  readonly onTold: (since: number) => void;
}

/** The routes of one Established session, both ways. */
export class Exchange {
  readonly agreement: Agreement;
  readonly told: AdjRibOut;
  readonly heard = new AdjRibIn();
  readonly #link: Link;
  #live: LiveView;
  readonly #onTold: (since: number) => void;
  /** When the oldest change was heard that is not said yet. */
  #since: number | undefined;
  #saidSome = false;

  /** Starts to tell the whole table at once. */
  constructor(options: ExchangeOptions) {
    this.agreement = options.agreement;
    this.#link = options.link;
    this.#live = liveView(options.peer);
    this.#onTold = options.onTold;
    this.told = new AdjRibOut(options.rib, viewOf(options));
    let heldBack = 0;
    options.link.sendRoutes((budget) => {
      const bytes = this.told.next(budget);
      if (bytes === undefined) this.#quiet();
      else this.#saidSome = true;
      // A cap is found to be reached also where nothing is left to say.
      if (bytes !== undefined || this.told.heldBack !== heldBack) options.onChange();
      heldBack = this.told.heldBack;
      return bytes;
    });
  }

  /** Our routes changed, by what was heard at `since`. */
  changed(change: RibChange, since?: number): void {
    if (since !== undefined) this.#since = Math.min(since, this.#since ?? since);
    this.told.changed(change);
    this.#link.wake();
  }

  /** Our routes are to be seen as this configuration of the peer has it. */
  look(peer: PeerConfig): void {
    const live = liveView(peer);
    if (sameValue(live, this.#live)) return;
    this.#live = live;
    this.told.look(live);
    this.#link.wake();
  }

  /** The peer said something. */
  take(message: Update | RouteRefresh): void {
    if (message.type === "update") return this.heard.apply(message);
    const family = familyOf(message.afi, message.safi);
    // Other subtypes mark where a refresh begins and ends (RFC 7313), which we did not ask for.
    if (message.subtype !== 0 || family === undefined || !this.#speaks(family)) return;
    this.told.refresh(family);
    // After all that was read with it: a flood of requests is answered once for each chunk.
    queueMicrotask(() => this.#link.wake());
  }

  /** Nothing is left to say, and the kernel has what was: the link asks only after it wrote. */
  #quiet(): void {
    if (this.#saidSome && this.#since !== undefined) this.#onTold(this.#since);
    this.#since = undefined;
    this.#saidSome = false;
  }

  #speaks(family: Family): boolean {
    return this.agreement.negotiated.families.includes(family);
  }
}

function viewOf({ agreement, local, peer, link }: ExchangeOptions): PeerView {
  return {
    internal: agreement.negotiated.internal,
    localAs: local.as,
    codec: agreement.codec,
    extendedNextHop: agreement.negotiated.extendedNextHop ?? false,
    families: agreement.negotiated.families,
    localAddresses: localAddresses(link.connection),
    peerAddress: peer.address,
    name: peer.range ?? peer.name,
    ...liveView(peer),
  };
}

function liveView(peer: PeerConfig): LiveView {
  return {
    sendMax: peer.addPathSendMax,
    nextHop: peer.nextHop,
    maxPrefixes: peer.maxPrefixesOut,
    attributes: peer.attributes ?? plainAttributes,
  };
}

/**
 * A session has one address of ours; the other family keeps the routes' next hops, and so does a
 * session of link-local addresses: a next hop must be one that means the same everywhere (RFC 2545).
 */
function localAddresses(connection: Connection): PeerView["localAddresses"] {
  const address: Address = unmapped(connection.local.address);
  if (isLinkLocal(address)) return {};
  return address.family === 4 ? { v4: address } : { v6: address };
}

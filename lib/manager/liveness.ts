/**
 * What BFD found out, and what follows of it for sessions (RFC 5882): a peer whose BFD session failed is
 * not reached, until BFD says otherwise, or has been silent for so long that it is more likely BFD that is
 * gone than the peer.
 *
 * @module
 */

import type { BfdMonitor, BfdStatus, BfdTarget } from "../bfd/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { Cancel, Clock, Log } from "../ports/mod.ts";
import { formatRef, type ObjectRef, type Refusal } from "../refusal/mod.ts";

/** The part of the monitor that the manager uses. */
export type ManagedMonitor = Pick<
  BfdMonitor,
  "setTargets" | "sessions" | "unavailable" | "close"
>;

/** What is needed. */
export interface LivenessOptions {
  /** Makes the monitor; `onChange` is to be called at once when a session changed. */
  readonly monitor: (onChange: () => void) => ManagedMonitor;
  readonly clock: Clock;
  readonly log: Log;
  /** Told at once which peers are not reached, all of them, by the names of their BgpPeers. */
  readonly onPeers: (unreachable: ReadonlySet<string>) => void;
  /** A session changed in a way that statuses show. */
  readonly onChange: () => void;
}

/**
 * Milliseconds for which a peer that BFD has lost is left alone. After that BGP tries without BFD: the
 * peer may have been told to do no BFD any more, which nobody says on the wire.
 */
const patienceMs = 60_000;

/** The kind in the names of peers' sessions. */
const peerPrefix = "BgpPeer ";

/** Watches with BFD, and says who is not reached. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #monitor: ManagedMonitor;
  /** Since when peers are failed, by the monotonic clock. */
  readonly #failedSince = new Map<string, number>();
  #again: Cancel | undefined;

  /** Watches nobody at first. */
  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#monitor = options.monitor(() => this.#changed());
  }

  /** Says whom to watch, all of them. */
  watch(targets: readonly BfdTarget[]): void {
    this.#monitor.setTargets(targets);
    this.#look();
  }

  /** How the sessions are. */
  sessions(): readonly BfdStatus[] {
    return this.#monitor.sessions();
  }

  /** Which of these peers' sessions cannot work here. */
  refusals(targets: readonly BfdTarget[], peers: readonly ObjectRef[]): readonly Refusal[] {
    const refs = new Map(peers.map((ref) => [formatRef(ref), ref]));
    return targets.flatMap(({ name, address }) => {
      const [object, why] = [refs.get(name), this.#monitor.unavailable(name)];
      if (object === undefined || why === undefined) return [];
      const message = `Cannot watch ${formatAddress(address)} with BFD: ${why}`;
      return [{ object, reason: "BfdUnavailable" as const, message }];
    });
  }

  /** Says AdminDown to everybody, and ends. */
  close(): void {
    this.#again?.();
    this.#monitor.close();
  }

  #changed(): void {
    this.#look();
    this.#options.onChange();
  }

  #look(): void {
    const { clock, log, onPeers } = this.#options;
    const now = clock.monotonic();
    const failed = this.#monitor.sessions().filter((each) =>
      each.failed && each.name.startsWith(peerPrefix)
    );
    for (const name of this.#failedSince.keys()) {
      if (!failed.some((each) => each.name === name)) this.#failedSince.delete(name);
    }
    const unreachable = new Set<string>();
    let nextLook = Infinity;
    for (const { name } of failed) {
      const since = this.#failedSince.get(name) ?? now;
      this.#failedSince.set(name, since);
      const left = since + patienceMs - now;
      if (left > 0) {
        unreachable.add(name.slice(peerPrefix.length));
        nextLook = Math.min(nextLook, left);
      }
    }
    this.#again?.();
    this.#again = nextLook === Infinity ? undefined : clock.after(nextLook, () => {
      log.warn("bfd.ignored", { reason: "BFD is silent, so BGP tries without it" });
      this.#look();
    });
    onPeers(unreachable);
  }
}

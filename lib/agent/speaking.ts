/**
 * The part of an agent that speaks BGP: snapshot in, the plan of its own node, say the whole to the
 * speaker. Where no BgpPeer selects the node, the plan has no speaker and nothing is opened. What it
 * announces is what every manager would say of this node, and only once it is recorded (docs/adr/0004).
 *
 * @module
 */

import type { PeerStatus, Route, Speaker, SpeakerStatus } from "../bgp/mod.ts";
import type { Cancel, Clock, Log, Pulse, Store } from "../ports/mod.ts";
import { awaitsRecords, LinkBandwidths, Planner } from "../plan/mod.ts";

/** The part of the speaker that an agent uses. */
export type AgentSpeaker = Pick<
  Speaker,
  "configure" | "setPeers" | "setRoutes" | "peers" | "status" | "close"
>;

/** The sessions as they are, and what all of them are told. */
export interface Said {
  readonly sessions: readonly PeerStatus[];
  readonly speaker: SpeakerStatus;
  readonly announced: readonly Route[];
}

/** What is needed to speak for a node. */
export interface SpeakingOptions {
  /** The name of this node's Node object. */
  readonly node: string;
  /** All that a manager reads: the plan is the same. */
  readonly store: Pick<Store, "snapshot" | "subscribe">;
  /** Closed at the end. */
  readonly speaker: AgentSpeaker;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds in which changes of objects become one plan. */
const coalesce = 3;

/** Announces one node to the leaf switches that want to hear it from the node itself. */
export class Speaking {
  readonly #options: SpeakingOptions;
  readonly #planner: Planner;
  readonly #linkBandwidths = new LinkBandwidths();
  #unsubscribe: (() => void) | undefined;
  #wake: { readonly at: number; readonly cancel: Cancel } | undefined;
  /** When the first plan was made, by the monotonic clock. */
  #firstPlan: number | undefined;
  #peers = "";
  #announced: readonly Route[] = [];

  /** Says nothing until it is started. */
  constructor(options: SpeakingOptions) {
    this.#options = options;
    // It says only what the managers have given, and they know which Services they serve.
    this.#planner = new Planner({ node: options.node, serveClassless: true });
  }

  /** Starts: from here on what the objects say of this node is announced. */
  start(): void {
    this.#unsubscribe = this.#options.store.subscribe(() => this.#soon(coalesce));
    this.#soon(0);
  }

  /**
   * Ends all sessions with the text. The leaf switches withdraw the node at once, unless its BgpPeer asks
   * for graceful restart.
   */
  async stop(text = "porter agent stops"): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#wake?.cancel();
    this.#wake = undefined;
    await this.#options.speaker.close(text, { keepRoutes: true });
  }

  /** How it is: how late its next plan is, and what keeps it from speaking. */
  get pulse(): Pulse {
    const now = this.#options.clock.monotonic();
    const { listenError } = this.#options.speaker.status();
    return {
      overdueMs: Math.max(0, now - (this.#wake?.at ?? now)),
      missing: [
        ...(this.#firstPlan !== undefined
          ? []
          : ["not every kind of object that speaking needs was listed yet"]),
        ...(listenError === undefined ? [] : [listenError]),
      ],
    };
  }

  /** The sessions, and what they are told. */
  get said(): Said {
    const { speaker } = this.#options;
    return { sessions: speaker.peers(), speaker: speaker.status(), announced: this.#announced };
  }

  /** Plans in at most `ms` milliseconds, or sooner when that was asked for already. */
  #soon(ms: number): void {
    if (this.#unsubscribe === undefined) return;
    const { clock } = this.#options;
    const at = clock.monotonic() + ms;
    if (this.#wake !== undefined) {
      if (this.#wake.at <= at) return;
      this.#wake.cancel();
    }
    const cancel = clock.after(ms, () => {
      this.#wake = undefined;
      this.#reconcile();
    });
    this.#wake = { at, cancel };
  }

  #reconcile(): void {
    const snapshot = this.#options.store.snapshot();
    // What is not known yet must not be taken for gone: what was said last stays said.
    if (!snapshot.complete) return;
    const { speaker, clock } = this.#options;
    const now = clock.now();
    const plan = this.#planner.plan(snapshot, undefined, now);
    if (plan.changesAt !== undefined) this.#soon(plan.changesAt - now);
    this.#firstPlan ??= clock.monotonic();
    const wait = awaitsRecords(plan, clock.monotonic() - this.#firstPlan);
    // Routes first: a session that comes up finds them all, and its End-of-RIB is true.
    this.#announced = this.#linkBandwidths.steady(plan.announced);
    speaker.setRoutes(this.#announced, { more: wait > 0 });
    if (wait > 0) this.#soon(wait);
    speaker.setPeers(plan.peers);
    speaker.configure(plan.speaker);
    this.#tell(plan.peers.map((each) => each.name).join(", "));
  }

  #tell(peers: string): void {
    if (peers === this.#peers) return;
    this.#peers = peers;
    this.#options.log.info("speaking.changed", { node: this.#options.node, peers });
  }
}

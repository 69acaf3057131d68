/**
 * The part of an agent that speaks BGP: snapshot in, the plan of its own node, say the whole to the
 * speaker. Where no BgpPeer selects the node, the plan has no speaker and nothing is opened. What it
 * announces is what every manager would say of this node, and only once it is recorded (docs/adr/0004).
 *
 * @module
 */

import type { BfdStatus } from "../bfd/mod.ts";
import type { PeerStatus, Route, Speaker, SpeakerStatus } from "../bgp/mod.ts";
import { Liveness, type LivenessOptions } from "../liveness/mod.ts";
import type { Clock, Log, Pulse, Store } from "../ports/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import {
  asksAgentOf,
  awaitsRecords,
  BrakedPlanner,
  LinkBandwidths,
  type Plan,
  type SpeakerState,
} from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { Journal, speakerRefusals } from "../reporting/mod.ts";
import { Wake } from "../wake/mod.ts";

/** The part of the speaker that an agent uses. */
export type AgentSpeaker = Pick<
  Speaker,
  "configure" | "setPeers" | "setRoutes" | "setUnreachable" | "peers" | "status" | "close"
>;

/** The sessions as they are, and what all of them are told. */
export interface Said {
  readonly sessions: readonly PeerStatus[];
  readonly bfd: readonly BfdStatus[];
  /** What cannot be had here. */
  readonly refusals: readonly Refusal[];
  readonly speaker: SpeakerStatus;
  readonly announced: readonly Route[];
  /** How many routes the brake holds, those of other nodes among them. */
  readonly held: number;
}

/** What is needed to speak for a node. */
export interface SpeakingOptions {
  /** The name of this node's Node object. */
  readonly node: string;
  /** All that a manager reads: the plan is the same. */
  readonly store: Pick<Store, "snapshot" | "subscribe">;
  /** Closed at the end. */
  readonly speaker: AgentSpeaker;
  /** Makes the BFD monitor, as Liveness has it; left out, there is no BFD. */
  readonly bfd?: LivenessOptions["monitor"];
  /** Called after every plan, and when a session, or what is refused, may have changed. */
  readonly onChange?: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds in which changes of objects become one plan. */
const coalesce = 3;

/** Announces one node to the leaf switches that want to hear it from the node itself. */
export class Speaking {
  readonly #options: SpeakingOptions;
  readonly #planner: BrakedPlanner;
  readonly #linkBandwidths = new LinkBandwidths();
  readonly #liveness: Liveness | undefined;
  readonly #journal: Journal;
  #unsubscribe: (() => void) | undefined;
  readonly #wake: Wake;
  /** When the first plan was made, by the monotonic clock. */
  #firstPlan: number | undefined;
  #plan: Plan | undefined;
  #peers = "";
  #announced: readonly Route[] = [];
  #withoutSession: readonly Refusal[] = [];

  /** Says nothing until it is started. */
  constructor(options: SpeakingOptions) {
    this.#options = options;
    // It says only what the managers have given, and they know which Services they serve.
    this.#planner = new BrakedPlanner({ node: options.node, serveClassless: true });
    const { bfd, speaker, clock, log } = options;
    this.#journal = new Journal(log);
    this.#wake = new Wake(clock, () => this.#reconcile());
    this.#liveness = bfd && new Liveness({
      monitor: bfd,
      ...{ clock, log },
      onPeers: (unreachable) => speaker.setUnreachable(unreachable),
      onNodes: () => {},
      onChange: () => this.changed(),
    });
  }

  /** Starts: from here on what the objects say of this node is announced. */
  start(): void {
    this.#unsubscribe = this.#options.store.subscribe(() => this.#soon(coalesce));
    this.#soon(0);
  }

  /**
   * Ends all sessions. With `keepRoutes` leaf switches keep the node's routes for a while where the
   * BgpPeer asks for graceful restart; without, they withdraw them at once.
   */
  async stop({ keepRoutes = true }: { readonly keepRoutes?: boolean } = {}): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#wake.cancel();
    // BGP first: who is told that a session ends needs no BFD to find out.
    const closed = this.#options.speaker.close("porter agent stops", { keepRoutes });
    this.#liveness?.close();
    await closed;
  }

  /** How it is: how late its next plan is, and what keeps it from speaking. */
  get pulse(): Pulse {
    const now = this.#options.clock.monotonic();
    const { listenError } = this.#options.speaker.status();
    return {
      overdueMs: Math.max(0, now - (this.#wake.at ?? now)),
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
    return {
      sessions: speaker.peers(),
      bfd: this.#liveness?.sessions() ?? [],
      refusals: this.#refusals(),
      speaker: speaker.status(),
      announced: this.#announced,
      held: this.#plan?.hold?.held.length ?? 0,
    };
  }

  /** How it is, for the managers to know. */
  get state(): SpeakerState {
    const { speaker } = this.#options;
    return {
      sessions: speaker.peers(),
      without: this.#withoutSession,
      refusals: this.#refusals(),
      conf: this.#plan?.speaker && this.#plan.conf,
      speaker: speaker.status(),
    };
  }

  /** A session, or how the speaker listens, changed. */
  changed(): void {
    this.#journal.refusals(this.#refusals());
    this.#options.onChange?.();
  }

  /** Plans in at most `ms` milliseconds, or sooner when that was asked for already. */
  #soon(ms: number): void {
    if (this.#unsubscribe !== undefined) this.#wake.within(ms);
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
    this.#plan = plan;
    this.#liveness?.watch(plan);
    this.#journal.refusals(this.#refusals());
    this.#withoutSession = refusedHere(plan, snapshot, this.#options.node);
    this.#tell(plan.peers.map((each) => each.name).join(", "));
    this.#options.onChange?.();
  }

  #refusals(): readonly Refusal[] {
    const { speaker } = this.#options;
    const plan = this.#plan;
    if (plan === undefined) return [];
    const peers = plan.peers.map(({ name }) => ({ kind: "BgpPeer", namespace: "", name }));
    return [
      // Of the plan only what nobody else says: an agent has no part in the others.
      ...plan.refusals.filter(({ reason }) => reason === "RackUnknown"),
      ...speakerRefusals({ sessions: speaker.peers(), speaker: speaker.status() }, plan),
      ...this.#liveness?.refusals(plan, peers) ?? [],
    ];
  }

  #tell(peers: string): void {
    if (peers === this.#peers) return;
    this.#peers = peers;
    this.#options.log.info("speaking.changed", { node: this.#options.node, peers });
  }
}

/** The refusals of peers that select the node and that the plan has no session with. */
function refusedHere(plan: Plan, { bgpPeers, nodes }: Snapshot, name: string): readonly Refusal[] {
  const labels = nodes.find(({ ref }) => ref.name === name)?.labels;
  if (labels === undefined) return [];
  const planned = new Set(plan.peers.map((each) => each.name));
  const without = new Set(
    bgpPeers.filter((each) => asksAgentOf(each, labels) && !planned.has(each.ref.name))
      .map(({ ref }) => ref.name),
  );
  return plan.refusals.filter(({ object }) =>
    object.kind === "BgpPeer" && without.has(object.name)
  );
}

/**
 * The manager's loop: snapshot in, plan, say the whole to the speaker, write statuses. Changes of the
 * store and of sessions wake it; what it does then depends on neither, only on what is true now
 * (docs/adr/0004).
 *
 * @module
 */

import type { BfdStatus } from "../bfd/mod.ts";
import type { PeerStatus, Speaker } from "../bgp/mod.ts";
import {
  type Clock,
  type Leadership,
  type Log,
  type Pulse,
  soleLeader,
  type SpeakerReport,
  type Store,
} from "../ports/mod.ts";
import { sameValue, type Snapshot } from "../objects/mod.ts";
import {
  awaitsRecords,
  BrakedPlanner,
  events,
  LinkBandwidths,
  type Plan,
  refusedAtAgents,
  type SpeakerState,
  Statuses,
} from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { Liveness, type LivenessOptions } from "../liveness/mod.ts";
import { Journal, speakerRefusals, ToldOnce } from "../reporting/mod.ts";
import { awaitedSessions } from "./awaited_sessions.ts";
import { Pace } from "./pace.ts";
import { type Reporting, SpeakerReports } from "./speaker_reports.ts";
import { SteadyCounts } from "./steady_counts.ts";
import { Wake } from "../wake/mod.ts";
import { Waiting } from "./waiting.ts";
import { StatusWriter } from "./writer.ts";

/** The part of the speaker that the manager uses. */
export type ManagedSpeaker = Pick<
  Speaker,
  "configure" | "setPeers" | "setRoutes" | "setUnreachable" | "peers" | "status" | "close"
>;

/** What the manager needs. */
export interface ManagerOptions {
  readonly store: Store;
  /** Makes the speaker; `onChange` is to be called when a session's status changed. */
  readonly speaker: (onChange: () => void) => ManagedSpeaker;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the BFD monitor, as Liveness has it; left out, there is no BFD. */
  readonly bfd?: LivenessOptions["monitor"];
  /** The name of the Node that this manager runs on, for racks; left out: it was not told. */
  readonly node?: string;
  /** Whether this manager writes; all of them speak. Left out: it is the only one. */
  readonly leadership?: Leadership;
  /** Serves Services of type LoadBalancer that name no load balancer, too. */
  readonly serveClassless?: boolean | undefined;
  /** Where speakers say how their sessions are; left out, the statuses say nothing of others' sessions. */
  readonly reporting?: Reporting;
  /** Told after each pass, of which it may look at anything and change nothing. */
  readonly onPass?: (pass: ManagerPass) => void;
}

/** What a pass came to. */
export interface ManagerPass {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  /** The names of the nodes that BFD has lost. */
  readonly unreachable: ReadonlySet<string>;
  /** Every "no" of the plan and of the speaker. */
  readonly refusals: readonly Refusal[];
  /** Milliseconds that it took. */
  readonly ms: number;
}

interface Written {
  /** As they are, and as others are told. */
  readonly sessions: readonly PeerStatus[];
  readonly told: readonly PeerStatus[];
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  readonly refusals: readonly Refusal[];
  readonly reports: readonly SpeakerReport[] | undefined;
}

/** Milliseconds in which changes of sessions become one write of statuses; nothing else waits for it. */
const sessionsCoalesced = 100;

/** Gives Services their EIPs and tells the leaf switches. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #speaker: ManagedSpeaker;
  readonly #liveness: Liveness | undefined;
  readonly #planner: BrakedPlanner;
  readonly #statuses = new Statuses();
  readonly #linkBandwidths = new LinkBandwidths();
  readonly #journal: Journal;
  readonly #writer: StatusWriter;
  readonly #leadership: Leadership;
  readonly #reports: SpeakerReports | undefined;
  readonly #waiting = new Waiting();
  readonly #pace = new Pace();
  readonly #counts = new SteadyCounts();
  readonly #toldOnce = new ToldOnce();
  /** When the oldest change of objects was heard that no plan knows yet. */
  #heard: number | undefined;
  readonly #wake: Wake;
  #unsubscribe: (() => void) | undefined;
  /** When the first plan was made, by the monotonic clock. */
  #firstPlan: number | undefined;
  /** The last plan, and what was refused that is no Service. */
  #last: { readonly plan: Plan; readonly refusals: readonly Refusal[] } | undefined;
  /** What agents are refused, as far as this one leads and knows. */
  #ofAgents: readonly Refusal[] = [];
  /** The last plan whose changes were recorded as events; undefined while another manager does that. */
  #told: Plan | undefined;

  /** Makes a manager that does nothing until it is started. */
  constructor(options: ManagerOptions) {
    this.#options = options;
    const { store, clock, log } = options;
    this.#wake = new Wake(clock, () => this.#reconcile());
    const { node = "", serveClassless } = options;
    this.#planner = new BrakedPlanner({ host: node, serveClassless });
    this.#journal = new Journal(log);
    this.#leadership = options.leadership ?? soleLeader;
    this.#speaker = options.speaker(() => this.#soon(sessionsCoalesced));
    const { bfd } = options;
    this.#liveness = bfd && new Liveness({
      monitor: bfd,
      ...{ clock, log },
      onPeers: (unreachable) => this.#speaker.setUnreachable(unreachable),
      onNodes: () => this.#soon(0),
      onChange: () => this.#soon(sessionsCoalesced),
    });
    this.#writer = new StatusWriter({ store, clock, log, again: () => this.#soon(0) });
    const { reporting } = options;
    this.#reports = reporting && new SpeakerReports({
      ...{ ...reporting, clock, log },
      state: () => this.#speakerState(this.#toldOf(this.#speaker.peers())),
      onChange: () => this.#soon(sessionsCoalesced),
    });
  }

  /** Starts: from here on what the objects say is announced. */
  start(): void {
    const stops = [
      this.#options.store.subscribe(() => {
        const now = this.#options.clock.monotonic();
        this.#heard ??= now;
        this.#soon(this.#pace.wait(now));
      }),
      this.#leadership.subscribe(() => this.#soon(0)),
    ];
    this.#unsubscribe = () => stops.forEach((stop) => stop());
    this.#soon(0);
  }

  /**
   * Stops: no new plan, sessions end with the text, a write under way is waited for. The store stays
   * open. With `keepRoutes` leaf switches that do graceful restart keep the routes for a while.
   */
  async stop({ keepRoutes = false }: { readonly keepRoutes?: boolean } = {}): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#wake.cancel();
    // BGP first: who is told that a session ends needs no BFD to find out.
    const closed = this.#speaker.close("porter manager stops", { keepRoutes });
    this.#liveness?.close();
    await Promise.all([closed, this.#reports?.stop()]);
    await this.#writer.stop();
  }

  /** The BFD sessions as they are. */
  get bfd(): readonly BfdStatus[] {
    return this.#liveness?.sessions() ?? [];
  }

  /** What speakers say of their sessions: `latest` as far as this one knows anyway, `ask` as it is now. */
  get said(): Pick<SpeakerReports, "latest" | "ask"> | undefined {
    return this.#reports;
  }

  /** How it is: how late its next plan is, and what it still waits for. */
  get pulse(): Pulse {
    const now = this.#options.clock.monotonic();
    const overdueMs = Math.max(0, now - (this.#wake.at ?? now));
    if (!this.#options.store.snapshot().complete) {
      return { overdueMs, missing: ["not every kind of object was listed yet"] };
    }
    if (this.#firstPlan === undefined) return { overdueMs, missing: ["no plan was made yet"] };
    return { overdueMs, missing: awaitedSessions(this.#speaker.peers(), now - this.#firstPlan) };
  }

  #speakerState(sessions: readonly PeerStatus[]): SpeakerState {
    const { plan, refusals = [] } = this.#last ?? {};
    const speaker = this.#speaker.status();
    const conf = plan?.speaker && plan.conf;
    return { sessions, refusals, conf, speaker };
  }

  /** Plans in at most `ms` milliseconds, or sooner when that was asked for already. */
  #soon(ms: number): void {
    if (this.#unsubscribe !== undefined) this.#wake.within(ms);
  }

  #reconcile(): void {
    const started = this.#options.clock.monotonic();
    const heard = this.#heard;
    this.#heard = undefined;
    const snapshot = this.#options.store.snapshot();
    this.#journal.faults(snapshot.faults);
    // Before everything was listed once, what was said last stays said: a missing object may only be late.
    if (!snapshot.complete) return;
    const unreachable = this.#liveness?.nodesOut ?? nobody;
    const now = this.#options.clock.now();
    const plan = this.#planner.plan(snapshot, unreachable, now);
    if (plan.changesAt !== undefined) this.#soon(plan.changesAt - now);
    this.#firstPlan ??= this.#options.clock.monotonic();
    this.#announce(plan, this.#firstPlan, heard);
    this.#speaker.setPeers(plan.peers);
    this.#speaker.configure(plan.speaker);
    this.#liveness?.watch(plan);
    const sessions = this.#speaker.peers();
    const told = this.#toldOf(sessions);
    const refusals = [
      ...speakerRefusals({ sessions, speaker: this.#speaker.status() }, plan),
      ...this.#liveness?.refusals(plan, snapshot.bgpPeers.map(({ ref }) => ref)) ?? [],
    ];
    const own = [...plan.refusals, ...refusals];
    this.#last = { plan, refusals: own.filter(({ object }) => object.kind !== "Service") };
    const { leads } = this.#leadership;
    // Nobody else makes an event or a metric of them; their conditions come of the reports themselves.
    const reports = leads ? this.#reports?.latest : undefined;
    // What is not known is not over, and what is the same stays the same value.
    const ofAgents = leads ? reports && refusedAtAgents(plan.conf, reports) : [];
    if (ofAgents !== undefined && !sameValue(ofAgents, this.#ofAgents)) this.#ofAgents = ofAgents;
    const all = [...own, ...this.#ofAgents];
    this.#journal.refusals(all);
    const spoken = plan.conf !== undefined || snapshot.bgpPeers.length > 0;
    this.#reports?.pass({ leads, spoken, state: this.#speakerState(told) });
    if (leads) this.#write({ plan, snapshot, refusals, reports, sessions, told });
    this.#told = leads ? plan : undefined;
    const done = this.#options.clock.monotonic();
    this.#pace.planned(done);
    const ms = done - started;
    this.#options.onPass?.({ snapshot, plan, unreachable, refusals: all, ms });
  }

  /**
   * Routes first: a session that comes up finds them all, and its End-of-RIB is true. It waits for the
   * records of what is planned, since a Service whose record was lost has its route in the leaf still.
   */
  #announce(plan: Plan, firstPlan: number, heard: number | undefined): void {
    const announced = this.#linkBandwidths.steady(plan.announced);
    const wait = awaitsRecords(plan, this.#options.clock.monotonic() - firstPlan);
    const since = this.#waiting.since(plan.routes, plan.announced, heard);
    this.#speaker.setRoutes(announced, { since, more: wait > 0 });
    if (wait > 0) this.#soon(wait);
  }

  /** The sessions as others are told. */
  #toldOf(all: readonly PeerStatus[]): readonly PeerStatus[] {
    const { sessions, wait } = this.#counts.of(all, this.#options.clock.monotonic());
    if (wait !== undefined) this.#soon(wait);
    return sessions;
  }

  /** What the leader alone does: statuses, and what happened for people to read. */
  #write({ plan, snapshot, refusals, reports, sessions, told }: Written): void {
    const { store, clock, log } = this.#options;
    this.#writer.write(() =>
      this.#statuses.patches(plan, snapshot, {
        now: clock.now(),
        sessions: told,
        bfd: this.bfd,
        reports,
        refusals,
      })
    );
    const fresh = this.#toldOnce.fresh([...refusals, ...this.#ofAgents], sessions);
    const ofLoops = fresh.map((each) => ({ type: "Warning" as const, ...each }));
    for (const event of [...events(this.#told, plan), ...ofLoops]) {
      store.record(event);
      log.info("event", { ...event.object, reason: event.reason, message: event.message });
    }
  }
}

const nobody: ReadonlySet<string> = new Set();

/**
 * Speaking BGP as an agent, from when the first BgpPeer asks the node's agent to: until then the agent reads
 * the few BgpPeers there are, and not every endpoint of the cluster.
 *
 * @module
 */

import { type Said, Speaking } from "../agent/mod.ts";
import { BfdMonitor } from "../bfd/mod.ts";
import { Speaker } from "../bgp/mod.ts";
import { kindNames } from "../objects/mod.ts";
import type { Clock, Datagrams, Log, Pulse, Transport } from "../ports/mod.ts";
import { asksAgentOf, inForce, type SpeakerState } from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { Reporter } from "../reporting/mod.ts";
import type { ReadingSource, View } from "./source.ts";

/** What is needed. */
export interface AgentSpeakingOptions {
  /** The name of this node's Node object. */
  readonly node: string;
  /** Has the Nodes and BgpPeers. */
  readonly source: ReadingSource;
  readonly transport: Transport;
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly log: Log;
  /** Every other "no" of this agent's, to be reported with those of speaking. */
  readonly refused: () => readonly Refusal[];
}

/** Waits for a BgpPeer that asks agents to speak, and speaks from then on. */
export class AgentSpeaking {
  readonly #options: AgentSpeakingOptions;
  #unsubscribe: () => void = () => {};
  #opening: Promise<void> | undefined;
  #all: View | undefined;
  #speaking: Speaking | undefined;
  readonly #reporter: Reporter;
  #stopped = false;

  /** Reads nothing until it is started. */
  constructor(options: AgentSpeakingOptions) {
    this.#options = options;
    const { node, source: { reports }, clock, log } = options;
    this.#reporter = new Reporter({
      speaker: { role: "agent", name: node },
      state: () => this.#state(),
      ...{ reports, clock, random: Math.random, log },
    });
  }

  /** Starts to wait. */
  start(): void {
    this.#unsubscribe = this.#options.source.store.subscribe(() => this.#look());
    this.#look();
  }

  /** Something that is refused apart from speaking has changed. */
  changed(): void {
    this.#reporter.changed();
  }

  /** The sessions and what they are told; undefined while no BgpPeer asks this agent to speak. */
  get said(): Said | undefined {
    return this.#speaking?.said;
  }

  /** How it is. */
  get pulse(): Pulse {
    const { overdueMs, missing } = this.#speaking?.pulse ?? { overdueMs: 0, missing: [] };
    // What the agent reads anyway is told of by itself.
    const unreadable = [...this.#all?.unreadable ?? []]
      .map(([kind, why]) => `${kind} cannot be read: ${why}`);
    return { overdueMs, missing: [...unreadable, ...missing] };
  }

  /**
   * Ends the sessions, then all else: a report under way may wait for an API server that does not answer
   * for as long as a pod has to end. `keepRoutes` as Speaking has it.
   */
  async stop(how: { readonly keepRoutes: boolean }): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    await this.#opening;
    const [said] = await Promise.all([this.#reporter.stop(), this.#speaking?.stop(how)]);
    // One that speaks is spoken of until the next one does; what was refused must not stand without anybody.
    if (said && this.#speaking === undefined) await this.#takeBack();
    await this.#all?.close();
  }

  /** Says that nothing is refused any more; no longer than a second. */
  async #takeBack(): Promise<void> {
    const { node, source: { reports }, clock } = this.#options;
    const over = Promise.withResolvers<void>();
    const cancel = clock.after(1000, over.resolve);
    const report = { role: "agent", name: node, at: clock.now(), sessions: [] } as const;
    await Promise.race([reports.write(report).catch(() => {}), over.promise]);
    cancel();
  }

  /** How the agent is, also one that never speaks. */
  #state(): SpeakerState {
    const { source, refused } = this.#options;
    const state = this.#speaking?.state ?? { sessions: [] };
    const others = refused();
    if (others.length === 0) return state;
    const conf = state.conf ?? inForce(source.store.snapshot().bgpConfs)?.ref;
    return { ...state, conf, refusals: [...state.refusals ?? [], ...others] };
  }

  #look(): void {
    if (this.#opening !== undefined) return;
    const { node, source } = this.#options;
    const { bgpPeers, nodes } = source.store.snapshot();
    const labels = nodes.find(({ ref }) => ref.name === node)?.labels;
    if (labels === undefined || !bgpPeers.some((each) => asksAgentOf(each, labels))) return;
    this.#opening = this.#open();
  }

  async #open(): Promise<void> {
    const { node, source, transport, datagrams, clock, log } = this.#options;
    log.info("speaking.opened", { node, reason: "a BgpPeer asks this node's agent to speak" });
    this.#all = await source.view(kindNames);
    if (this.#stopped) return;
    const random = Math.random;
    const speaker: Speaker = new Speaker({
      ...{ transport, clock, random, log },
      onChange: () => this.#speaking?.changed(),
    });
    const speaking = new Speaking({
      ...{ node, store: this.#all.store, speaker, clock, log },
      bfd: (onChange) => new BfdMonitor({ datagrams, clock, random, log, onChange }),
      onChange: () => this.#reporter.changed(),
    });
    this.#speaking = speaking;
    speaking.start();
  }
}

/**
 * Speaking BGP as an agent, from when the first BgpPeer asks agents to: until then the agent reads the
 * few BgpPeers there are, and not every endpoint of the cluster.
 *
 * @module
 */

import { type Said, Speaking } from "../agent/mod.ts";
import { BfdMonitor } from "../bfd/mod.ts";
import { Speaker } from "../bgp/mod.ts";
import { kindNames } from "../objects/mod.ts";
import type { Clock, Datagrams, Log, Pulse, Transport } from "../ports/mod.ts";
import { Reporter } from "../reporting/mod.ts";
import type { ReadingSource, View } from "./source.ts";

/** What is needed. */
export interface AgentSpeakingOptions {
  /** The name of this node's Node object. */
  readonly node: string;
  readonly source: ReadingSource;
  /** The BgpPeers, and whatever else comes with them. */
  readonly bgp: View;
  readonly transport: Transport;
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly log: Log;
}

/** Waits for a BgpPeer that asks agents to speak, and speaks from then on. */
export class AgentSpeaking {
  readonly #options: AgentSpeakingOptions;
  #unsubscribe: () => void = () => {};
  #opening: Promise<void> | undefined;
  #all: View | undefined;
  #speaking: Speaking | undefined;
  #reporter: Reporter | undefined;
  #stopped = false;

  /** Reads nothing until it is started. */
  constructor(options: AgentSpeakingOptions) {
    this.#options = options;
  }

  /** Starts to wait. */
  start(): void {
    this.#unsubscribe = this.#options.bgp.store.subscribe(() => this.#look());
    this.#look();
  }

  /** The sessions and what they are told; undefined while no BgpPeer asks agents to speak. */
  get said(): Said | undefined {
    return this.#speaking?.said;
  }

  /** How it is. */
  get pulse(): Pulse {
    const { overdueMs, missing } = this.#speaking?.pulse ?? { overdueMs: 0, missing: [] };
    const view = this.#all ?? this.#options.bgp;
    const unreadable = [...view.unreadable]
      .map(([kind, why]) => `${kind} cannot be read: ${why}`);
    return { overdueMs, missing: [...unreadable, ...missing] };
  }

  /** Ends the sessions, and reads nothing more; `keepRoutes` as Speaking has it. */
  async stop(how: { readonly keepRoutes: boolean }): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    await this.#opening;
    await this.#reporter?.stop();
    await this.#speaking?.stop(how);
    await this.#all?.close();
  }

  #look(): void {
    if (this.#opening !== undefined) return;
    const { bgpPeers } = this.#options.bgp.store.snapshot();
    if (!bgpPeers.some((each) => each.spec.speakers.type === "Agents")) return;
    this.#opening = this.#open();
  }

  async #open(): Promise<void> {
    const { node, source, transport, datagrams, clock, log } = this.#options;
    log.info("speaking.opened", { node, reason: "a BgpPeer asks agents to speak" });
    this.#all = await source.view(kindNames);
    if (this.#stopped) return;
    const random = Math.random;
    const speaker: Speaker = new Speaker({
      ...{ transport, clock, random, log },
      onChange: () => this.#speaking?.changed(),
    });
    const { reports } = source;
    const name = { role: "agent", name: node } as const;
    const speaking = new Speaking({
      ...{ node, store: this.#all.store, speaker, clock, log },
      bfd: (onChange) => new BfdMonitor({ datagrams, clock, random, log, onChange }),
      onChange: () => this.#reporter?.changed(),
    });
    const ports = { reports, clock, random, log };
    this.#reporter = new Reporter({ speaker: name, state: () => speaking.state, ...ports });
    this.#speaking = speaking;
    speaking.start();
  }
}

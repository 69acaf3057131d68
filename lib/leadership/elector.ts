/**
 * The loop of the election: looks at the Lease, renews or takes it, and gives it up at the end.
 *
 * @module
 */

import type { Cancel, Clock, Leadership, LeaseStore, Log, Random } from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import { claim, type ElectionTimes, type Observation, observe } from "./turn.ts";

/** What the election needs. */
export interface ElectorOptions {
  readonly leases: LeaseStore;
  /** Names this process; unique among all that ever run. */
  readonly identity: string;
  readonly times: ElectionTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Takes part in the election of who writes. */
export class Elector implements Leadership {
  readonly #options: ElectorOptions;
  readonly #subscribers = new Set<() => void>();
  #observed: Observation | undefined;
  /** By the monotonic clock, the moment at which we stop to lead unless we renew. */
  #leadsUntil = -Infinity;
  #told = false;
  #next: Cancel | undefined;
  #deadline: Cancel | undefined;
  #turn: Promise<void> | undefined;
  #running = false;

  /** Makes an elector that takes no part until it is started. */
  constructor(options: ElectorOptions) {
    this.#options = options;
  }

  /** Whether this process leads now. */
  get leads(): boolean {
    return this.#options.clock.monotonic() < this.#leadsUntil;
  }

  /** Calls back when `leads` changed. */
  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => void this.#subscribers.delete(changed);
  }

  /** Takes part from now on. */
  start(): void {
    this.#running = true;
    this.#again(0);
  }

  /** Leaves, and gives the Lease up when it was ours, so that the next one need not wait. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#next?.();
    await this.#turn;
    const led = this.leads;
    this.#lose("left the election");
    const found = this.#observed?.found;
    if (!led || found === undefined) return;
    try {
      await this.#options.leases.write({ ...found.lease, holder: "" }, found.version);
    } catch (thrown) {
      this.#options.log.warn("lease.not-released", { error: messageOf(thrown) });
    }
  }

  #again(ms: number): void {
    if (!this.#running) return;
    this.#next = this.#options.clock.after(ms, () => {
      this.#turn = this.#takeTurn();
    });
  }

  async #takeTurn(): Promise<void> {
    const { times, random, log } = this.#options;
    try {
      await this.#try();
    } catch (thrown) {
      log.warn("lease.unreachable", { error: messageOf(thrown), leads: this.leads });
    }
    // Spread, so that several who wait do not all come at once.
    this.#again(times.retry * (1 + 0.2 * random()));
  }

  async #try(): Promise<void> {
    const { leases, clock } = this.#options;
    const found = await leases.read();
    this.#observed = observe(this.#observed, found, clock.monotonic());
    // What we write binds from the moment we decide, not from when the answer comes.
    const at = { now: clock.now(), monotonic: clock.monotonic() };
    const lease = claim(this.#observed, this.#options, at);
    if (lease === undefined) return this.#lose(`${found?.lease.holder} holds the Lease`);
    const written = await leases.write(lease, found?.version);
    if (written === undefined) return this.#lose("another one took the Lease");
    this.#observed = observe(this.#observed, written, clock.monotonic());
    this.#lead(at.monotonic + this.#options.times.renewDeadline);
  }

  #lead(until: number): void {
    const { clock, identity, log } = this.#options;
    this.#leadsUntil = until;
    this.#deadline?.();
    this.#deadline = clock.after(
      Math.max(0, until - clock.monotonic()),
      () => this.#lose("the Lease could not be renewed in time"),
    );
    if (this.#told) return;
    this.#told = true;
    log.info("leader.elected", { identity });
    this.#tell();
  }

  #lose(why: string): void {
    this.#leadsUntil = -Infinity;
    this.#deadline?.();
    this.#deadline = undefined;
    if (!this.#told) return;
    this.#told = false;
    this.#options.log.warn("leader.lost", { identity: this.#options.identity, why });
    this.#tell();
  }

  #tell(): void {
    for (const changed of this.#subscribers) changed();
  }
}

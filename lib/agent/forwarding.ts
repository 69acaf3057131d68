/**
 * The port forward's loop: while a BgpPeer asks for it, look every two seconds whether somebody listens on
 * the BgpConf's port here, and keep the rules only then. So they follow a manager that comes, goes or is
 * killed, and on a node without one the leaf switch's connections stay the other daemon's. The rules
 * themselves are looked at when others are to be there, when a monitor told of them, and every half minute.
 *
 * Apart from the agent's loop: where the kernel refuses NAT, the host state is kept all the same.
 *
 * @module
 */

import { diffForwards, type HostForward } from "../host/mod.ts";
import type { Cancel, Clock, Log, PortForwards } from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import { backoff } from "../wake/mod.ts";

/** What is needed. */
export interface ForwardingOptions {
  /** What the objects ask for here; undefined while they are not all known. */
  readonly wanted: () => readonly HostForward[] | undefined;
  readonly kernel: PortForwards;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when the kernel refuses, or takes, the rules again. */
  readonly onChange?: () => void;
}

/** Milliseconds between two looks at who listens; after a failure doubled each time. */
const pause = { first: 2000, last: 60_000 };

/** Milliseconds between two looks at the rules when nothing is known to have changed. */
const resync = 30_000;

/** Keeps one node's port forward. */
export class Forwarding {
  readonly #options: ForwardingOptions;
  #next: Cancel | undefined;
  #pass: Promise<void> | undefined;
  #stopped = false;
  /** Whether there is surely no table: then nothing is looked at until something is wanted. */
  #none = false;
  #failures = 0;
  #refused: string | undefined;
  /** The whole script of what was there last, and when that was looked at; undefined: look anew. */
  #seen: { readonly script: string; readonly at: number } | undefined;
  /** How often somebody may have changed the rules. */
  #moves = 0;

  /** Does nothing until it is started. */
  constructor(options: ForwardingOptions) {
    this.#options = options;
  }

  /** Starts; what an earlier agent left is a difference like any other. */
  start(): void {
    this.#soon(0);
  }

  /** Takes the rules away: whoever listens may go next. A session that is up stays up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#next?.();
    await this.#pass;
    await this.#once([]);
  }

  /** Why the kernel does not take the rules; undefined while it does, or need not. */
  get refused(): string | undefined {
    return this.#refused;
  }

  /** Somebody, the agent too, may have changed the rules: they are looked at the next time. */
  moved(): void {
    this.#moves++;
    this.#seen = undefined;
  }

  #soon(ms: number): void {
    if (this.#stopped) return;
    this.#next = this.#options.clock.after(ms, () => {
      const wanted = this.#options.wanted();
      this.#pass = this.#once(wanted).then(() => {
        this.#soon(backoff(this.#failures + 1, pause));
      });
    });
  }

  /** One look; never rejects. */
  async #once(wanted: readonly HostForward[] | undefined): Promise<void> {
    if (wanted === undefined) return;
    const { log } = this.#options;
    try {
      if (wanted.length > 0 || !this.#none) await this.#settle(wanted);
      if (this.#failures > 0) log.info("forward.recovered", { failures: this.#failures });
      this.#failures = 0;
      this.#tell(undefined);
    } catch (thrown) {
      const error = messageOf(thrown);
      const reason = "PortForwardFailed";
      if (this.#failures === 0) log.error("forward.refused", { reason, error });
      this.#failures++;
      // Rules that nobody asks for keep nobody out.
      this.#tell(wanted.length === 0 ? undefined : error);
    }
  }

  #tell(refused: string | undefined): void {
    if (refused === this.#refused) return;
    this.#refused = refused;
    this.#options.onChange?.();
  }

  async #settle(wanted: readonly HostForward[]): Promise<void> {
    const { kernel, clock, log } = this.#options;
    const [first] = wanted;
    const served = first !== undefined && await kernel.listens(first.port) ? wanted : [];
    const [all, at, moves] = [diffForwards(served, undefined), clock.monotonic(), this.#moves];
    if (this.#seen?.script === all && at - this.#seen.at < resync) return;
    const script = diffForwards(served, await kernel.observe());
    this.#none = false;
    if (script !== "") {
      await kernel.apply(script);
      log.info("forward.changed", { peers: served.length, port: first?.port });
    }
    this.#none = served.length === 0;
    if (moves === this.#moves) this.#seen = { script: all, at };
  }
}

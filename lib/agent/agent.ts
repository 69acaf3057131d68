/**
 * The agent's loop: the objects say what shall be on this node, the kernel is looked at, the
 * difference is applied, and the kernel is looked at again until there is none. Every reason to look
 * (a change of the store, somebody else's change of the kernel, a failure to try again, a slow tick)
 * leads to the same pass; there is one at a time.
 *
 * Starting is no special case: what a crash or an older version left is a difference like any other.
 * Stopping leaves the host state where it is, so that packets flow while an agent is replaced.
 *
 * @module
 */

import {
  diffHost,
  type ForeignLocal,
  type HostState,
  isSettled,
  refusedAddresses,
  sameHostState,
} from "../host/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import type { Cancel, Clock, Kernel, Log, Pulse, Store } from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import { KernelView } from "./kernel_view.ts";
import { backoff, Wake } from "../wake/mod.ts";

/** What an agent works with. */
export interface AgentOptions {
  readonly store: Pick<Store, "snapshot" | "subscribe">;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly log: Log;
  /** What shall be on the node; `HostStates` of lib/plan. */
  readonly hostState: (snapshot: Snapshot) => HostState;
  /** Told after every pass over known objects, also one that failed. */
  readonly onPass?: (pass: AgentPass) => void;
}

/** What a pass took and came to. */
export interface AgentPass {
  /** What the objects say shall be on the node. */
  readonly wanted: HostState;
  /** Undefined when it failed. */
  readonly status: AgentStatus | undefined;
  /** Milliseconds that it took. */
  readonly ms: number;
}

/** What a pass came to. */
export interface AgentStatus {
  /** EIPs that this node takes in. */
  readonly eips: number;
  /** EIPs that it does not, since they are local here by somebody else's hand. */
  readonly refused: readonly ForeignLocal[];
  /** Whether anything had to be changed. */
  readonly changed: boolean;
  /** Whether that was somebody else's doing: nothing else was wanted than at the last good pass. */
  readonly repaired: boolean;
}

/** Milliseconds in which changes are gathered into one pass. */
const coalesce = 5;
/** Milliseconds from one pass to the next, however often somebody changes things. */
const spacing = 50;
/**
 * Milliseconds until a look because of what was told during the last look of a pass: mostly the agent's own
 * doing. What somebody else does in that very moment is repaired within a second all the same.
 */
const afterEcho = 300;
/** Milliseconds, at most, that a failed pass puts off what a wake asks for. */
const retryOnWake = 1000;
/** Milliseconds between looks at the kernel when nothing is known to have changed. */
const resync = 30_000;
/** Milliseconds until a failed pass is tried again, doubled each time. */
const retry = { first: 100, last: 30_000 };
/** Milliseconds in which the same failure is logged once. */
const logAgain = 60_000;
/** Two rounds settle every difference; more are needed only while somebody else changes things. */
const maxRounds = 4;

/** Keeps one node's host state. */
export class Agent {
  readonly #options: AgentOptions;
  #state: "idle" | "started" | "stopped" = "idle";
  #unsubscribe: (() => void)[] = [];
  /** The next pass, when one is due. */
  readonly #due: Wake;
  #pass: Promise<void> | undefined;
  /** When the pass under way began, by the monotonic clock. */
  #passSince = 0;
  /** What keeps the host state from being as it shall be. */
  #missing: string | undefined = "the host state was not looked at yet";
  #again = false;
  readonly #view: KernelView;
  /** What the last pass was about; undefined when it failed, and before the first. */
  #wanted: HostState | undefined;
  /** What the last good pass left. */
  #settled: HostState | undefined;
  #asking: Cancel | undefined;
  /** No pass starts before this, on the monotonic clock. */
  #earliest = 0;
  #failures = 0;
  #logged: { readonly message: string; readonly at: number } | undefined;
  #refusedLogged = new Map<string, string>();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#view = new KernelView(options.kernel, options.clock, resync / 2);
    this.#due = new Wake(options.clock, () => this.#run());
  }

  /** Starts watching and makes the first pass; throws when it was started before. */
  start(): void {
    if (this.#state !== "idle") throw new Error(`Cannot start an agent that is ${this.#state}`);
    this.#state = "started";
    const { store, kernel } = this.#options;
    this.#unsubscribe = [
      store.subscribe(() => this.#objectsChanged()),
      kernel.watch(() => this.#kernelMoved()),
    ];
    this.#wake();
  }

  /** Stops watching and waits for a pass under way; the host state stays as it is. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#asking?.();
    this.#due.cancel();
    await this.#pass;
  }

  /**
   * Stops, and removes everything of porter's from the node and nothing else. Throws when that
   * fails; what is left can be removed by calling it again.
   */
  async cleanup(): Promise<void> {
    await this.stop();
    await this.#settle({ eips: [] });
    this.#options.log.info("host.cleaned");
  }

  /** How it is: how long a pass has been due or under way, and why the last one failed. */
  get pulse(): Pulse {
    const now = this.#options.clock.monotonic();
    const since = this.#pass === undefined ? this.#due.at ?? now : this.#passSince;
    return {
      overdueMs: Math.max(0, now - since),
      missing: this.#missing === undefined ? [] : [this.#missing],
    };
  }

  /** Most changes of objects are no business of the host: the kernel is not looked at for them. */
  #objectsChanged(): void {
    if (this.#asking !== undefined) return;
    const { clock, store, hostState } = this.#options;
    this.#asking = clock.after(coalesce, () => {
      this.#asking = undefined;
      // One under way may have begun before the change: there is another pass after it.
      if (this.#pass !== undefined) return this.#wake();
      const snapshot = store.snapshot();
      const known = this.#wanted;
      const same = known !== undefined && snapshot.complete &&
        sameHostState(known, hostState(snapshot));
      if (!same) this.#wake(0);
    });
  }

  #kernelMoved(): void {
    this.#view.tell();
    // One under way looks again, or is followed by another one.
    if (this.#pass === undefined) this.#wake();
  }

  #wake(wait = coalesce): void {
    if (this.#pass !== undefined) this.#again = true;
    else this.#schedule(Math.max(wait, this.#earliest - this.#options.clock.monotonic()));
  }

  /** Makes a pass due in so many milliseconds, unless one is due sooner. */
  #schedule(ms: number): void {
    if (this.#state === "started") this.#due.within(ms);
  }

  #run(): void {
    this.#again = false;
    this.#passSince = this.#options.clock.monotonic();
    this.#pass = this.#once().then((next) => {
      this.#pass = undefined;
      this.#earliest = this.#options.clock.monotonic() +
        (this.#failures === 0 ? spacing : Math.min(next, retryOnWake));
      this.#schedule(next);
      if (this.#again) this.#wake();
      else if (this.#view.told) this.#wake(afterEcho);
    });
  }

  /** One pass; gives the milliseconds until the next, and never rejects. */
  async #once(): Promise<number> {
    const { store, log, hostState } = this.#options;
    try {
      const snapshot = store.snapshot();
      // What is not known yet must not be taken for gone.
      if (!snapshot.complete) {
        this.#missing = "not every kind of object was listed yet";
        return resync;
      }
      this.#wanted = hostState(snapshot);
      const status = await this.#settle(this.#wanted);
      this.#settled = this.#wanted;
      if (this.#failures > 0) log.info("host.recovered", { failures: this.#failures });
      this.#failures = 0;
      this.#logged = undefined;
      this.#missing = undefined;
      this.#tellPass(status);
      return resync;
    } catch (cause) {
      this.#tellPass(undefined);
      this.#wanted = undefined;
      this.#failures++;
      const error = messageOf(cause);
      this.#missing = `the host state could not be applied: ${error}`;
      this.#logFailure(error);
      return backoff(this.#failures, retry);
    }
  }

  /** Observes and applies until there is no difference. */
  async #settle(wanted: HostState): Promise<AgentStatus> {
    const { log } = this.#options;
    for (let round = 0; round <= maxRounds; round++) {
      const observed = await this.#view.look();
      const refused = refusedAddresses(wanted, observed);
      this.#logRefused(refused);
      const change = diffHost(wanted, observed);
      if (isSettled(change)) {
        const changed = round > 0;
        const same = this.#settled !== undefined && sameHostState(this.#settled, wanted);
        const eips = wanted.eips.length - refused.length;
        return { eips, refused, changed, repaired: changed && same };
      }
      if (round === maxRounds) break;
      await this.#view.apply(change);
      log.info("host.changed", {
        eips: wanted.eips.length - refused.length,
        routeLines: countLines(change.ipBatch),
        nftLines: countLines(change.nftScript),
      });
    }
    throw new Error(
      `Cannot settle the host state: still different after ${maxRounds} changes; ` +
        "is somebody else changing routes of protocol 179 or table inet porter?",
    );
  }

  #tellPass(status: AgentStatus | undefined): void {
    if (this.#wanted === undefined) return;
    const ms = this.#options.clock.monotonic() - this.#passSince;
    this.#options.onPass?.({ wanted: this.#wanted, status, ms });
  }

  #logFailure(message: string): void {
    const { log, clock } = this.#options;
    const now = clock.monotonic();
    const { message: last, at } = this.#logged ?? { message: "", at: 0 };
    if (message === last && now - at < logAgain) return;
    this.#logged = { message, at: now };
    log.warn("host.failed", { error: message, failures: this.#failures });
  }

  /** Says each refused address once, and again when it is on another interface or came back. */
  #logRefused(refused: readonly ForeignLocal[]): void {
    const now = new Map(refused.map(({ address, device }) => [formatAddress(address), device]));
    for (const [address, device] of now) {
      if (this.#refusedLogged.get(address) === device) continue;
      this.#options.log.error("host.address.refused", {
        address,
        device,
        reason: "the node has this address already, not by porter's hand; it is left alone",
      });
    }
    this.#refusedLogged = now;
  }
}

function countLines(text: string): number {
  return text === "" ? 0 : text.split("\n").length - 1;
}

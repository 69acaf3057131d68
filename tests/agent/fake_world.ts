/**
 * An agent in a world of models: a node's kernel, a store and a clock that stand still until a test
 * moves them.
 *
 * @module
 */

import { Agent, type AgentPass, type AgentStatus } from "../../lib/agent/mod.ts";
import type { HostChange, HostObserved, HostState } from "../../lib/host/mod.ts";
import { emptySnapshot } from "../../lib/objects/mod.ts";
import {
  type Kernel,
  type Log,
  type LogFields,
  silentLog,
  type Store,
} from "../../lib/ports/mod.ts";
import { address, FakeNode } from "../host/fake_node.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** The EIPs without ports. */
export function eips(...texts: string[]): HostState {
  return { eips: texts.map((text) => ({ address: address(text), ports: [] })) };
}

/** A kernel over the model that counts, can fail, and can be held up. */
export class FakeKernel implements Kernel {
  readonly node = new FakeNode();
  observations = 0;
  changes: HostChange[] = [];
  /** Thrown by `observe` when set. */
  failure: Error | undefined;
  /** Thrown by `apply` when set, before anything was done. */
  refusal: Error | undefined;
  /** Called after each change was done. */
  applied: () => void = () => {};
  /** `apply` waits for it. */
  gate: Promise<void> = Promise.resolve();
  watchers = 0;
  mostAtOnce = 0;
  #atOnce = 0;
  #changed: () => void = () => {};

  async observe(): Promise<HostObserved> {
    this.observations++;
    return await this.#alone(() => {
      if (this.failure !== undefined) throw this.failure;
      return this.node.observe();
    });
  }

  async apply(change: HostChange): Promise<void> {
    await this.#alone(async () => {
      await this.gate;
      if (this.refusal !== undefined) throw this.refusal;
      this.changes.push(change);
      this.node.apply(change);
      this.applied();
      // As the monitors do for the agent's own changes too.
      this.#changed();
    });
  }

  watch(changed: () => void): () => void {
    this.watchers++;
    this.#changed = changed;
    return () => {
      this.watchers--;
      this.#changed = () => {};
    };
  }

  /** Somebody else does something, and the monitors tell. */
  meddle(what: (node: FakeNode) => void): void {
    what(this.node);
    this.#changed();
  }

  async #alone<T>(work: () => T | Promise<T>): Promise<T> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      await Promise.resolve();
      return await work();
    } finally {
      this.#atOnce--;
    }
  }
}

/** All of it. */
export class FakeWorld {
  readonly kernel = new FakeKernel();
  readonly clock = new FakeClock();
  readonly logged: {
    readonly level: string;
    readonly event: string;
    readonly fields: LogFields;
  }[] = [];
  readonly statuses: AgentStatus[] = [];
  readonly passes: AgentPass[] = [];
  readonly agent: Agent;
  wanted: HostState = { eips: [] };
  complete = true;
  subscribers = 0;
  #changed: () => void = () => {};

  constructor() {
    const store: Store = {
      snapshot: () => ({ ...emptySnapshot, complete: this.complete }),
      subscribe: (changed) => {
        this.subscribers++;
        this.#changed = changed;
        return () => {
          this.subscribers--;
          this.#changed = () => {};
        };
      },
      patch: () => Promise.resolve(),
      record: () => {},
      close: () => Promise.resolve(),
    };
    this.agent = new Agent({
      ...{ store, kernel: this.kernel, clock: this.clock, log: this.#log() },
      hostState: () => this.wanted,
      onPass: (pass) => {
        this.passes.push(pass);
        if (pass.status !== undefined) this.statuses.push(pass.status);
      },
    });
  }

  /** The objects change. */
  want(wanted: HostState): void {
    this.wanted = wanted;
    this.#changed();
  }

  /** How often this was logged. */
  count(event: string): number {
    return this.logged.filter((entry) => entry.event === event).length;
  }

  #log(): Log {
    const say = (level: string) => (event: string, fields: LogFields = {}) =>
      void this.logged.push({ level, event, fields });
    return { ...silentLog, info: say("info"), warn: say("warn"), error: say("error") };
  }
}

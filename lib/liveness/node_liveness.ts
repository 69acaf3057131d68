/**
 * Which nodes BFD has lost, and whether that is believed: a node that was Up and is silent is no next hop
 * any more, long before Kubernetes says so. When too many are lost at once, it is more likely this
 * manager's own network that is gone: then nothing more is taken out, and it is said.
 *
 * @module
 */

import type { BfdStatus } from "../bfd/mod.ts";
import type { Cancel, Clock, Log } from "../ports/mod.ts";

/** The kind in the names of nodes' sessions. */
const nodePrefix = "Node ";

/** What is needed. */
export interface NodeLivenessOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** `out` or `held` changed. */
  readonly onChange: () => void;
}

/** What the judgement rests on beside the sessions. */
export interface NodeRules {
  /** More percent of the watched nodes than these are not taken out. */
  readonly maxUnreachable: number;
  /** Milliseconds in which the losses of one cause come in: one interval between packets. */
  readonly gatherMs: number;
  /** Nodes that would be next hops otherwise; the others neither count nor matter. */
  readonly eligible: ReadonlySet<string>;
}

/** Nodes that are not taken out although BFD has lost them. */
export interface Held {
  readonly lost: number;
  readonly watched: number;
}

/** Judges what BFD says of nodes. */
export class NodeLiveness {
  readonly #options: NodeLivenessOptions;
  #sessions: readonly BfdStatus[] = [];
  #rules: NodeRules | undefined;
  #out: ReadonlySet<string> = new Set();
  #held: Held | undefined;
  #gathering: Cancel | undefined;

  /** Nobody is watched. */
  constructor(options: NodeLivenessOptions) {
    this.#options = options;
  }

  /** The names of nodes that are not reached. The same object while nothing changes. */
  get out(): ReadonlySet<string> {
    return this.#out;
  }

  /** What is lost and not believed; undefined when all is. */
  get held(): Held | undefined {
    return this.#held;
  }

  /** Looks at the sessions as they are; no rules: no node is watched. */
  look(sessions: readonly BfdStatus[], rules: NodeRules | undefined): void {
    this.#sessions = sessions;
    this.#rules = rules;
    const { lost } = this.#count();
    // Who is back is back at once; who is gone waits for the others of the same cause.
    this.#settle(new Set([...this.#out].filter((node) => lost.has(node))), this.#held);
    const isNew = [...lost].some((node) => !this.#out.has(node));
    if (!isNew) {
      this.#gathering?.();
      this.#gathering = undefined;
      return this.#settle(this.#out, undefined);
    }
    this.#gathering ??= this.#options.clock.after(rules?.gatherMs ?? 0, () => {
      this.#gathering = undefined;
      this.#judge();
    });
  }

  /** Judges nothing more. */
  close(): void {
    this.#gathering?.();
    this.#gathering = undefined;
  }

  #judge(): void {
    const { lost, watched } = this.#count();
    const most = watched * (this.#rules?.maxUnreachable ?? 0) / 100;
    if (lost.size > most) this.#settle(this.#out, { lost: lost.size, watched });
    else this.#settle(lost, undefined);
  }

  #count(): { readonly lost: ReadonlySet<string>; readonly watched: number } {
    const lost = new Set<string>();
    let watched = 0;
    for (const { name, state, failed } of this.#sessions) {
      const node = name.slice(nodePrefix.length);
      if (!name.startsWith(nodePrefix) || this.#rules?.eligible.has(node) !== true) continue;
      // One that was never Up, or that said AdminDown, says nothing of its node.
      if (state === "Up" || failed) watched++;
      if (failed) lost.add(node);
    }
    return { lost, watched };
  }

  #settle(out: ReadonlySet<string>, held: Held | undefined): void {
    const same = out.size === this.#out.size && [...out].every((node) => this.#out.has(node));
    if (same && held?.lost === this.#held?.lost && held?.watched === this.#held?.watched) return;
    const { log, onChange } = this.#options;
    const gone = [...out].filter((node) => !this.#out.has(node));
    const back = [...this.#out].filter((node) => !out.has(node));
    if (gone.length > 0) log.warn("nodes.unreachable", { nodes: gone });
    if (back.length > 0) log.info("nodes.reachable", { nodes: back });
    if (held !== undefined && this.#held === undefined) log.warn("nodes.held", { ...held });
    if (!same) this.#out = out;
    this.#held = held;
    onChange();
  }
}

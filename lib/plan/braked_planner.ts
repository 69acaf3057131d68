/**
 * A Planner with the brake behind it: what managers and agents plan with.
 *
 * @module
 */

import type { Snapshot } from "../objects/mod.ts";
import { Brake } from "./brake.ts";
import type { Plan } from "./model.ts";
import { Planner, type PlannerOptions } from "./planner.ts";

/** Plans with the brake: a Planner, and what is held beside its plans. */
export class BrakedPlanner {
  readonly #planner: Planner;
  readonly #brake: Brake;

  /** For whom, as a Planner has it. */
  constructor(options: PlannerOptions = {}) {
    this.#planner = new Planner(options);
    this.#brake = new Brake(options);
  }

  /** As `Planner.plan`, with what is held. What comes to be held, or is released, is planned with at once. */
  plan(snapshot: Snapshot, unreachable: ReadonlySet<string> | undefined, now: number): Plan {
    const brake = this.#brake;
    const once = (reserving: Snapshot): Plan =>
      brake.apply(this.#planner.plan(reserving, unreachable, now), snapshot, now);
    const first = brake.reserving(snapshot, now);
    const plan = once(first);
    const again = brake.reserving(snapshot, now);
    return again.reserved === first.reserved ? plan : once(again);
  }
}

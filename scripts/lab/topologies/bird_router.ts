/**
 * BIRD as a router of a topology.
 *
 * @module
 */

import { Bird } from "../bird.ts";
import type { BirdPath } from "../bird_text.ts";
import type { Lab } from "../lab.ts";
import type { Router } from "../router.ts";
import { short } from "../words.ts";

/** A running BIRD with a whole configuration. */
export class BirdRouter implements Router {
  readonly role: string;
  readonly config: string;
  readonly #bird: Bird;

  constructor(lab: Lab, role: string, config: string) {
    this.role = role;
    this.config = config;
    this.#bird = new Bird(lab, role);
  }

  get look(): string {
    return `birdc -s ${short(this.#bird.socket)} show route`;
  }

  start(): Promise<void> {
    return this.#bird.startWith(this.config);
  }

  /** Puts another configuration in force while it runs. */
  configure(config: string): Promise<void> {
    return this.#bird.configureWith(config);
  }

  kill(): Promise<void> {
    return this.#bird.stop("kill");
  }

  async nextHops(prefix: string): Promise<readonly string[]> {
    const family = prefix.includes(":") ? 6 : 4;
    const route = (await this.#bird.routes(family)).find((each) => each.prefix === prefix);
    const [best, ...others] = route?.paths ?? [];
    if (best === undefined) return [];
    // Of what it holds, BIRD merges what is as good as the best: here the AS path tells.
    const used = [best, ...others.filter((path) => asLength(path) === asLength(best))];
    return [...new Set(used.map((path) => path.via))].sort();
  }

  async show(): Promise<string> {
    return `${await this.#bird.ask("show protocols")}\n${await this.#bird.ask("show route")}`;
  }
}

function asLength({ attributes }: BirdPath): number {
  return (attributes["BGP.as_path"] ?? "").split(" ").filter((as) => as !== "").length;
}

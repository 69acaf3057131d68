/**
 * Two managers that both believe they lead, each with a view of its own that lags behind in a way of
 * its own, write their patches in any interleaving while users edit: no address is ever on two
 * Services, and when they have caught up nothing has leaked (docs/adr/0020).
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { Planner, Statuses, type StatusPatch } from "../../lib/plan/mod.ts";
import { ConflictError } from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/memory/mod.ts";
import { type Raw, rawEip, rawService } from "../plan/world.ts";

/** What a user makes of a Service. */
interface Wish {
  readonly name: string;
  readonly wants: "nothing" | "gone" | "any" | string;
}

type Step =
  | { readonly do: "edit"; readonly wish: Wish }
  | { readonly do: "pool"; readonly disable: boolean; readonly wide: boolean }
  | { readonly do: "look"; readonly who: number; readonly eips: number; readonly services: number }
  | { readonly do: "write"; readonly who: number; readonly picks: readonly number[] };

const wish: fc.Arbitrary<Wish> = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  wants: fc.constantFrom("nothing", "gone", "any", "any", "any", "203.0.113.1", "203.0.113.2"),
});
const who = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: wish.map((wish): Step => ({ do: "edit", wish })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("pool" as const),
      disable: fc.boolean(),
      wide: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("look" as const),
      who,
      // Often everything, so that claims are seen whose Services are not.
      eips: fc.constantFrom(0, 1, 2, 100, 100),
      services: fc.constantFrom(0, 0, 1, 2, 3, 100),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      who,
      picks: fc.array(fc.nat(7), { minLength: 1, maxLength: 6 }),
    }),
  },
);

/** A manager: what it has seen of each kind, and what it still has to write. */
class Manager {
  readonly #planner = new Planner();
  readonly #statuses = new Statuses();
  eips = 0;
  services = 0;
  #queue: StatusPatch[] = [];

  /** Sees so much more of each kind, and plans when it has nothing left to write. */
  look(history: readonly Snapshot[], eips: number, services: number): boolean {
    const last = history.length - 1;
    this.eips = Math.min(last, this.eips + eips);
    this.services = Math.min(last, this.services + services);
    const [pools, people] = [history[this.eips], history[this.services]];
    if (this.#queue.length > 0 || pools === undefined || people === undefined) return false;
    const view = { ...people, eips: pools.eips };
    this.#queue = [...this.#statuses.patches(this.#planner.plan(view), view, { now: 0 })];
    return this.#queue.length > 0;
  }

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** Writes one patch of the run that is under way; after a conflict, nothing of the next kind. */
  async write(pick: number, patch: (one: StatusPatch) => Promise<void>): Promise<void> {
    const kind = this.#queue[0]?.object.kind;
    const other = this.#queue.findIndex((each) => each.object.kind !== kind);
    const run = other < 0 ? this.#queue.length : other;
    const [one] = run === 0 ? [] : this.#queue.splice(pick % run, 1);
    if (one === undefined) return;
    try {
      await patch(one);
    } catch (thrown) {
      if (!(thrown instanceof ConflictError)) throw thrown;
      this.#queue = this.#queue.slice(0, run - 1);
    }
  }
}

/** The users, the store with its history, and two managers. */
class Arena {
  readonly #store = openMemoryStore();
  readonly #wishes = new Map<string, Wish>();
  #pool: Raw = {};
  readonly history: Snapshot[] = [];
  readonly managers = [new Manager(), new Manager()] as const;
  #made = 0;
  readonly #ages = new Map<string, number>();
  written = 0;

  constructor() {
    this.pool(false, false);
  }

  pool(disable: boolean, wide: boolean): void {
    const range = wide ? "203.0.113.1-203.0.113.2" : "203.0.113.1";
    this.#pool = rawEip("edge", range, { disable });
    this.#set();
  }

  edit(wish: Wish): void {
    if (wish.wants === "gone") this.#ages.delete(wish.name);
    else if (!this.#ages.has(wish.name)) this.#ages.set(wish.name, ++this.#made);
    this.#wishes.set(wish.name, wish);
    this.#set();
  }

  #set(): void {
    const services = [...this.#wishes.values()].filter(({ wants }) => wants !== "gone")
      .map(({ name, wants }) => {
        const type = wants === "nothing" ? "ClusterIP" : "LoadBalancer";
        const asked = wants === "nothing" || wants === "any" ? {} : { loadBalancerIP: wants };
        const made = new Date((this.#ages.get(name) ?? 0) * 1000).toISOString();
        const metadata = { creationTimestamp: made };
        return rawService(name, { metadata, spec: { type, ...asked } });
      });
    this.#store.setObjects([this.#pool, ...services]);
    this.#note();
  }

  async patch(one: StatusPatch): Promise<void> {
    try {
      await this.#store.patch([one]);
      this.written++;
    } finally {
      this.#note();
    }
  }

  #note(): void {
    const now = this.#store.snapshot();
    this.history.push(now);
    const holders = [...recorded(now).values()].filter((names) => names.length > 1);
    assertEquals(holders, [], "an address is on two Services");
    const inStatus = now.services.flatMap(({ holds }) =>
      holds.filter((each) => each.inStatus).map((each) => formatAddress(each.address))
    );
    assertEquals(new Set(inStatus).size, inStatus.length, "an address is in two statuses");
  }

  /** Lets both managers see everything, in turn, until neither has anything to write. */
  async settle(): Promise<void> {
    for (let quiet = 0, turn = 0; quiet < 2; turn++) {
      assert(turn < 200, "the managers never come to rest");
      const manager = this.managers[turn % 2 === 0 ? 0 : 1];
      while (!manager.idle) await manager.write(0, (one) => this.patch(one));
      quiet = manager.look(this.history, Infinity, Infinity) ? 0 : quiet + 1;
      while (!manager.idle) await manager.write(0, (one) => this.patch(one));
    }
  }

  /** Nothing has leaked, and nobody waits for what is free. */
  judge(): void {
    const now = this.#store.snapshot();
    const records = recorded(now);
    const used = now.eips[0]?.status.used as Readonly<Record<string, string>> | undefined;
    for (const [address, names] of records) {
      // Who asks for the address of another keeps a claim of his own beside that one's.
      const claimants = (used?.[address] ?? "").split(",");
      assert(claimants.includes(`default/${names[0]}`), `${address} is in use and not claimed`);
    }
    for (const address of Object.keys(used ?? {})) {
      // A claim that could not be followed stays while its Service asks for that very address.
      const asked = now.services.some((each) => each.requested?.text === address);
      assert(records.has(address) || asked, `${address} has leaked`);
    }
    const waiting = now.services.filter((each) =>
      each.isLoadBalancer && each.requested === undefined && each.holds.length === 0
    );
    const { usage, poolSize } = now.eips[0]?.status ?? {};
    const disabled = now.eips[0]?.spec.disable === true;
    if (waiting.length > 0) assert(disabled || Number(usage) >= Number(poolSize));
  }
}

function recorded(snapshot: Snapshot): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  for (const { ref, holds } of snapshot.services) {
    for (const { address, pool } of holds) {
      if (pool === undefined) continue;
      const text = formatAddress(address);
      holders.set(text, [...holders.get(text) ?? [], ref.name]);
    }
  }
  return holders;
}

Deno.test("two managers that both lead give no address twice and leak none", async () => {
  let written = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
      const arena = new Arena();
      for (const each of steps) {
        if (each.do === "edit") arena.edit(each.wish);
        else if (each.do === "pool") arena.pool(each.disable, each.wide);
        else {
          const manager = arena.managers[each.who === 0 ? 0 : 1];
          if (each.do === "look") manager.look(arena.history, each.eips, each.services);
          else for (const pick of each.picks) await manager.write(pick, (one) => arena.patch(one));
        }
      }
      await arena.settle();
      arena.judge();
      written += arena.written;
    }),
    { numRuns: 500 },
  );
  assert(written > 500, "hardly anything was ever written: the property proved nothing");
});

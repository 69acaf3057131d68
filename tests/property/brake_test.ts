/**
 * The brake, whatever is edited in whatever order: what it lets pass stays within the share, what it holds
 * is nobody else's, and without it the plan is the planner's own.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress } from "../../lib/net/mod.ts";
import type { BgpConf, Snapshot } from "../../lib/objects/mod.ts";
import { BrakedPlanner, type Plan, Planner, recorded } from "../../lib/plan/mod.ts";
import { brakeField } from "../../lib/plan/brake_record.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

const settings = { maxWithdrawn: 40, within: 10_000, minRoutes: 2 };

/** One moment: which Services are there (each bit), with endpoints, which nodes are up, and a release. */
interface Moment {
  readonly seconds: number;
  readonly there: number;
  readonly served: number;
  readonly up: number;
  readonly drained: boolean;
  readonly release: boolean;
}

const count = 12;
const full = 2 ** count - 1;
/** Mostly all but a few: what is edited is rarely everything. */
const bits = fc.oneof(
  { weight: 3, arbitrary: fc.constant(full) },
  { weight: 3, arbitrary: fc.nat(count - 1).map((each) => full & ~(1 << each)) },
  { weight: 2, arbitrary: fc.nat(full) },
);

const moment: fc.Arbitrary<Moment> = fc.record({
  seconds: fc.constantFrom(1, 3, 11),
  there: bits,
  served: bits,
  up: fc.constantFrom(3, 3, 3, 1, 0),
  drained: fc.constantFrom(false, false, false, true),
  release: fc.constantFrom(false, false, false, false, true),
});

function has(set: number, index: number): boolean {
  return (set >> index & 1) === 1;
}

const all = Array.from({ length: count }, (_, index) => index);
const services = all.map((each) =>
  service(`svc${each}`, { held: { [`203.0.113.${each + 10}`]: "p" } })
);
const slices = all.map((each) => slice(`svc${each}`, ["node1", "node2"]));
const pools = [eip("p")];

function world({ there, served, up, drained }: Moment, now: number, release: number): Snapshot {
  const made = bgpConf("conf");
  const conf: BgpConf = {
    ...made,
    spec: { ...made.spec, brake: { ...settings, released: release } },
  };
  return snapshot({
    eips: pools,
    bgpConfs: [conf],
    nodes: [
      node("node1", ["10.0.0.1"], {
        ready: has(up, 0),
        ...(drained && { drain: { since: now - 3_600_000 } }),
      }),
      node("node2", ["10.0.0.2"], { ready: has(up, 1) }),
    ],
    services: services.filter((_, index) => has(there, index)),
    endpointSlices: slices.filter((_, index) => has(served, index)),
  });
}

function prefixes({ announced }: Plan): ReadonlySet<string> {
  return new Set(announced.map(({ prefix }) => formatAddress(prefix.address)));
}

Deno.test("never more than the share is withdrawn within the time, unless it was released", () => {
  let held = 0;
  let passed = 0;
  fc.assert(
    fc.property(fc.array(moment, { minLength: 2, maxLength: 14 }), (moments) => {
      const planner = new Planner();
      const braked = new BrakedPlanner();
      let now = Date.UTC(2026, 0, 31);
      let release = now - 1;
      /** What was announced, and when, since the last release. */
      let said: { readonly at: number; readonly prefixes: ReadonlySet<string> }[] = [];
      for (const each of moments) {
        now += each.seconds * 1000;
        if (each.release) release = now;
        const objects = world(each, now, release);
        const planned = planner.plan(objects, undefined, now);
        const plan = braked.plan(objects, undefined, now);
        const announced = prefixes(plan);
        if (plan.hold === undefined) assertEquals(plan.announced, planned.announced);
        else held++;
        const own = prefixes(planned);
        for (const { last, route } of plan.hold?.held ?? []) {
          const text = formatAddress(last.prefix.address);
          assert(announced.has(text) && !own.has(text), `${text} is held and planned`);
          assert(route.paths.length > 0, "through somebody");
        }
        assertEquals(announced.size, own.size + (plan.hold?.held.length ?? 0));
        // What a drain takes away is meant.
        if (each.release || each.drained) said = [];
        said = said.filter(({ at }) => now - at <= settings.within);
        for (const { prefixes } of said) {
          const gone = [...prefixes].filter((text) => !announced.has(text)).length;
          if (gone > 0) passed++;
          assert(
            gone < settings.minRoutes || gone * 100 <= settings.maxWithdrawn * mostOf(said),
            `${gone} of ${prefixes.size} went`,
          );
        }
        said.push({ at: now, prefixes: announced });
      }
    }),
    { numRuns: 300 },
  );
  assert(held > 100 && passed > 100, `held ${held} times, passed ${passed} times`);
});

/** All routes that were there at some moment of the time. */
function mostOf(said: readonly { readonly prefixes: ReadonlySet<string> }[]): number {
  return new Set(said.flatMap(({ prefixes }) => [...prefixes])).size;
}

Deno.test("what is written comes back after a restart: the same is announced, through the same", () => {
  let restarts = 0;
  fc.assert(
    fc.property(bits, bits, (there, served) => {
      const quiet = { seconds: 0, up: 3, drained: false, release: false };
      const now = Date.UTC(2026, 0, 31);
      const before = recorded(world({ ...quiet, there: full, served: full }, now, 0), plan(now));
      const after = world({ ...quiet, there, served }, now, 0);
      const planner = new BrakedPlanner();
      planner.plan(before, undefined, now);
      const held = planner.plan(after, undefined, now);
      if (held.hold === undefined) return;
      restarts++;
      const [conf] = after.bgpConfs;
      assert(conf !== undefined);
      const written = {
        ...after,
        bgpConfs: [{ ...conf, status: { brake: brakeField(held.hold) } }],
      };
      const again = new BrakedPlanner().plan(written, undefined, now);
      assertEquals(again.announced, held.announced);
    }),
    { numRuns: 300 },
  );
  assert(restarts > 30, `only ${restarts} held anything`);
});

function plan(now: number): Plan {
  const objects = world(
    { seconds: 0, there: full, served: full, up: 3, drained: false, release: false },
    now,
    0,
  );
  return new Planner().plan(objects, undefined, now);
}

Deno.test("reserved addresses are counted the same, followed along or planned at once", () => {
  const reserved = [0, 0b11, full].map((set) =>
    all.filter((each) => has(set, each)).map((each) => ({
      address: services[each]?.holds[0]?.address ?? { family: 4 as const, value: 0 },
      service: { kind: "Service", namespace: "default", name: `svc${each}` },
    }))
  );
  const edit = fc.record({ there: bits, reserved: fc.constantFrom(...reserved) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 2, maxLength: 10 }), (edits) => {
      const planner = new Planner();
      for (const { there, reserved } of edits) {
        const quiet = { seconds: 0, up: 3, drained: false, release: false };
        const objects = { ...world({ ...quiet, there, served: full }, 0, 0), reserved };
        const { pools } = planner.plan(objects);
        assertEquals(pools, new Planner().plan(objects).pools);
      }
    }),
    { numRuns: 200 },
  );
});

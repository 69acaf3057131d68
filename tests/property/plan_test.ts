/**
 * Whatever is edited in whatever order: a Planner that follows along gives what `plan` gives of the
 * snapshot alone, and writing what a plan says comes to rest.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Route } from "../../lib/bgp/model/mod.ts";
import type { ObjectFault } from "../../lib/objects/mod.ts";
import {
  formatAddress,
  formatPrefix,
  prefixContains,
  prefixKey,
  sameAddress,
} from "../../lib/net/mod.ts";
import {
  nextHopsOf,
  type Plan,
  plan,
  Planner,
  recorded,
  Statuses,
  statuses,
} from "../../lib/plan/mod.ts";
import { cluster, service, slice, snapshot } from "../support/objects.ts";
import { edited, edits } from "./plan_arbitraries.ts";

/** The routes of which a Service that announces them has an address by its own record. */
function recordedRoutes({ routes, services }: Plan): readonly Route[] {
  const recorded = new Set(services.flatMap((each) => {
    const held = each.assignments.map(({ address }) => address).filter((address) =>
      each.read.holds.some((hold) => hold.pool !== undefined && sameAddress(hold.address, address))
    );
    return each.routes.filter(({ prefix }) =>
      held.some((address) => prefixContains(prefix, address))
    ).map(({ prefix }) => formatPrefix(prefix));
  }));
  return routes.filter(({ prefix }) => recorded.has(formatPrefix(prefix)));
}

/** Eips that take no more than so many bytes of claims, each of which has some 25. */
const rooms = fc.constantFrom<readonly ObjectFault[]>(
  [],
  [],
  [0, 60, 30].map((claimsAtMost, at) => ({
    severity: "warning",
    object: { kind: "Eip", namespace: "", name: `pool${at}` },
    field: "status.used",
    message: "too many",
    claimsAtMost,
  })),
);

Deno.test("a Planner gives what plan() gives, after every edit of any sequence", () => {
  let announced = 0;
  fc.assert(
    fc.property(edits, rooms, (edits, faults) => {
      const planner = new Planner();
      const written = new Statuses();
      // Something is announced to begin with: chance alone may never put all that it takes together.
      let now = cluster({
        faults,
        services: [service("svc0")],
        endpointSlices: [slice("svc0", ["node1"], { name: "default/part0" })],
      });
      for (const each of edits) {
        now = edited(now, each);
        const followed = planner.plan(now);
        const whole = plan(now);
        assertEquals(followed, whole);
        assertEquals(followed.services.map(nextHopsOf), whole.services.map(nextHopsOf));
        assertEquals(followed.announced, recordedRoutes(followed));
        assertEquals(
          written.patches(followed, now, { now: 0 }),
          statuses(whole, now, { now: 0 }),
        );
        announced += followed.announced.length;
      }
    }),
    { numRuns: 400 },
  );
  assert(announced > 0, "no sequence ever announced anything: the property proved nothing");
});

Deno.test("a written plan is at rest: the same assignments, routes and refusals, nothing released", () => {
  fc.assert(
    fc.property(edits, (edits) => {
      const now = edits.reduce(edited, snapshot());
      const first = plan({ ...now, complete: true });
      const second = plan(recorded({ ...now, complete: true }, first));
      const places = (each: typeof first): readonly string[] =>
        each.services.flatMap((planned) =>
          planned.assignments.map((a) => `${a.service.name} ${formatAddress(a.address)} ${a.pool}`)
        );
      assertEquals(places(second), places(first));
      assertEquals(second.routes, first.routes);
      assertEquals(second.refusals, first.refusals);
      assertEquals(
        second.pools,
        first.pools.map((pool) => ({
          ...pool,
          used: second.pools.find((each) => each.eip.name === pool.eip.name)?.used ?? [],
        })),
      );
      assertEquals(second.services.flatMap((each) => each.released), []);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("routes are sorted, each prefix once, each next hop once, never without a next hop", () => {
  fc.assert(
    fc.property(edits, (edits) => {
      const { routes } = plan(edits.reduce(edited, snapshot()));
      const keys = routes.map((each) => prefixKey(each.prefix));
      assertEquals(new Set(keys).size, keys.length);
      for (const { paths } of routes) {
        const hops = paths.map((each) => formatAddress(each.nextHop));
        assert(hops.length > 0);
        assertEquals(new Set(hops).size, hops.length);
      }
    }),
    { numRuns: 500 },
  );
});

/**
 * Covering prefixes change what is said, and not where packets go: whatever the objects, a leaf switch
 * that takes the most specific route has the same paths to every announced address as without them, and
 * what it is told in excess is discarded on every node.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Path, Route } from "../../lib/bgp/model/mod.ts";
import {
  type Address,
  formatAddress,
  formatPrefix,
  hostPrefix,
  prefixContains,
  prefixRange,
  rangeContains,
} from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { hostState, isAggregate, plan, recorded } from "../../lib/plan/mod.ts";
import { cluster, eip, service, slice } from "../support/objects.ts";
import { edited, edits } from "./plan_arbitraries.ts";

/** Names of peers that may be there, and one that selects nothing. */
const peers = ["peer0", "peer1", "peer2"];

/** The paths that a peer has to an address: of the most specific route that it was told. */
function pathsTo(routes: readonly Route[], address: Address, peer: string): readonly Path[] {
  const heard = routes.filter(({ prefix }) => prefixContains(prefix, address))
    .sort((a, b) => b.prefix.length - a.prefix.length)
    .map(({ paths }) =>
      paths.filter(({ attributes: { onlyTo } }) => onlyTo?.includes(peer) ?? true)
    );
  return heard.find((paths) => paths.length > 0) ?? [];
}

/** Next hops and what is said of them, without to whom. */
function said(paths: readonly Path[]): readonly string[] {
  return paths.map(({ nextHop, attributes }) =>
    `${formatAddress(nextHop)} ${JSON.stringify({ ...attributes, onlyTo: undefined })}`
  );
}

/** The snapshot without covering prefixes, and without choices, which differ by prefix. */
function without(snapshot: Snapshot, left: "aggregationLength" | "maxNextHops"): Snapshot {
  const eips = snapshot.eips.map((each) => {
    const { [left]: _, ...bgp } = each.spec.bgp ?? { attributes: {}, serviceMaySet: [] };
    return { ...each, spec: { ...each.spec, bgp } };
  });
  return { ...snapshot, eips };
}

/** Where covering prefixes are sure to come about. */
const begin = cluster({
  eips: [eip("pool0", "203.0.113.0/30", {
    bgp: { attributes: {}, serviceMaySet: ["med"], aggregationLength: 30 },
  })],
  services: [service("svc0"), service("svc1")],
  endpointSlices: [
    slice("svc0", ["node1"], { name: "default/part0" }),
    slice("svc1", ["node1"], { name: "default/part1" }),
  ],
});

Deno.test("with covering prefixes every peer has the same paths to every announced address as without", () => {
  let covered = 0;
  fc.assert(
    fc.property(edits, (edits) => {
      const edit = edits.reduce(edited, begin);
      const now = without({ ...edit, complete: true }, "maxNextHops");
      // What Services share is one route of several wishes; the first one's attributes count then.
      const alone = {
        ...now,
        services: now.services.map(({ sharing: _, ...each }) => each),
      };
      const [aggregated, plain] = [plan(alone), plan(without(alone, "aggregationLength"))];
      for (const { prefix: { address }, paths } of plain.routes) {
        for (const peer of peers) {
          const wanted = paths.filter(({ attributes: { onlyTo } }) =>
            onlyTo?.includes(peer) ?? true
          );
          const found = pathsTo(aggregated.routes, address, peer);
          // Who hears nothing of an address by itself may hear of it by its neighbours.
          if (wanted.length > 0) {
            assertEquals(said(found), said(wanted), `${formatAddress(address)} for ${peer}`);
          }
        }
        const own = formatPrefix(hostPrefix(address));
        if (!aggregated.routes.some(({ prefix }) => formatPrefix(prefix) === own)) covered++;
      }
    }),
    { numRuns: 500 },
  );
  assert(covered > 100, `only ${covered} addresses were covered`);
});

Deno.test("a covering prefix is its pool's and nobody else's, and every node discards the rest of it", () => {
  let seen = 0;
  fc.assert(
    fc.property(edits, (edits) => {
      const now = { ...edits.reduce(edited, begin), complete: true };
      const planned = plan(now);
      const written = recorded(now, planned);
      const discards = (hostState(written).discards ?? []).map(formatPrefix);
      const live = planned.services.flatMap(({ routes }) => routes);
      for (const route of planned.routes.filter(isAggregate)) {
        seen++;
        const { first, last } = prefixRange(route.prefix);
        const text = formatPrefix(route.prefix);
        assert(
          now.eips.some(({ spec: { range } }) =>
            "first" in range && rangeContains(range, first) && rangeContains(range, last)
          ),
          `${text} is in no pool`,
        );
        const inside = now.nodes.flatMap(({ internalIps }) => internalIps)
          .filter((address) => prefixContains(route.prefix, address));
        assertEquals(inside.map(formatAddress), [], `${text} has a node's address`);
        assert(discards.includes(text), `${text} is not discarded`);
        assert(live.includes(route), `${text} is there for nobody`);
      }
    }),
    { numRuns: 500 },
  );
  assert(seen > 100, `only ${seen} covering prefixes were seen`);
});

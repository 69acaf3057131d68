import { assert, assertEquals } from "@std/assert";
import type { Route } from "../../lib/bgp/model/mod.ts";
import { hostPrefix } from "../../lib/net/mod.ts";
import { LinkBandwidths } from "../../lib/plan/mod.ts";
import { addressOf } from "../support/objects.ts";

const perEndpoint = 125_000_000;

function route(address: string, counts: readonly number[]): Route {
  const paths = counts.map((count, index) => ({
    nextHop: addressOf(`10.0.0.${index + 11}`),
    attributes: { linkBandwidth: count * perEndpoint },
  }));
  return { prefix: hostPrefix(addressOf(address)), paths };
}

function said(routes: readonly Route[]): number[] {
  return routes.flatMap((each) => each.paths.map((path) => path.attributes.linkBandwidth ?? 0));
}

Deno.test("twice the endpoints are said as exactly twice the bandwidth", () => {
  for (const count of [1, 3, 7, 50]) {
    const [one = 0, two = 0] = said(
      new LinkBandwidths().steady([route("203.0.113.1", [count, 2 * count])]),
    );
    assertEquals(two / one, 2);
    assertEquals(Math.abs(Math.log2(one / (count * perEndpoint))) <= 0.25, true);
  }
});

Deno.test("endpoints that come and go at the edge of a step change nothing", () => {
  const bandwidths = new LinkBandwidths();
  const at = (count: number): number | undefined =>
    said(bandwidths.steady([route("203.0.113.1", [count])]))[0];
  // From 24 on the next step is said at 28 or so; 26 and 27 are nearer to the next, but not by enough.
  const before = at(24);
  const steps = [25, 26, 25, 27, 24].map(at);
  assertEquals(steps, steps.map(() => before));
  const after = at(40);
  assertEquals(after !== before, true);
  assertEquals([36, 34, 40].map(at), [after, after, after]);
});

Deno.test("routes without link bandwidth, and those that did not change, are the same objects", () => {
  const bandwidths = new LinkBandwidths();
  const plain: Route = { prefix: hostPrefix(addressOf("203.0.113.2")), paths: [] };
  const only = [plain];
  assert(bandwidths.steady(only) === only);
  const weighted = route("203.0.113.1", [1, 2]);
  const [, first] = bandwidths.steady([plain, weighted]);
  assert(bandwidths.steady([plain, weighted])[1] === first);
});

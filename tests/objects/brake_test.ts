/** `spec.brake`, its annotation, and the status that is read again after a restart. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PathAttributes } from "../../lib/bgp/model/mod.ts";
import { parseExtendedCommunity } from "../../lib/bgp/wire/mod.ts";
import { ipv4, ipv6 } from "../../lib/net/mod.ts";
import { formatHold, type HoldRecord, parseObject, readHold } from "../../lib/objects/mod.ts";

function conf(spec: Record<string, unknown>, annotations: Record<string, string> = {}) {
  const parsed = parseObject({
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "BgpConf",
    metadata: { name: "conf", annotations },
    spec: { as: 64512, routerID: "10.0.0.1", port: 179, ...spec },
  });
  assert(parsed.ok && parsed.value.kind === "BgpConf", JSON.stringify(parsed));
  return parsed.value;
}

Deno.test("spec.brake is off where it is left out, and has defaults where it is empty", () => {
  assertEquals(conf({}).object.spec.brake, undefined);
  assertEquals(conf({ brake: {} }).object.spec.brake, {
    ...{ maxWithdrawn: 50, within: 10_000, minRoutes: 10 },
  });
  const said = { maxWithdrawn: 20, withinSeconds: 60, minRoutes: 1 };
  assertEquals(conf({ brake: said }).object.spec.brake, {
    ...{ maxWithdrawn: 20, within: 60_000, minRoutes: 1 },
  });
});

Deno.test("the annotation must be a time", () => {
  const annotation = "porter.kubesphere.io/brake-release";
  const said = conf({ brake: {} }, { [annotation]: "2026-01-31T12:00:00Z" });
  assertEquals(said.object.spec.brake?.released, Date.UTC(2026, 0, 31, 12));
  const wrong = conf({ brake: {} }, { [annotation]: "true" });
  assertEquals(wrong.object.spec.brake?.released, undefined);
  assertEquals(wrong.warnings.map(({ message }) => message), [
    '"true" is not a time like 2026-01-31T12:00:00Z: nothing is released',
  ]);
});

const address = fc.oneof(
  fc.nat(0xffffffff).map(ipv4),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(ipv6),
);
const attributes: fc.Arbitrary<PathAttributes> = fc.record({
  communities: fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 3 }),
  largeCommunities: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), {
    minLength: 1,
    maxLength: 2,
  }),
  extendedCommunities: fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), {
    minLength: 1,
    maxLength: 2,
  }),
  localPref: fc.nat(0xffffffff),
  med: fc.nat(0xffffffff),
  prepend: fc.nat(16),
  linkBandwidth: fc.nat(),
  onlyTo: fc.array(fc.constantFrom("leaf1", "leaf2"), { maxLength: 2 }),
}, { requiredKeys: [] });
const hold: fc.Arbitrary<HoldRecord> = fc.record({
  since: fc.nat(4_000_000_000_000),
  routes: fc.nat(),
  percent: fc.nat(100),
  groups: fc.array(
    fc.record({
      ranges: fc.array(address.map((each) => ({ first: each, last: each })), { maxLength: 3 }),
      prefixes: fc.constant([]),
      weights: fc.array(fc.integer({ min: 1 }), { maxLength: 3 }),
      paths: fc.array(fc.record({ nextHop: address, attributes }), { maxLength: 3 }),
    }, { requiredKeys: ["ranges", "prefixes", "paths"] }),
    { maxLength: 3 },
  ),
});

Deno.test("status.brake says all of a hold: what was written is read, through JSON", () => {
  fc.assert(
    fc.property(hold, (hold) => {
      const read = readHold(JSON.parse(JSON.stringify(formatHold(hold))));
      // fast-check's records have no prototype.
      assertEquals(read, structuredClone(hold));
    }),
    { numRuns: 300 },
  );
});

Deno.test("a hold of routes with route targets is read again", () => {
  const read = ["rt:64512:100", "soo:192.0.2.1:5", "rt:4200000000:7"].map(parseExtendedCommunity);
  // A number of two octets in a field of four, and a link bandwidth: no user could write them so.
  const unusual = [0x0202_0000_fbf0_0064n, 0x4004_fbf0_4998_9680n];
  for (const value of [...read, ...unusual]) {
    assert(value !== undefined);
    const attributes = { extendedCommunities: [value] };
    const paths = [{ nextHop: ipv4(1), attributes }];
    const hold = { since: 0, routes: 1, percent: 1, groups: [{ ranges: [], prefixes: [], paths }] };
    assertEquals(readHold(JSON.parse(JSON.stringify(formatHold(hold)))), hold);
  }
});

Deno.test("whatever stands in status.brake, it is read or it is not, and nothing is thrown", () => {
  assertEquals(readHold(undefined), undefined);
  assertEquals(readHold({ since: "yesterday", routes: 1, percent: 1, held: [] }), undefined);
  const path = { nextHop: "10.0.0.1", communities: ["x"] };
  const held = [{ addresses: ["10.0.0.1-10.0.0.0"], paths: [path] }];
  assertEquals(readHold({ since: "2026-01-31", routes: 1, percent: 1, held })?.groups, []);
  fc.assert(fc.property(fc.jsonValue(), (raw) => void readHold(raw)));
  const near = fc.record({
    since: fc.oneof(fc.string(), fc.date().map(String)),
    routes: fc.anything(),
    percent: fc.nat(100),
    held: fc.array(fc.record({ addresses: fc.array(fc.string()), paths: fc.jsonValue() })),
  });
  fc.assert(fc.property(near, (raw) => void readHold(raw)));
});

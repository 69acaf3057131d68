/**
 * Objects of a small world, and edits of them: few names and addresses, so that they meet.
 *
 * @module
 */

import fc from "fast-check";
import type {
  BgpConf,
  BgpPeer,
  Eip,
  EipBgp,
  EndpointSlice,
  Node,
  PeerExport,
  Service,
  Snapshot,
} from "../../lib/objects/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import { bgpConf, bgpPeer, eip, endpoint, node, service, slice } from "../support/objects.ts";

type Lists = Pick<
  Snapshot,
  "eips" | "bgpConfs" | "bgpPeers" | "services" | "endpointSlices" | "nodes"
>;
type Kind = keyof Lists;
type AnyObject = Lists[Kind][number];

const name = (prefix: string, count: number): fc.Arbitrary<string> =>
  fc.nat(count - 1).map((each) => `${prefix}${each}`);
const createdAt = fc.nat(2);
const rarely = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.boolean());
const addressText = fc.constantFrom("203.0.113.1", "203.0.113.2", "203.0.113.5", "198.51.100.1");

const inRackA = { requirements: [{ key: "rack", operator: "In" as const, values: ["a"] }] };

const anyEip: fc.Arbitrary<Eip> = fc.tuple(
  name("pool", 3),
  fc.constantFrom(
    "203.0.113.0/30",
    "203.0.113.2-203.0.113.6",
    "198.51.100.0/31",
    "2001:db8::/126",
    "203.0.113.0-203.0.113.6",
    "x",
  ),
  fc.record({
    createdAt,
    disable: rarely,
    deleting: rarely,
    usingKnownIps: fc.boolean(),
    autoAssign: rarely.map((each) => !each),
    bgp: fc.constantFrom<EipBgp>(
      { attributes: {}, serviceMaySet: [] },
      { attributes: { med: 5 }, serviceMaySet: ["med"], linkBandwidthPerEndpoint: 10 },
      { attributes: {}, serviceMaySet: [], maxNextHops: 1, nodeSelector: inRackA },
      { attributes: {}, serviceMaySet: [], maxNextHops: 1, aggregationLength: 31 },
      { attributes: { med: 7 }, serviceMaySet: ["med"], aggregationLength: 30 },
    ),
    priority: fc.constantFrom(100, 100, 1),
  }),
).map(([name, address, options]) => eip(name, address, options));

const anyService: fc.Arbitrary<Service> = fc.tuple(
  name("svc", 5),
  fc.record({
    createdAt,
    deleting: rarely,
    optIn: fc.constantFrom(
      "annotation" as const,
      "annotation" as const,
      "class" as const,
      "none" as const,
    ),
    externalTrafficPolicy: fc.constantFrom("Cluster" as const, "Local" as const),
    families: fc.constantFrom<readonly (4 | 6)[]>([4], [4], [6], [4, 6]),
    ipFamilyPolicy: fc.constantFrom("PreferDualStack" as const, "RequireDualStack" as const),
    ports: fc.constantFrom(80, 443).map((port) => [
      { name: "", protocol: "TCP" as const, port },
    ]),
    selector: fc.constantFrom<Readonly<Record<string, string>>>({}, { app: "web" }),
    labels: fc.constantFrom<Record<string, string>>({}, {}, { rack: "a" }),
  }),
  fc.constantFrom(undefined, undefined, undefined, { med: 3 }),
  fc.option(addressText, { nil: undefined }),
  fc.option(fc.constant({ key: "front", namespaces: [] }), { nil: undefined }),
  fc.option(fc.tuple(addressText, fc.constantFrom("pool0", "pool1", "gone", null)), {
    nil: undefined,
  }),
).map(([name, options, asked, wants, sharing, held]) =>
  service(name, {
    ...options,
    ...(asked === undefined ? {} : { attributes: { attributes: asked, wrong: [] } }),
    ...(sharing === undefined ? {} : { sharing }),
    ...(wants === undefined ? {} : { loadBalancerIp: wants }),
    ...(held === undefined ? {} : { held: { [held[0]]: held[1] } }),
  })
);

const anySlice: fc.Arbitrary<EndpointSlice> = fc.tuple(
  name("svc", 5),
  name("part", 2),
  fc.constantFrom<4 | 6>(4, 4, 6),
  fc.array(
    fc.tuple(
      fc.constantFrom("node0", "node1", "node2", undefined),
      fc.record({ ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() }),
    ),
    { maxLength: 3 },
  ),
).map(([service, part, family, endpoints]) =>
  slice(service, endpoints.map(([node, conditions]) => endpoint(node, conditions)), {
    family,
    name: `default/${part}`,
  })
);

const anyNode: fc.Arbitrary<Node> = fc.tuple(
  name("node", 3),
  fc.subarray(["10.0.0.1", "10.0.0.2", "fd00::1", "203.0.113.2"], { maxLength: 2 }),
  fc.record({
    ready: rarely.map((each) => !each),
    excluded: rarely,
    deleting: rarely,
    labels: fc.constantFrom<Record<string, string>>({}, { rack: "a" }),
    drain: fc.constantFrom({ since: -1e9 }, { since: 0 }, {}),
  }, { requiredKeys: ["ready", "excluded", "deleting", "labels"] }),
).map(([name, addresses, options]) => node(name, addresses, options));

const anyConf: fc.Arbitrary<BgpConf> = fc.tuple(
  name("conf", 2),
  fc.record({ createdAt, deleting: rarely, as: fc.integer({ min: 1, max: 3 }) }),
).map(([name, options]) => bgpConf(name, options));

const anyPeer: fc.Arbitrary<BgpPeer> = fc.tuple(
  name("peer", 3),
  fc.constantFrom("10.9.0.1", "10.9.0.2"),
  fc.record({
    createdAt,
    deleting: rarely,
    usingPortForward: rarely,
    export: fc.constantFrom<PeerExport>(
      { attributes: {} },
      { attributes: {}, eipSelector: inRackA, serviceSelector: inRackA },
      { attributes: { med: 1 }, nodeSelector: inRackA },
    ),
  }),
).map(([name, address, options]) => bgpPeer(name, address, options));

/** An edit: put an object, remove it, turn a list round, or write what was planned. */
export type Edit =
  | { readonly do: "put" | "remove"; readonly kind: Kind; readonly object: AnyObject }
  | { readonly do: "turn"; readonly kind: Kind }
  | { readonly do: "record" }
  | { readonly do: "hide" };

const object: fc.Arbitrary<{ kind: Kind; object: AnyObject }> = fc.oneof(
  { weight: 2, arbitrary: anyEip.map((object) => ({ kind: "eips" as const, object })) },
  { weight: 5, arbitrary: anyService.map((object) => ({ kind: "services" as const, object })) },
  { weight: 4, arbitrary: anySlice.map((object) => ({ kind: "endpointSlices" as const, object })) },
  { weight: 3, arbitrary: anyNode.map((object) => ({ kind: "nodes" as const, object })) },
  { weight: 1, arbitrary: anyConf.map((object) => ({ kind: "bgpConfs" as const, object })) },
  { weight: 1, arbitrary: anyPeer.map((object) => ({ kind: "bgpPeers" as const, object })) },
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 12, arbitrary: object.map((each): Edit => ({ do: "put", ...each })) },
  { weight: 4, arbitrary: object.map((each): Edit => ({ do: "remove", ...each })) },
  { weight: 1, arbitrary: object.map(({ kind }): Edit => ({ do: "turn", kind })) },
  { weight: 4, arbitrary: fc.constant<Edit>({ do: "record" }) },
  { weight: 1, arbitrary: fc.constant<Edit>({ do: "hide" }) },
);

/** The snapshot after an edit. */
export function edited(before: Snapshot, edit: Edit): Snapshot {
  if (edit.do === "record") return recorded(before, plan(before));
  if (edit.do === "hide") return { ...before, complete: !before.complete };
  const list: readonly AnyObject[] = before[edit.kind];
  if (edit.do === "turn") return { ...before, [edit.kind]: [...list].reverse() };
  const { ref } = edit.object;
  const same = (each: AnyObject): boolean =>
    each.ref.name === ref.name && each.ref.namespace === ref.namespace;
  if (edit.do === "remove") return { ...before, [edit.kind]: list.filter((each) => !same(each)) };
  const after = list.some(same)
    ? list.map((each) => same(each) ? edit.object : each)
    : [...list, edit.object];
  return { ...before, [edit.kind]: after };
}

/** Some edits. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(edit, { minLength: 1, maxLength: 25 });

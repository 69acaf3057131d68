/**
 * The far side of a session, for tests: reads the bytes it is given as a peer would, keeps the table
 * that RFC 4271 and RFC 7911 say it then has, and fails on everything a peer would complain about.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Attribute,
  type CodecOptions,
  decodeMessage,
  initialCodec,
  type Nlri,
} from "../../../lib/bgp/wire/mod.ts";
import type { PeerView } from "../../../lib/bgp/rib/mod.ts";
import type { Path, PathAttributes, Route } from "../../../lib/bgp/model/mod.ts";
import {
  type Address,
  type Family,
  formatAddress,
  formatPrefix,
  parseAddress,
  parsePrefix,
} from "../../../lib/net/mod.ts";

/** What a peer knows of one path: next hop and all attributes, as text. */
type Said = string;

/** A peer that believes everything. */
export class ModelPeer {
  /** Prefix to path identifier (0 without ADD-PATH) to what was said. */
  readonly table = new Map<string, Map<number, Said>>();
  readonly endOfRib: Family[] = [];
  /** Lengths of the messages read. */
  readonly messages: number[] = [];
  /** The prefixes announced, each time they were. */
  readonly announced: string[] = [];
  withdrawn = 0;
  /** Called after each message. */
  onMessage = (): void => {};
  readonly #codec: CodecOptions;

  /** `codec` is the announcing side's. */
  constructor(codec: CodecOptions) {
    this.#codec = { ...codec, addPathReceive: codec.addPathSend, addPathSend: [] };
  }

  /** Reads bytes of whole messages. */
  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const length = ((bytes[at + 16] ?? 0) << 8) | (bytes[at + 17] ?? 0);
      assert(length >= 19 && at + length <= bytes.length, "not whole messages");
      assert(length <= this.#codec.maxMessageLength, `a message of ${length} bytes`);
      this.messages.push(length);
      this.#message(bytes.slice(at, at + length));
      at += length;
      this.onMessage();
    }
  }

  /** Number of paths in the table. */
  get paths(): number {
    return [...this.table.values()].reduce((sum, paths) => sum + paths.size, 0);
  }

  /** The table as prefix to what is said of its paths, identifiers left out, in order of text. */
  saying(): Map<string, Said[]> {
    return new Map([...this.table].map(([prefix, paths]) => [prefix, [...paths.values()].sort()]));
  }

  #message(bytes: Uint8Array): void {
    const read = decodeMessage(bytes, this.#codec);
    assert(read.ok, read.ok ? "" : read.error.message);
    assertEquals(read.value.faults, []);
    const update = read.value.message;
    assert(update.type === "update");
    const reach = update.attributes.find((a) => a.kind === "mp-reach");
    const unreach = update.attributes.find((a) => a.kind === "mp-unreach");
    for (const nlri of [...update.withdrawn, ...(unreach?.withdrawn ?? [])]) this.#withdraw(nlri);
    const nextHop = update.attributes.find((a) => a.kind === "next-hop")?.address;
    const said = describe(update.attributes);
    for (const nlri of update.nlri) this.#announce(nlri, nextHop, said);
    for (const nlri of reach?.nlri ?? []) this.#announce(nlri, reach?.nextHops[0], said);
    if (bytes.length === 23) this.endOfRib.push(4);
    else if (unreach?.withdrawn.length === 0) this.endOfRib.push(unreach.family);
  }

  #withdraw({ prefix, pathId }: Nlri): void {
    const text = formatPrefix(prefix);
    const paths = this.table.get(text);
    assert(paths !== undefined && paths.delete(pathId ?? 0), `${text} (${pathId}) was not said`);
    if (paths.size === 0) this.table.delete(text);
    this.withdrawn++;
  }

  #announce({ prefix, pathId }: Nlri, nextHop: Address | undefined, said: Said): void {
    assert(nextHop !== undefined, "a prefix without next hop");
    const text = formatPrefix(prefix);
    const paths = this.table.get(text) ?? new Map<number, Said>();
    paths.set(pathId ?? 0, `${formatAddress(nextHop)} ${said}`);
    this.table.set(text, paths);
    this.announced.push(text);
  }
}

/** What a peer with the view should know of the routes; the cap left aside. */
export function expected(routes: readonly Route[], view: PeerView): Map<string, Said[]> {
  const table = new Map<string, Said[]>();
  for (const route of routes) {
    const family = route.prefix.address.family;
    if (!view.families.includes(family)) continue;
    const addPath = view.codec.addPathSend.includes(family) && view.nextHop === "keep";
    const said = route.paths.flatMap((path) => expectedPath(path, family, view));
    const some = said.slice(0, addPath ? view.sendMax : 1);
    if (some.length > 0) table.set(formatPrefix(route.prefix), some.sort());
  }
  return table;
}

function expectedPath(path: Path, family: Family, view: PeerView): Said[] {
  const own = family === 4 ? view.localAddresses.v4 : view.localAddresses.v6;
  const given = view.nextHop === "keep" || own === undefined;
  const nextHop = given ? path.nextHop : own;
  if (nextHop.family !== family) return [];
  const peer = view.peerAddress;
  if (given && peer && formatAddress(nextHop) === formatAddress(peer)) return [];
  if (path.attributes.onlyTo?.includes(view.name ?? "") === false) return [];
  return [`${formatAddress(nextHop)} ${describe(expectedAttributes(path.attributes, view))}`];
}

function expectedAttributes(said: PathAttributes, view: PeerView): Attribute[] {
  const { attributes: more, internal, localAs } = view;
  const prepend = said.prepend ?? more.prepend ?? 0;
  const as = new Array<number>(internal ? 0 : 1 + prepend).fill(localAs);
  const segments = [as.slice(0, 255), as.slice(255)].filter((part) => part.length > 0)
    .map((as) => ({ kind: "sequence" as const, as }));
  const med = said.med ?? more.med;
  const standard = new Set([...said.communities ?? [], ...more.communities ?? []]);
  const large = [...said.largeCommunities ?? [], ...more.largeCommunities ?? []];
  const bandwidth = new DataView(new ArrayBuffer(8));
  bandwidth.setUint32(0, ((internal ? 0x4004 : 4) << 16) | (localAs > 0xffff ? 23456 : localAs));
  bandwidth.setFloat32(4, said.linkBandwidth ?? 0);
  const extended = [
    ...said.extendedCommunities ?? [],
    ...said.linkBandwidth === undefined ? [] : [bandwidth.getBigUint64(0)],
  ];
  const localPref = said.localPref ?? more.localPref ?? 100;
  return [
    { kind: "origin", origin: said.origin ?? "igp" },
    { kind: "as-path", segments },
    ...(med === undefined ? [] : [{ kind: "med" as const, value: med }]),
    ...(internal ? [{ kind: "local-pref" as const, value: localPref }] : []),
    ...(standard.size > 0 ? [{ kind: "communities" as const, values: [...standard] }] : []),
    ...(extended.length > 0 ? [{ kind: "extended-communities" as const, values: extended }] : []),
    ...(large.length > 0 ? [{ kind: "large-communities" as const, values: large }] : []),
  ];
}

/** Attributes as text, next hops and prefixes left out. */
function describe(attributes: readonly Attribute[]): Said {
  return attributes
    .filter((a) => !["next-hop", "mp-reach", "mp-unreach"].includes(a.kind))
    .map((a) => JSON.stringify(a, (_, v) => typeof v === "bigint" ? `${v}n` : v))
    .sort().join(" ");
}

type Parts = Partial<Omit<PeerView, "codec">> & { readonly codec?: Partial<CodecOptions> };

/** A view for tests: external, IPv4 and IPv6, ADD-PATH for both, nothing capped. */
export function viewOf(
  parts: Parts = {},
): PeerView {
  return {
    internal: false,
    localAs: 64512,
    families: [4, 6],
    sendMax: 8,
    nextHop: "keep",
    localAddresses: {},
    maxPrefixes: 1_000_000,
    attributes: {},
    name: "leaf",
    ...parts,
    codec: { ...initialCodec, as4: true, addPathSend: [4, 6], ...parts.codec },
  };
}

/** A route of text: prefix and next hops, the best first. */
export function route(
  prefix: string,
  nextHops: readonly string[],
  attributes: PathAttributes = {},
): Route {
  const parsed = parsePrefix(prefix);
  assert(parsed !== undefined, prefix);
  return { prefix: parsed, paths: nextHops.map((hop) => ({ nextHop: address(hop), attributes })) };
}

/** An address of text. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined, text);
  return parsed;
}

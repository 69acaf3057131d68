/**
 * Porter's nftables table as `nft -j list table inet porter` prints it (libnftables-json(5)), as a
 * value.
 *
 * @module
 */

import { type Address, type Family, formatAddress, parseAddress } from "../net/mod.ts";
import { err, ok, type Result } from "../result/mod.ts";
import { isRecord, parseJson } from "./json.ts";
import { type ObservedTable, tableName } from "./model.ts";
import { ruleComment, rulesetChains, rulesetSets } from "./ruleset.ts";

type Json = Readonly<Record<string, unknown>>;

/** What of the listing is ours to judge. */
interface Listing {
  readonly sets: Json[];
  readonly chains: Json[];
  readonly rules: Json[];
  /** Something that porter never writes: a map, a flowtable, another table's object. */
  other: boolean;
  table: boolean;
}

/** Reads a listing of our table; says what is wrong with text that is none. */
export function decodeTable(text: string): Result<ObservedTable> {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const objects = isRecord(parsed.value) ? parsed.value["nftables"] : undefined;
  if (!Array.isArray(objects)) return err('a list "nftables" was expected');
  const listing = sortOut(objects);
  if (!listing.table) return err(`no table inet ${tableName} in the listing`);
  const elements = new Map<string, readonly unknown[]>();
  for (const set of listing.sets) {
    const elem = set["elem"] ?? [];
    if (typeof set["name"] === "string" && Array.isArray(elem)) elements.set(set["name"], elem);
  }
  const read = readElements(elements);
  return ok({
    eips: read.eips,
    services: read.services,
    rulesIntact: !listing.other && read.plain && setsIntact(listing.sets) &&
      chainsIntact(listing.chains) && rulesIntact(listing.rules),
  });
}

function sortOut(objects: readonly unknown[]): Listing {
  const listing: Listing = { sets: [], chains: [], rules: [], other: false, table: false };
  for (const object of objects) {
    const [kind, body] = (isRecord(object) ? Object.entries(object)[0] : undefined) ?? [];
    if (kind === "metainfo") continue;
    const name = isRecord(body) ? (kind === "table" ? body["name"] : body["table"]) : undefined;
    if (!isRecord(body) || name !== tableName || body["family"] !== "inet") listing.other = true;
    else if (kind === "table") listing.table = true;
    else if (kind === "set") listing.sets.push(body);
    else if (kind === "chain") listing.chains.push(body);
    else if (kind === "rule") listing.rules.push(body);
    else listing.other = true;
  }
  return listing;
}

function readElements(
  elements: ReadonlyMap<string, readonly unknown[]>,
): { eips: Address[]; services: string[]; plain: boolean } {
  const eips: Address[] = [];
  const services: string[] = [];
  let plain = true;
  for (const family of [4, 6] as const) {
    for (const element of elements.get(`eips${family}`) ?? []) {
      const address = readAddress(element, family);
      if (address === undefined) plain = false;
      else eips.push(address);
    }
    for (const element of elements.get(`services${family}`) ?? []) {
      const service = readService(element, family);
      if (service === undefined) plain = false;
      else services.push(service);
    }
  }
  return { eips, services, plain };
}

/** A bare address; one with a time-out or a comment is not what porter writes. */
function readAddress(element: unknown, family: Family): Address | undefined {
  const address = typeof element === "string" ? parseAddress(element) : undefined;
  return address?.family === family ? address : undefined;
}

function readService(element: unknown, family: Family): string | undefined {
  const parts = isRecord(element) ? element["concat"] : undefined;
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  const [first, protocol, port] = parts as unknown[];
  const address = readAddress(first, family);
  if (address === undefined || (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp")) {
    return undefined;
  }
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65535) {
    return undefined;
  }
  return `${formatAddress(address)} ${protocol} ${port}`;
}

function setsIntact(sets: readonly Json[]): boolean {
  return sets.length === rulesetSets.length &&
    rulesetSets.every(({ name, type }) =>
      sets.some((set) =>
        set["name"] === name && sameWords(set["type"], type) &&
        ["flags", "timeout", "size", "policy", "auto-merge"].every((key) => set[key] === undefined)
      )
    );
}

function sameWords(found: unknown, words: readonly string[]): boolean {
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  return list.length === words.length && words.every((word, i) => list[i] === word);
}

function chainsIntact(chains: readonly Json[]): boolean {
  return chains.length === rulesetChains.length &&
    rulesetChains.every(({ name, base }) =>
      chains.some((chain) =>
        chain["name"] === name && chain["hook"] === base?.hook &&
        chain["prio"] === base?.priority &&
        (base === undefined || (chain["type"] === "filter" && chain["policy"] === "accept"))
      )
    );
}

/** Every chain holds its own rules in their order, known by their comments, and no others. */
function rulesIntact(rules: readonly Json[]): boolean {
  const total = rulesetChains.reduce((sum, chain) => sum + chain.rules.length, 0);
  return rules.length === total && rulesetChains.every((chain) => {
    const found = rules.filter((rule) => rule["chain"] === chain.name);
    return found.length === chain.rules.length &&
      found.every((rule, i) => rule["comment"] === ruleComment(chain.name, i));
  });
}

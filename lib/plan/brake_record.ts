/**
 * What the brake holds as BgpConf.status.brake says it, so that a manager that restarts goes on holding
 * and agents know which addresses still lead to their nodes.
 *
 * @module
 */

import type { Path, Route } from "../bgp/model/mod.ts";
import {
  type Address,
  addressBits,
  type AddressRange,
  compareAddresses,
  formatAddress,
  hostPrefix,
  ipv4,
  ipv6,
  type Prefix,
} from "../net/mod.ts";
import { formatHold, type HeldGroup, type HoldRecord } from "../objects/mod.ts";
import { attributesText } from "./attributes_text.ts";
import type { Hold } from "./model.ts";

/** So many ranges and prefixes are written: the API server takes no object beyond 1.5 MiB. */
const mostRanges = 8192;

/** So many addresses are read back, whatever is written. */
const mostAddresses = 200_000;

const records = new WeakMap<Hold, unknown>();

/** The status; the same object for the same hold. */
export function brakeField(hold: Hold): unknown {
  const known = records.get(hold) ?? formatHold(holdRecord(hold));
  records.set(hold, known);
  return known;
}

/** What is written of a hold. */
export function holdRecord({ since, held, of }: Hold): HoldRecord {
  const groups = new Map<string, Building>();
  const texts = new WeakMap<readonly Path[], string>();
  let written = 0;
  for (const { last: { prefix, paths } } of held) {
    const text = texts.get(paths) ?? pathsText(paths);
    texts.set(paths, text);
    const group = groups.get(text) ?? { ranges: [], prefixes: [], paths };
    if (follows(group, prefix)) {
      group.ranges[group.ranges.length - 1] = {
        first: group.ranges.at(-1)?.first ?? prefix.address,
        last: prefix.address,
      };
      continue;
    }
    if (written++ >= mostRanges) continue;
    groups.set(text, group);
    if (isHost(prefix)) group.ranges.push({ first: prefix.address, last: prefix.address });
    else group.prefixes.push(prefix);
  }
  const percent = of === 0 ? 0 : Math.round(held.length * 100 / of);
  return { since, routes: held.length, percent, groups: [...groups.values()] };
}

/** The routes of a record, in the order of groups. */
export function restoredRoutes({ groups }: HoldRecord): readonly Route[] {
  return groups.flatMap(({ ranges, prefixes, paths }): Route[] =>
    paths.length === 0 ? [] : [
      ...prefixes.map((prefix) => ({ prefix, paths })),
      ...addressesOf(ranges).map((each) => ({ prefix: hostPrefix(each), paths })),
    ]
  ).slice(0, mostAddresses);
}

/** The addresses of ranges, at most 200,000 of each list. */
export function addressesOf(ranges: readonly AddressRange[]): readonly Address[] {
  const found: Address[] = [];
  for (const { first, last } of ranges) {
    for (let each = first; compareAddresses(each, last) <= 0; each = after(each)) {
      if (found.length >= mostAddresses) return found;
      found.push(each);
      if (compareAddresses(each, last) === 0) break;
    }
  }
  return found;
}

interface Building extends HeldGroup {
  readonly ranges: AddressRange[];
  readonly prefixes: Prefix[];
}

/** Whether the prefix is the address after the last range. */
function follows({ ranges }: Building, prefix: Prefix): boolean {
  const range = ranges.at(-1);
  if (range === undefined || !isHost(prefix)) return false;
  return range.last.family === prefix.address.family &&
    compareAddresses(after(range.last), prefix.address) === 0;
}

function isHost({ address, length }: Prefix): boolean {
  return length === addressBits(address.family);
}

/** The next address; the last one of a family has none, and gives itself. */
function after(address: Address): Address {
  if (address.family === 4) {
    return address.value === 0xffffffff ? address : ipv4(address.value + 1);
  }
  return address.value === (1n << 128n) - 1n ? address : ipv6(address.value + 1n);
}

function pathsText(paths: readonly Path[]): string {
  return paths.map(({ nextHop, attributes }) =>
    `${formatAddress(nextHop)}${attributesText(attributes)}`
  ).join("\n");
}

/**
 * What the brake holds as BgpConf.status.brake says it, so that a manager that restarts goes on holding
 * and agents know which addresses still lead to their nodes.
 *
 * @module
 */

import type { Path, Route } from "../bgp/model/mod.ts";
import {
  type Address,
  type AddressRange,
  compareAddresses,
  formatAddress,
  hostPrefix,
  isHostPrefix,
  nextAddress,
  type Prefix,
  type PrefixKey,
  prefixKey,
  sameAddress,
} from "../net/mod.ts";
import { formatHold, type HeldGroup, type HoldRecord } from "../objects/mod.ts";
import { attributesText } from "./attributes_text.ts";
import { sumOfWeights } from "./brake_covered.ts";
import type { Hold } from "./model.ts";

/** So many characters, about, are written: etcd takes no object beyond 1.5 MiB (its request limit). */
const mostText = 900_000;

/** Characters, at most, of a range or a prefix, and of a group beside its paths. */
const rangeText = 90;
const groupText = 60;

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
  let left = mostText;
  for (const { last: { prefix, paths }, weight = 1 } of held) {
    const text = texts.get(paths) ?? pathsText(paths);
    texts.set(paths, text);
    const group = groups.get(text) ?? { ranges: [], prefixes: [], weights: [], paths };
    if (follows(group, prefix)) {
      group.ranges[group.ranges.length - 1] = {
        first: group.ranges.at(-1)?.first ?? prefix.address,
        last: prefix.address,
      };
      continue;
    }
    // Names of fields make the written paths longer than their text.
    const cost = rangeText + (groups.has(text) ? 0 : groupText + 3 * text.length);
    if (cost > left) continue;
    left -= cost;
    groups.set(text, group);
    if (isHostPrefix(prefix)) group.ranges.push({ first: prefix.address, last: prefix.address });
    else {
      group.prefixes.push(prefix);
      group.weights.push(weight);
    }
  }
  const percent = of === 0 ? 0 : Math.round(sumOfWeights(held) * 100 / of);
  const written = [...groups.values()].map(({ weights, ...group }): HeldGroup =>
    weights.some((each) => each > 1) ? { ...group, weights } : group
  );
  return { since, routes: held.length, percent, groups: written };
}

/** As how many routes the covering prefixes of a record count. */
export function recordedWeights({ groups }: HoldRecord): ReadonlyMap<PrefixKey, number> {
  return new Map(
    groups.flatMap(({ prefixes, weights }) =>
      prefixes.map((each, at) => [prefixKey(each), weights?.[at] ?? 1] as const)
    ),
  );
}

/** The routes of a record, in the order of groups. */
export function restoredRoutes({ groups }: HoldRecord): readonly Route[] {
  const found: Route[] = [];
  for (const { ranges, prefixes, paths } of groups) {
    if (paths.length === 0) continue;
    for (const prefix of prefixes) found.push({ prefix, paths });
    for (const each of addressesOf(ranges, mostAddresses - found.length)) {
      found.push({ prefix: hostPrefix(each), paths });
    }
  }
  return found.slice(0, mostAddresses);
}

/** The addresses of ranges, at most so many. */
export function addressesOf(
  ranges: readonly AddressRange[],
  most = mostAddresses,
): readonly Address[] {
  const found: Address[] = [];
  for (const { first, last } of ranges) {
    let each: Address | undefined = first;
    while (each !== undefined && compareAddresses(each, last) <= 0) {
      if (found.length >= most) return found;
      found.push(each);
      each = nextAddress(each);
    }
  }
  return found;
}

interface Building extends HeldGroup {
  readonly ranges: AddressRange[];
  readonly prefixes: Prefix[];
  readonly weights: number[];
}

/** Whether the prefix is the address after the last range. */
function follows({ ranges }: Building, prefix: Prefix): boolean {
  const range = ranges.at(-1);
  if (range === undefined || !isHostPrefix(prefix)) return false;
  const next = nextAddress(range.last);
  return next !== undefined && sameAddress(next, prefix.address);
}

function pathsText(paths: readonly Path[]): string {
  return paths.map(({ nextHop, attributes }) =>
    `${formatAddress(nextHop)}${attributesText(attributes)}`
  ).join("\n");
}

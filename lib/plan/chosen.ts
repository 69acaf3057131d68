/**
 * Which of the paths that an address could have are announced: without those of nodes that leave, as far
 * as the floor allows it, and at most as many as its Eip says, chosen by rendezvous hashing. A node that
 * is drained keeps its path beside the one that takes its place, until it leaves.
 *
 * @module
 */

import type { Path } from "../bgp/model/mod.ts";
import { type AddressKey, addressKey, type Prefix } from "../net/mod.ts";
import { heaviest } from "./rendezvous.ts";

/** What paths are chosen by. */
export interface Choice {
  readonly prefix: Prefix;
  /** At most so many; undefined: all. */
  readonly max: number | undefined;
  /** No fewer than so many because nodes leave. */
  readonly floor: number;
  /** The addresses of nodes that are drained, and of those among them that leave. */
  readonly drained: ReadonlySet<AddressKey>;
  readonly leaving: ReadonlySet<AddressKey>;
}

/** The paths to announce, in the order given; the same array when it is all of them. */
export function chosenPaths(paths: readonly Path[], choice: Choice): readonly Path[] {
  const { prefix, max, drained, leaving } = choice;
  const staying = leaving.size === 0 ? paths : floored(paths, choice);
  if (max === undefined || staying.length <= max) return staying;
  const pick = (from: readonly Path[]): readonly Path[] =>
    heaviest(from, prefix, { count: max, addressOf: (path) => path.nextHop });
  if (drained.size === 0) return pick(staying);
  const sound = staying.filter((path) => !drained.has(addressKey(path.nextHop)));
  // With too few sound nodes the drained ones are all there is.
  const kept = new Set([...pick(sound), ...pick(staying)]);
  return staying.filter((path) => kept.has(path));
}

function floored(paths: readonly Path[], { prefix, floor, leaving }: Choice): readonly Path[] {
  const leave = paths.filter((path) => leaving.has(addressKey(path.nextHop)));
  if (leave.length === 0) return paths;
  const missing = Math.max(0, floor - (paths.length - leave.length));
  const back = new Set(
    missing === 0
      ? []
      : heaviest(leave, prefix, { count: missing, addressOf: (path) => path.nextHop }),
  );
  return paths.filter((path) => !leaving.has(addressKey(path.nextHop)) || back.has(path));
}

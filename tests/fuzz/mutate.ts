/**
 * Makes inputs out of good ones: a few bytes changed, inserted, removed, copied, or two inputs spliced.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** Values that sit at the borders of lengths and counts. */
const borders = [0, 1, 2, 3, 4, 16, 19, 32, 33, 64, 127, 128, 129, 254, 255] as const;

type Mutation = (input: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  (input, random) => changed(input, random, (byte) => byte ^ (1 << random(8))),
  (input, random) => changed(input, random, () => random(256)),
  (input, random) => changed(input, random, () => borders[random(borders.length)] ?? 0),
  (input, random) => changed(input, random, (byte) => byte + random(9) - 4),
  (input, random) => spliced(input, random(input.length + 1), 0, randomBytes(random, 8)),
  (input, random) => spliced(input, random(input.length + 1), random(9), new Uint8Array(0)),
  (input, random) => input.slice(0, random(input.length + 1)),
  (input, random) => {
    const start = random(input.length + 1);
    const piece = input.subarray(start, start + random(33));
    return spliced(input, random(input.length + 1), 0, piece);
  },
  (input, random, others) => {
    const other = others[random(others.length)] ?? input;
    const tail = other.subarray(random(other.length + 1));
    return spliced(input, random(input.length + 1), input.length, tail);
  },
];

/** One to six mutations of one of the seeds; sometimes plain noise. */
export function mutate(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const seed = seeds[random(seeds.length + 1)];
  let input = seed ?? randomBytes(random, 200);
  for (let left = 1 + random(6); left > 0; left--) {
    const mutation = mutations[random(mutations.length)];
    if (mutation !== undefined) input = mutation(input, random, seeds);
  }
  return input;
}

/** Up to so many bytes of noise. */
export function randomBytes(random: Random, max: number): Uint8Array {
  return Uint8Array.from({ length: random(max + 1) }, () => random(256));
}

function changed(input: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const copy = input.slice();
  if (copy.length === 0) return copy;
  const at = random(copy.length);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function spliced(
  input: Uint8Array,
  at: number,
  remove: number,
  insert: Uint8Array,
): Uint8Array {
  const tail = input.subarray(Math.min(at + remove, input.length));
  const result = new Uint8Array(at + insert.length + tail.length);
  result.set(input.subarray(0, at));
  result.set(insert, at);
  result.set(tail, at + insert.length);
  return result;
}

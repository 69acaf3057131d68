/**
 * Random numbers from a seed, so that a finding can be had again.
 *
 * @module
 */

/** Gives a whole number from 0 up to, not including, the bound. */
export type Random = (bound: number) => number;

/** Random numbers that depend on the seed alone (Marsaglia's xorshift32). */
export function seededRandom(seed: number): Random {
  // A state of zero would stay zero; the multiplication spreads small seeds over all bits.
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % bound;
  };
}

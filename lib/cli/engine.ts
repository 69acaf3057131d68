/**
 * How V8 is run. Managers and agents live for months on nodes that have better use for their memory, and
 * what they make in a moment of work is soon garbage.
 *
 * @module
 */

/**
 * Megabytes of each half of V8's young generation at most, where V8 itself takes up to 32. At 5,000
 * Services that is a quarter of the process, and a smaller one costs no measurable time; what is
 * smaller still costs some (docs/adr/0027).
 */
const semiSpace = 4;

/**
 * Percent by which V8 lets what outlives a collection grow before the next one, where it may triple by
 * itself. 1,500 Services waiting at the start take 144 MiB in place of 172, and a tenth more CPU time
 * (docs/adr/0041).
 */
const growing = 60;

/** Flags of `deno run` and `deno compile`. */
export const engineFlags: readonly string[] = [
  `--v8-flags=--max-semi-space-size=${semiSpace},--heap-growing-percent=${growing}`,
];

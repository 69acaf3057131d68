/**
 * Whether a series grows: the slope of the line that fits it best.
 *
 * @module
 */

/** Bytes. */
export const mebi: number = 2 ** 20;

/**
 * Growth over the second half of a run that is no leak yet, in bytes: the heap after its garbage was
 * collected, and what the process holds, of which V8 gives back little.
 */
export const allowedGrowth = { heap: 2 * mebi, resident: 24 * mebi } as const;

/** Least squares through pairs of x and y; 0 for fewer than two different x. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1) => points.reduce((sum, it) => sum + it[index], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - x0) * (y - y0);
    below += (x - x0) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

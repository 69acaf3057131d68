/**
 * A family of metrics as a row: name, help, labels, and how its samples are read off the state when
 * somebody scrapes. Nothing is counted beside the loops; what was true at the last pass is read.
 *
 * @module
 */

/** Labels of a sample. */
export type Labels = Readonly<Record<string, string>>;

/** One sample. */
export type Sample = readonly [labels: Labels, value: number];

/** A row: one family of metrics. */
export interface Family<State> {
  readonly name: string;
  readonly type: "gauge" | "counter";
  /** One sentence with the unit. */
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (state: State) => Iterable<Sample>;
  /** The unit in the name would not pass `promtool check metrics`: a name that is somebody else's. */
  readonly foreign?: true;
}

/** A histogram's row: it is observed as things happen. */
export interface HistogramFamily {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds. */
  readonly buckets: readonly number[];
}

/** One sample without labels. */
export function plain(value: number): readonly Sample[] {
  return [[{}, value]];
}

/** 1 or 0. */
export function flag(value: boolean): number {
  return value ? 1 : 0;
}

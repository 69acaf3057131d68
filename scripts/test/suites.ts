/**
 * The suites of `deno task test`: which files belong to which, and what a run of one yields.
 *
 * @module
 */

import { walk } from "../files.ts";
import { type ChildEnd, runChild } from "./child.ts";
import { readFuzz } from "./fuzz.ts";
import { type Counts, noCounts, readJunit } from "./junit.ts";

/** A group of tests that is run in one go. */
export interface Suite {
  readonly name: string;
  readonly group: Group;
  /** Needs root, namespaces and the real programs. */
  readonly privileged: boolean;
  run(options: RunOptions): Promise<Counts>;
  /** How many tests it has, without running one. */
  size(options: RunOptions): Promise<number>;
}

/** What `--only` picks from. */
export type Group = typeof groups[number];

/** The groups, in the order they run. */
export const groups = ["unit", "fuzz", "lab", "cluster"] as const;

/** How to run suites. */
export interface RunOptions {
  /** A folder for files that nobody needs afterwards. */
  readonly scratch: string;
  /** As `deno test --filter` takes it. */
  readonly filter: string | undefined;
  /** For all fuzz targets together. */
  readonly fuzzSeconds: number;
  /** A skipped test is a failure, in every suite: it lacks root, or a program. */
  readonly strict: boolean;
}

/** No suite takes this long; one that does hangs. */
const limitMs = 15 * 60_000;

/** The suites of this checkout. Throws when a folder that must have tests has none. */
export async function findSuites(root: URL): Promise<Suite[]> {
  const tests = await walk(root, "tests", "_test.ts");
  const below = (folder: string) => tests.filter((file) => file.startsWith(`tests/${folder}/`));
  const [lab, cluster] = [below("lab"), below("cluster")];
  const unit = tests.filter((file) => !lab.includes(file) && !cluster.includes(file));
  for (const [what, files] of Object.entries({ lab, cluster, unit })) {
    if (files.length === 0) throw new Error(`No files for the suite ${what}`);
  }
  return [
    denoTest({ name: "units, properties, contracts, golden cases", group: "unit" }, unit),
    fuzz(),
    denoTest({ name: "lab", group: "lab" }, lab),
    denoTest({ name: "cluster", group: "cluster" }, cluster),
  ];
}

function denoTest(named: { name: string; group: Group }, args: readonly string[]): Suite {
  const privileged = named.group !== "unit";
  const run = (options: RunOptions): Promise<Counts> => {
    const filter = options.filter === undefined ? [] : [`--filter=${options.filter}`];
    return settled(named.name, [...filter, ...args], options);
  };
  const size = async (options: RunOptions): Promise<number> => {
    const nothing = ["--filter=(no test is called this)", ...args];
    return (await counted(nothing, options, "piped")).counts.skipped;
  };
  return { ...named, privileged, run, size };
}

function fuzz(): Suite {
  const name = "fuzz targets";
  const run = async (options: RunOptions): Promise<Counts> => {
    if (options.filter !== undefined) return noCounts;
    const args = ["tests/fuzz/main.ts", "--seconds", `${options.fuzzSeconds}`];
    const argv = [Deno.execPath(), "run", "--allow-all", "--v8-flags=--expose-gc", ...args];
    const end = await runChild(argv, { limitMs, output: "both" });
    return settle(readFuzz(end.text), suiteEnd(name, end, options));
  };
  return { name, group: "fuzz", privileged: false, run, size: () => Promise.resolve(1) };
}

async function settled(
  name: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Counts> {
  const { counts, end } = await counted(args, options, "inherit");
  return settle(counts, suiteEnd(name, end, options));
}

function suiteEnd(name: string, end: ChildEnd, { filter, strict }: RunOptions): SuiteEnd {
  return { name, code: end.code, late: end.late, filtered: filter !== undefined, strict };
}

async function counted(
  args: readonly string[],
  { scratch }: RunOptions,
  output: "inherit" | "piped",
): Promise<{ counts: Counts; end: ChildEnd }> {
  const junit = await Deno.makeTempFile({ dir: scratch, suffix: ".xml" });
  // The lab and the command line's tests run what was built, not the sources.
  const env = { PORTER: `${Deno.cwd()}/porter` };
  const argv = [Deno.execPath(), "test", "--allow-all", `--junit-path=${junit}`, ...args];
  const end = await runChild(argv, { limitMs, output, env });
  return { counts: readJunit(await Deno.readTextFile(junit)), end };
}

/** How a suite's process ended, beside its counts. */
export interface SuiteEnd {
  readonly name: string;
  readonly code: number;
  readonly late: boolean;
  /** A filter was given, which may leave nothing. */
  readonly filtered: boolean;
  /** A skipped test is a failure. */
  readonly strict: boolean;
}

/** A suite that ended badly without a failed test, or that ran nothing, is itself a failure. */
export function settle(counts: Counts, end: SuiteEnd): Counts {
  const fault = suiteFault(counts, end);
  if (fault === undefined) return counts;
  const failures = [...counts.failures, `suite "${end.name}": ${fault}`];
  return { ...counts, failed: counts.failed + 1, failures };
}

function suiteFault(counts: Counts, end: SuiteEnd): string | undefined {
  if (end.late) return `not done after ${limitMs / 60_000} minutes`;
  if (end.code !== 0 && counts.failed === 0) return `ended with code ${end.code}`;
  if (end.filtered) return undefined;
  if (counts.passed + counts.failed === 0) return "ran no test";
  if (end.strict && counts.skipped > 0) return `${counts.skipped} skipped, where none may be`;
  return undefined;
}

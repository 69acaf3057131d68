/**
 * Fuzzes every decoder: `deno run -A tests/fuzz/main.ts [--seconds N] [--target NAME] [--seed N]`.
 * `--seconds` is for all targets together, 60 unless given. Ends with 1 and the input in hex when a
 * target fails.
 *
 * @module
 */

import { loadCorpus } from "./corpus.ts";
import { fuzz, type FuzzReport } from "./runner.ts";
import { fuzzTargets } from "./targets.ts";

/** What the command line asks for. */
export interface FuzzArguments {
  /** For all targets together. */
  readonly seconds: number;
  /** Undefined: all. */
  readonly target: string | undefined;
  readonly seed: number;
}

/** Reads the command line; throws an Error that says what is wrong with it. */
export function parseArguments(args: readonly string[], defaultSeed: number): FuzzArguments {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", value] = [args[i], args[i + 1]];
    if (!["--seconds", "--target", "--seed"].includes(name) || value === undefined) {
      throw new Error(
        `Cannot read "${args.slice(i).join(" ")}": --seconds N, --target NAME, --seed N`,
      );
    }
    values.set(name, value);
  }
  const number = (name: string, otherwise: number): number => {
    const given = Number(values.get(name) ?? otherwise);
    if (!(given >= 0)) {
      throw new Error(`Cannot read ${name}: "${values.get(name)}" is not a number`);
    }
    return given;
  };
  const target = values.get("--target");
  if (target !== undefined && !fuzzTargets.some(({ name }) => name === target)) {
    const known = fuzzTargets.map(({ name }) => name).join(", ");
    throw new Error(`There is no target "${target}": ${known}`);
  }
  return { seconds: number("--seconds", 60), target, seed: number("--seed", defaultSeed) };
}

/** Runs the targets, `report` being told of each as it ends; gives the reports. */
export function fuzzAll(
  { seconds, target, seed }: FuzzArguments,
  report: (line: string) => void,
): readonly FuzzReport[] {
  const chosen = fuzzTargets.filter(({ name }) => target === undefined || name === target);
  const budget = 1000 * seconds / chosen.length;
  return chosen.map((it) => {
    const corpus = loadCorpus(it.name);
    const result = fuzz(it, { seed, budget, now: () => performance.now(), corpus });
    report(`${result.target}: ${result.runs} runs, seed ${seed}`);
    if (result.failure !== undefined) {
      report(`${result.target}: FAILED: ${result.failure.reason}`);
      report(`  input (add it to tests/fuzz/corpus/${result.target}.hex):`);
      report(`  ${result.failure.input.toHex()}`);
    }
    return result;
  });
}

if (import.meta.main) {
  try {
    const args = parseArguments(Deno.args, Date.now() % 0x7fffffff);
    // deno-lint-ignore no-console -- this is what the command is for
    const reports = fuzzAll(args, (line) => console.log(line));
    if (reports.some(({ failure }) => failure !== undefined)) Deno.exitCode = 1;
  } catch (thrown) {
    // deno-lint-ignore no-console -- a wrong command line is told to who typed it
    console.error(thrown instanceof Error ? thrown.message : thrown);
    Deno.exitCode = 1;
  }
}

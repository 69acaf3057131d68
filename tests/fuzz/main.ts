/**
 * Fuzzes every decoder: `deno task fuzz [--seconds N] [--runs N] [--target NAME] [--seed N]`.
 * `--seconds` is for all targets together, 60 unless given; `--runs` instead is so many inputs for
 * each. Growth of memory is looked for where V8 lets us collect garbage (`--v8-flags=--expose-gc`).
 * Ends with 1 and the input in hex when a target fails.
 *
 * @module
 */

import type { FuzzReport } from "./runner.ts";
import { fuzzTargets } from "./targets.ts";
import { Watched } from "./watched.ts";

/** What the command line asks for. */
export interface FuzzArguments {
  /** For all targets together. */
  readonly seconds: number;
  /** For each target; undefined: as many as there is time for. */
  readonly runs: number | undefined;
  /** Undefined: all. */
  readonly target: string | undefined;
  readonly seed: number;
}

const flags: readonly string[] = ["--seconds", "--runs", "--target", "--seed"];

/** Reads the command line; throws an Error that says what is wrong with it. */
export function parseArguments(args: readonly string[], defaultSeed: number): FuzzArguments {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", value] = [args[i], args[i + 1]];
    if (!flags.includes(name) || value === undefined) {
      throw new Error(
        `Cannot read "${args.slice(i).join(" ")}": ${flags.join(", ")}, each with its value`,
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
  return {
    seconds: number("--seconds", 60),
    runs: values.has("--runs") ? number("--runs", 0) : undefined,
    target,
    seed: number("--seed", defaultSeed),
  };
}

/** Runs the targets, `report` being told of each as it ends; gives the reports. */
export async function fuzzAll(
  { seconds, runs, target, seed }: FuzzArguments,
  report: (line: string) => void,
): Promise<readonly FuzzReport[]> {
  const chosen = fuzzTargets.filter(({ name }) => target === undefined || name === target);
  const budget = runs === undefined ? 1000 * seconds / chosen.length : { runs };
  const reports: FuzzReport[] = [];
  using watched = new Watched(new URL("targets.ts", import.meta.url));
  for (const { name } of chosen) {
    const start = performance.now();
    const result = await watched.fuzz({ target: name, seed, budget });
    const took = ((performance.now() - start) / 1000).toFixed(1);
    report(`${result.target}: ${result.runs} runs, seed ${seed}, ${took} s`);
    if (result.failure !== undefined) {
      report(`${result.target}: FAILED: ${result.failure.reason}`);
      if (result.failure.input !== undefined) {
        report(`  input (add it to tests/fuzz/corpus/${result.target}.hex):`);
        report(`  ${result.failure.input.toHex()}`);
      }
    }
    reports.push(result);
  }
  return reports;
}

if (import.meta.main) {
  try {
    const args = parseArguments(Deno.args, Date.now() % 0x7fffffff);
    // deno-lint-ignore no-console -- this is what the command is for
    const reports = await fuzzAll(args, (line) => console.log(line));
    if (reports.some(({ failure }) => failure !== undefined)) Deno.exitCode = 1;
  } catch (thrown) {
    // deno-lint-ignore no-console -- a wrong command line is told to who typed it
    console.error(thrown instanceof Error ? thrown.message : thrown);
    Deno.exitCode = 1;
  }
}

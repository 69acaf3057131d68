/**
 * `deno task test`: installs what it lacks when it may, runs every suite with its progress visible,
 * and ends with one plain line, `N passed, N failed, N skipped`. Leaves nothing behind, also on
 * Ctrl-C.
 *
 *     deno task test [--only unit|fuzz|lab|cluster] [--filter TEXT] [--fuzz-seconds N]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ensureTools, type ToolName, tools } from "./install.ts";
import { sweep } from "./lab/lab.ts";
import { catchSignals, Interrupted, runChild } from "./test/child.ts";
import { addCounts, type Counts, noCounts } from "./test/junit.ts";
import { findSuites, type Group, groups, type RunOptions, type Suite } from "./test/suites.ts";

const root = new URL("..", import.meta.url);

/** Where nothing may be left out. */
const inCi = Deno.env.get("CI") !== undefined;

interface Flags extends Pick<RunOptions, "filter" | "fuzzSeconds"> {
  readonly only: Group | undefined;
}

if (import.meta.main) {
  Deno.chdir(root);
  const flags = readFlags(Deno.args);
  catchSignals();
  Deno.exit(await main(flags));
}

async function main(flags: Flags): Promise<number> {
  const mayRunLab = Deno.uid() === 0;
  const suites = (await findSuites(root))
    .filter((suite) => flags.only === undefined || suite.group === flags.only);
  if (mayRunLab && suites.some((suite) => suite.privileged)) {
    await ensureTools(Object.keys(tools) as ToolName[]);
  }
  await Deno.mkdir("build", { recursive: true });
  const scratch = await Deno.makeTempDir({ dir: "build", prefix: "test-" });
  try {
    const counts = await runAll(suites, { ...flags, scratch, strict: inCi }, mayRunLab);
    return report(counts);
  } catch (thrown) {
    if (!(thrown instanceof Interrupted)) throw thrown;
    console.error(`\nInterrupted; nothing is left running.`);
    return thrown.code;
  } finally {
    if (mayRunLab) await sweep();
    await Deno.remove(scratch, { recursive: true });
  }
}

async function runAll(
  suites: readonly Suite[],
  options: RunOptions,
  mayRunLab: boolean,
): Promise<Counts> {
  let counts = await build();
  for (const [at, suite] of suites.entries()) {
    heading(`${at + 1}/${suites.length} ${suite.name}`);
    const started = performance.now();
    const reason = await obstacle(suite, mayRunLab);
    const more = reason === undefined
      ? await suite.run(options)
      : await skip(suite, reason, options);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${suite.name}: ${summary(more)} (${seconds} s)`);
    counts = addCounts(counts, more);
  }
  return counts;
}

/** The tests of the command line run what users run. */
async function build(): Promise<Counts> {
  heading("build ./porter");
  const { code } = await runChild([Deno.execPath(), "run", "--allow-all", "scripts/build.ts"]);
  return code === 0 ? noCounts : { ...noCounts, failed: 1, failures: ["deno task build"] };
}

/** Why a suite cannot be run here; undefined when it can. */
async function obstacle(suite: Suite, mayRunLab: boolean): Promise<string | undefined> {
  if (suite.privileged && !mayRunLab) return "needs root, for network namespaces; run this as root";
  if (suite.group !== "cluster" || await buildCluster()) return undefined;
  return "lacks programs; the message above says which, and how to get them";
}

/** The first time on a machine this takes minutes, which are not the suite's. */
async function buildCluster(): Promise<boolean> {
  const argv = [Deno.execPath(), "run", "--allow-all", "scripts/cluster/binaries.ts"];
  return (await runChild(argv)).code === 0;
}

/** Says aloud what is not run and why; where nothing may be left out, that is a failure. */
async function skip(suite: Suite, reason: string, options: RunOptions): Promise<Counts> {
  const fault = `suite "${suite.name}" ${reason}`;
  if (inCi) return { ...noCounts, failed: 1, failures: [fault] };
  console.log(`Skipped: ${fault}`);
  return { ...noCounts, skipped: await suite.size(options) };
}

function report(counts: Counts): number {
  heading("result");
  for (const failure of counts.failures) console.log(`FAILED ${failure}`);
  const ran = counts.passed + counts.failed > 0;
  if (!ran) console.log("No test ran.");
  console.log(summary(counts));
  return counts.failed === 0 && ran ? 0 : 1;
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

function readFlags(args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        filter: { type: "string" },
        "fuzz-seconds": { type: "string", default: "60" },
      },
    });
    const only = groups.find((group) => group === values.only);
    if (values.only !== undefined && !only) {
      throw new Error(`--only is one of ${groups.join(", ")}`);
    }
    const fuzzSeconds = Number(values["fuzz-seconds"]);
    if (!(fuzzSeconds > 0)) throw new Error("--fuzz-seconds is a number of seconds above 0");
    return { only, filter: values.filter, fuzzSeconds };
  } catch (thrown) {
    console.error(`deno task test: ${thrown instanceof Error ? thrown.message : thrown}`);
    Deno.exit(1);
  }
}

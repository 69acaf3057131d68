/**
 * `deno task ok`: everything a change must pass. Every step runs, also after a failed one, so that
 * all faults are seen at once.
 *
 *     deno task ok [--no-tests]
 *
 * @module
 */

import { walk } from "./files.ts";
import { catchSignals, Interrupted, runChild } from "./test/child.ts";

interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  /** Shown as it runs; else only when it fails. */
  readonly shown?: boolean;
}

const root = new URL("..", import.meta.url);

async function steps(withTests: boolean): Promise<Step[]> {
  const folders = ["lib", "scripts", "tests"];
  const sources = (await Promise.all(folders.map((folder) => walk(root, folder, ".ts")))).flat();
  const script = (name: string, path: string, ...args: string[]): Step => ({
    name,
    argv: ["run", "--allow-all", path, ...args],
  });
  return [
    { name: "format", argv: ["fmt", "--check"] },
    { name: "lint", argv: ["lint"] },
    { name: "types", argv: ["check", "main.ts", ...sources] },
    script("layers", "scripts/layers.ts"),
    script("docs", "scripts/docs_check.ts"),
    script("sizes", "scripts/sizes.ts"),
    script("crds", "scripts/crds.ts", "--check"),
    script("manifests", "scripts/manifests.ts", "--check"),
    script("reference", "scripts/reference.ts", "--check"),
    script("metrics", "scripts/monitoring/metrics_table.ts", "--check"),
    script("pictures", "scripts/pictures.ts", "--check"),
    ...(withTests ? [{ ...script("tests", "scripts/test.ts"), shown: true }] : []),
  ];
}

async function main(all: readonly Step[]): Promise<number> {
  const failed: string[] = [];
  for (const [at, { name, argv, shown }] of all.entries()) {
    console.log(`[${at + 1}/${all.length}] ${name}`);
    const started = performance.now();
    const { code, text } = await runChild([Deno.execPath(), ...argv], {
      output: shown ? "inherit" : "piped",
      env: shown ? {} : { NO_COLOR: "1" },
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (code !== 0) {
      failed.push(name);
      console.log(text.replace(/^Check .*\n/gm, "").trimEnd());
    }
    console.log(`      ${code === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  }
  console.log(failed.length === 0 ? "ok" : `FAILED: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.chdir(root);
  catchSignals();
  try {
    Deno.exit(await main(await steps(!Deno.args.includes("--no-tests"))));
  } catch (thrown) {
    if (!(thrown instanceof Interrupted)) throw thrown;
    Deno.exit(thrown.code);
  }
}

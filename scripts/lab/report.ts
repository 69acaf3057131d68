/**
 * How the lab tells its story: steps, what was expected and whether it was so, what was measured,
 * and a table at the end. A check that fails never ends the story; it ends the task with code 1.
 *
 * @module
 */

import { formatMs } from "./wait.ts";

/** One line of the table at the end. */
interface Row {
  readonly step: number;
  readonly what: string;
  readonly measured: string;
}

/** What the lab tells. */
export class Report {
  readonly #write: (line: string) => void;
  readonly #color: boolean;
  readonly #rows: Row[] = [];
  readonly #failures: string[] = [];
  readonly #start = performance.now();
  #step = 0;

  /** Writes to stdout, in colour on a terminal, where nothing else is said. */
  constructor(write?: (line: string) => void) {
    this.#write = write ?? toStdout;
    this.#color = write === undefined && Deno.stdout.isTerminal() &&
      Deno.env.get("NO_COLOR") === undefined;
  }

  /** What failed so far. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Tells something. */
  say(text: string): void {
    this.#write(text);
  }

  /** Opens a step, with the time since the story began. */
  step(title: string): void {
    this.#step++;
    const at = formatMs(performance.now() - this.#start);
    this.#write(`\n${this.#paint("1", `${this.#step}. ${title}`)}  (at ${at})`);
  }

  /** Shows what a command printed. */
  show(command: string, output: string): void {
    this.#write(`   $ ${command}`);
    for (const line of output.trimEnd().split("\n")) this.#write(`   | ${line}`);
  }

  /** Says what must be so and whether it is. */
  check(what: string, holds: boolean, found = ""): void {
    const detail = found === "" ? "" : `: ${found}`;
    if (holds) {
      this.#write(`   ${this.#paint("32", "ok")}     ${what}${detail}`);
      return;
    }
    this.#write(`   ${this.#paint("1;31", "FAILED")} ${what}${detail}`);
    this.#failures.push(`step ${this.#step}: ${what}${detail}`);
  }

  /** Puts a figure into the table at the end. */
  measured(what: string, figure: string): void {
    this.#write(`          ${what}: ${figure}`);
    this.#rows.push({ step: this.#step, what, measured: figure });
  }

  /** Runs a step; what it throws is a failure of that step, and the story goes on. */
  async run(title: string, body: () => Promise<void>, signal: AbortSignal): Promise<void> {
    this.step(title);
    try {
      await body();
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const [first = "", ...more] = String(thrown instanceof Error ? thrown.message : thrown)
        .split("\n");
      this.check("the step goes to its end", false, first);
      for (const line of more.slice(0, 40)) this.#write(`   | ${line}`);
    }
  }

  /** The table at the end; gives the exit code. */
  finish(): number {
    const width = Math.max(...this.#rows.map((row) => row.what.length), 4);
    this.#write(`\n${this.#paint("1", "What was measured")}`);
    for (const row of this.#rows) {
      this.#write(`  ${String(row.step).padStart(2)}  ${row.what.padEnd(width)}  ${row.measured}`);
    }
    const all = formatMs(performance.now() - this.#start);
    if (this.#failures.length === 0) {
      this.#write(`\nEverything was as it should be. ${all}.`);
      return 0;
    }
    this.#write(`\n${this.#paint("1;31", `${this.#failures.length} FAILED`)} in ${all}:`);
    for (const failure of this.#failures) this.#write(`  ${failure}`);
    return 1;
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

function toStdout(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}

/**
 * Measurements run one to a process, so that none warms or burdens the next: the process prints its
 * result as one line of JSON, and how much memory it ever held is asked of the kernel (proc(5)).
 *
 * @module
 */

/** Megabytes (2^20) that the process held at most: VmHWM; 0 when the process is gone. */
export async function peakMegabytes(pid: number | "self"): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1024);
}

/** Runs a script of this folder in a process of its own and reads the result it prints last. */
export async function measure<T>(script: string, args: readonly string[]): Promise<T> {
  const path = decodeURIComponent(new URL(script, import.meta.url).pathname);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--v8-flags=--expose-gc", path, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${script} ${args.join(" ")} ended with code ${code}`);
  const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  return JSON.parse(last) as T;
}

/** Prints what `measure` reads. */
export function report(result: unknown): void {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(result));
}

/** A table as plain text: the first column to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))
      .join("  ").trimEnd();
  return rows.map(line).join("\n");
}

/** Milliseconds for a table: three digits that mean something. */
export function formatTime(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(2)} ms`;
}

/** The value that this part (0 to 1) of all is not above; 1 is the largest; NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** The middle and the largest of times in milliseconds, for a table. */
export function formatSpread(times: readonly number[]): string {
  const [middle, most] = [percentile(times, 0.5), percentile(times, 1)];
  return `${formatTime(middle)} p50, ${formatTime(most)} at most`;
}

/** Milliseconds that it takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

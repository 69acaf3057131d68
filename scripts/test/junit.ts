/**
 * Reads the counts from the JUnit files that `deno test --junit-path` writes.
 *
 * @module
 */

/** What ran. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The names of what failed. */
  readonly failures: readonly string[];
}

/** Nothing ran. */
export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** Both together. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** Counts tests, not their steps: a step is listed as "test > step" after its test. */
export function readJunit(xml: string): Counts {
  let [passed, failed, skipped] = [0, 0, 0];
  const failures: string[] = [];
  for (const [suite] of xml.matchAll(/<testsuite\b[^>]*?(?:\/>|>[^]*?<\/testsuite>)/g)) {
    const file = attribute(suite, "name");
    const names = new Set<string>();
    for (const [, head = "", body = ""] of suite.matchAll(testCase)) {
      const name = attribute(head, "name");
      const step = [...prefixes(name)].some((prefix) => names.has(prefix));
      names.add(name);
      if (step) continue;
      if (/<(failure|error)\b/.test(body)) {
        failed++;
        failures.push(`${file}: ${name}`);
      } else if (/<skipped\b/.test(body)) skipped++;
      else passed++;
    }
  }
  return { passed, failed, skipped, failures };
}

const testCase = /<testcase\b([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g;

function* prefixes(name: string): Iterable<string> {
  for (let at = name.indexOf(" > "); at >= 0; at = name.indexOf(" > ", at + 1)) {
    yield name.slice(0, at);
  }
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity] ?? "");
}

const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/**
 * Porter's version: deno.json says it, and every other place that names it is checked against that, or
 * written from it.
 *
 *     deno run -A scripts/version.ts --check
 *     deno run -A scripts/version.ts 0.2.0
 *
 * A new version also wants `deno run -A scripts/manifests.ts`, and a section of CHANGELOG.md.
 *
 * @module
 */

const root = new URL("..", import.meta.url);

/** Where the version stands, the source first. The first group of each pattern is the version. */
const places: readonly { readonly file: string; readonly pattern: RegExp }[] = [
  { file: "deno.json", pattern: /^ {2}"version": "([^"]+)",$/gm },
  { file: "lib/cli/version.ts", pattern: /^export const version = "([^"]+)";$/gm },
  { file: "CHANGELOG.md", pattern: /^## (\d\S*?),? .*$/m },
  { file: "Dockerfile", pattern: /\/porter:(\S+)/g },
  { file: "docs/install_kubernetes.md", pattern: /\bporter:(\d[\w.-]*\w)/g },
  { file: "docs/zh/install_kubernetes.md", pattern: /\bporter:(\d[\w.-]*\w)/g },
  { file: "manifests/30-manager.yaml", pattern: /^ +image: porter:(\S+)$/gm },
  { file: "manifests/40-agent.yaml", pattern: /^ +image: porter:(\S+)$/gm },
  { file: "scripts/manifests.ts", pattern: /image: porter:([\d.]+)\\n/g },
  { file: "manifests/helm/porter/Chart.yaml", pattern: /^(?:appVersion|version): (\S+)$/gm },
];

/** The versions that a text names by a pattern. */
export function versionsIn(text: string, pattern: RegExp): readonly string[] {
  const all = pattern.global ? [...text.matchAll(pattern)] : [pattern.exec(text)];
  return all.flatMap((found) => found?.[1] ?? []);
}

/** The text with the version in place of those that it names. */
export function withVersion(text: string, pattern: RegExp, version: string): string {
  return text.replace(pattern, (found, before: string) => found.replace(before, version));
}

/** Every place that does not say what deno.json says, in words. */
export async function versionFaults(): Promise<readonly string[]> {
  const said = await Promise.all(places.map(async ({ file, pattern }) => {
    const found = versionsIn(await Deno.readTextFile(new URL(file, root)), pattern);
    return { file, found };
  }));
  const version = said[0]?.found[0];
  return said.flatMap(({ file, found }) => {
    if (found.length === 0) return [`${file}: names no version where one is expected`];
    return found.filter((each) => each !== version)
      .map((each) => `${file}: says ${each}, deno.json says ${version}`);
  });
}

async function write(version: string): Promise<void> {
  for (const { file, pattern } of places) {
    // What changed in it is written by a person.
    if (file === "CHANGELOG.md") continue;
    const url = new URL(file, root);
    await Deno.writeTextFile(url, withVersion(await Deno.readTextFile(url), pattern, version));
  }
}

if (import.meta.main) {
  const [wanted] = Deno.args;
  if (wanted !== undefined && /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted)) await write(wanted);
  else if (wanted !== "--check") {
    console.error("Say --check, or a version like 0.2.0");
    Deno.exit(1);
  }
  const faults = await versionFaults();
  for (const fault of faults) console.error(fault);
  Deno.exit(faults.length === 0 ? 0 : 1);
}

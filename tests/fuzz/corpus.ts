/**
 * The corpus of past failures: `corpus/<target>.hex`, one input in hex a line, each after a comment
 * line that says what it once did.
 *
 * @module
 */

/** The inputs that failed a target once; none when it has no file. */
export function loadCorpus(target: string): readonly Uint8Array[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(new URL(`corpus/${target}.hex`, import.meta.url));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return [];
    throw thrown;
  }
  return text.split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => Uint8Array.fromHex(line.trim()));
}

/** The targets that have a file in the corpus. */
export function corpusTargets(): readonly string[] {
  return [...Deno.readDirSync(new URL("corpus", import.meta.url))]
    .filter(({ name }) => name.endsWith(".hex"))
    .map(({ name }) => name.slice(0, -".hex".length))
    .sort();
}

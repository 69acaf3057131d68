/**
 * `porter plan -f`: what a change of objects would change, beside a running manager or a directory.
 *
 * @module
 */

import { type Difference, differences, snapshotFromText } from "../report/mod.ts";
import { readManifestText } from "../store/mod.ts";
import { ApiClient } from "./client.ts";
import type { ApiAddress } from "../observe/mod.ts";
import { Failure, fileProblem } from "./failure.ts";
import { readSnapshot } from "./snapshot.ts";

/** Beside what, and which change. */
export interface WantedChange {
  readonly file: string;
  readonly directory: string | undefined;
  readonly statusDirectory: string | undefined;
  readonly manager: ApiAddress | undefined;
}

/** What the change would change. Throws a Failure when the file has faults or nobody answers. */
export async function planChange(
  { file, directory, statusDirectory, manager }: WantedChange,
): Promise<readonly Difference[]> {
  const { nouns, faults } = readManifestText(file, await readFile(file));
  const [fault] = faults;
  if (fault !== undefined) throw new Failure(`Cannot plan ${file}: ${fault}`);
  if (nouns.length === 0) {
    throw new Failure(`Cannot plan ${file}: no object in it is porter's to read`);
  }
  if (directory !== undefined) {
    return differences(await readSnapshot(directory, statusDirectory), nouns, []);
  }
  const client = new ApiClient(manager);
  try {
    return differences(snapshotFromText(await client.get("objects")), nouns, []);
  } finally {
    client.close();
  }
}

async function readFile(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    throw new Failure(`Cannot read ${file}: ${fileProblem(thrown) ?? String(thrown)}`);
  }
}

/** The differences for people: what goes, what comes. */
export function changeText(changes: readonly Difference[]): string {
  if (changes.length === 0) return "nothing would change";
  return changes.flatMap(({ what, before, after }) => [
    ...(before === null ? [] : [`- ${what}: ${before}`]),
    ...(after === null ? [] : [`+ ${what}: ${after}`]),
  ]).join("\n");
}

/**
 * `porter plan -f`: what a change of objects would change, beside a running manager or a directory.
 *
 * @module
 */

import { formatFault, type Snapshot } from "../objects/mod.ts";
import { formatRef } from "../refusal/mod.ts";
import {
  absentFrom,
  type Difference,
  differences,
  snapshotFromText,
  type SubjectOptions,
} from "../report/mod.ts";
import { readManifestText } from "../store/mod.ts";
import { ApiClient } from "./client.ts";
import type { ApiAddress } from "../observe/mod.ts";
import { Failure, fileProblem } from "./failure.ts";
import { complain } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";

/** Beside what, and which change. */
export interface WantedChange {
  readonly file: string;
  readonly directory: string | undefined;
  readonly statusDirectory: string | undefined;
  readonly manager: ApiAddress | undefined;
  /** The objects of the file are deleted, not applied. */
  readonly deletes: boolean;
  /** How a directory is planned; a manager knows it of itself. */
  readonly options: SubjectOptions;
}

/** What the change would change. Throws a Failure when the file has faults or nobody answers. */
export async function planChange(
  { file, directory, statusDirectory, manager, deletes, options }: WantedChange,
): Promise<readonly Difference[]> {
  const { nouns, faults, warnings } = readManifestText(file, await readFile(file));
  for (const each of faults.length === 1 ? warnings : [...faults, ...warnings]) complain(each);
  if (faults.length > 0) {
    const [said] = faults.length === 1 ? faults : [`${faults.length} faults, each told above`];
    throw new Failure(`Cannot plan ${file}: ${said}`);
  }
  if (nouns.length === 0) {
    throw new Failure(`Cannot plan ${file}: no object in it is porter's to read`);
  }
  const beside = (snapshot: Snapshot, how: SubjectOptions): readonly Difference[] => {
    const refs = nouns.map(({ object }) => object.ref);
    const [absent] = deletes ? absentFrom(snapshot, refs) : [];
    if (absent !== undefined) {
      throw new Failure(`Cannot plan to delete ${formatRef(absent)}: there is none`);
    }
    const change = deletes ? { set: [], removed: refs } : { set: nouns, removed: [] };
    return differences(snapshot, change, how);
  };
  if (directory !== undefined) {
    const snapshot = await readSnapshot(directory, statusDirectory);
    // What cannot be read is missing on both sides, so that no difference shows it.
    for (const each of snapshot.faults) if (each.severity === "error") complain(formatFault(each));
    return beside(snapshot, options);
  }
  const client = new ApiClient(manager);
  try {
    const { node, serveClassless, now } = await client.get("status");
    const snapshot = snapshotFromText(await client.get("objects"));
    return beside(snapshot, { host: node ?? "", serveClassless, now });
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

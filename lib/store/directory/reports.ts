/**
 * What speakers say of their sessions, beside the statuses: `agents/NODE.json` and `managers/NAME.json`, each
 * file written by the one speaker of that name, replaced as a whole.
 *
 * @module
 */

import { formatReport, parseReport } from "../../plan/mod.ts";
import type { ReportStore, SpeakerName, SpeakerReport } from "../../ports/mod.ts";
import { joinPath, readText, replaceFile } from "./files.ts";

const suffix = ".json";
const folders = { agent: "agents", manager: "managers" } as const;

/** The reports of a status directory. */
export class DirectoryReports implements ReportStore {
  readonly #statusDirectory: string;

  /** Neither reads nor writes yet. */
  constructor(statusDirectory: string) {
    this.#statusDirectory = statusDirectory;
  }

  /** Replaces the speaker's report; throws when the world fails. */
  async write(report: SpeakerReport): Promise<void> {
    await replaceFile(this.#folder(report.role), fileOf(report.name), formatReport(report));
  }

  /** The reports there are; what is none is passed over. Throws when the world fails. */
  async read(): Promise<readonly SpeakerReport[]> {
    return [...await this.#readAll("agent"), ...await this.#readAll("manager")];
  }

  /** Takes a report away, if there is one; throws when the world fails. */
  async remove({ role, name }: SpeakerName): Promise<void> {
    try {
      await Deno.remove(joinPath(this.#folder(role), fileOf(name)));
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  async #readAll(role: SpeakerName["role"]): Promise<readonly SpeakerReport[]> {
    const folder = this.#folder(role);
    const found: SpeakerReport[] = [];
    for (const file of await filesIn(folder)) {
      const text = await readText(joinPath(folder, file));
      if (text?.ok !== true) continue;
      const report = parseReport({ role, name: nameOf(file) }, text.value);
      if (report !== undefined) found.push(report);
    }
    return found;
  }

  #folder(role: SpeakerName["role"]): string {
    return joinPath(this.#statusDirectory, folders[role]);
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(suffix) && !name.startsWith(".")) names.push(name);
    }
  } catch (thrown) {
    // No speaker has said anything yet.
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return names.sort();
}

function fileOf(name: string): string {
  return `${encodeURIComponent(name)}${suffix}`;
}

function nameOf(file: string): string {
  const text = file.slice(0, -suffix.length);
  try {
    return decodeURIComponent(text);
  } catch {
    // None of ours.
    return text;
  }
}

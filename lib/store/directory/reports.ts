/**
 * What agents say of their sessions, beside the statuses: `agents/NODE.json`, each file written by the
 * one agent of that node, replaced as a whole.
 *
 * @module
 */

import { formatReport, parseReport } from "../../plan/mod.ts";
import type { ReportReader, ReportWriter, SpeakerReport } from "../../ports/mod.ts";
import { joinPath, readText, replaceFile } from "./files.ts";

const suffix = ".json";

/** The reports of a status directory. */
export class DirectoryReports implements ReportReader, ReportWriter {
  readonly #folder: string;

  /** Neither reads nor writes yet. */
  constructor(statusDirectory: string) {
    this.#folder = joinPath(statusDirectory, "agents");
  }

  /** Replaces the node's report; throws when the world fails. */
  async write(report: SpeakerReport): Promise<void> {
    const name = `${encodeURIComponent(report.node)}${suffix}`;
    await replaceFile(this.#folder, name, formatReport(report));
  }

  /** The reports there are; what is none is passed over. Throws when the world fails. */
  async read(): Promise<readonly SpeakerReport[]> {
    const found: SpeakerReport[] = [];
    for (const name of await this.#names()) {
      const text = await readText(joinPath(this.#folder, name));
      if (text?.ok !== true) continue;
      const report = parseReport(nodeOf(name), text.value);
      if (report !== undefined) found.push(report);
    }
    return found;
  }

  async #names(): Promise<readonly string[]> {
    const names: string[] = [];
    try {
      for await (const { name, isFile } of Deno.readDir(this.#folder)) {
        if (isFile && name.endsWith(suffix) && !name.startsWith(".")) names.push(name);
      }
    } catch (thrown) {
      // No agent has said anything yet.
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
    return names.sort();
  }
}

function nodeOf(name: string): string {
  const text = name.slice(0, -suffix.length);
  try {
    return decodeURIComponent(text);
  } catch {
    // None of ours.
    return text;
  }
}

/**
 * Checks that the source is documented, that the documents tell the truth, and that they say the
 * same in both languages (scripts/docs).
 *
 * @module
 */

import { completables } from "../lib/cli/completion/model.ts";
import { createProgram } from "../lib/cli/program.ts";
import { commandFaults, commandsOf } from "./docs/commands.ts";
import { checkDocument, type Promised } from "./docs/markdown.ts";
import { faceFaults, readDocs, sourceFaults } from "./docs/source.ts";
import { placeFaults, translated, twinFaults, twinOf } from "./docs/twins.ts";
import { walk } from "./files.ts";
import { sourceFiles } from "./imports.ts";

const root = new URL("..", import.meta.url);

async function main(): Promise<number> {
  const files = [...await sourceFiles(root), ...await walk(root, "scripts", ".ts")];
  const faces = files.filter((file) => file.endsWith("/mod.ts"));
  const documents = [...await topLevel(), ...await walk(root, "docs", ".md")];
  const promised = await whatThereIs();
  const checks = await Promise.all(
    documents.map(async (path) =>
      checkDocument(path, await Deno.readTextFile(new URL(path, root)), promised)
    ),
  );
  const twins = translated.filter((path) =>
    documents.includes(path) && documents.includes(twinOf(path))
  );
  const differences = await Promise.all(
    twins.map(async (path) =>
      twinFaults(
        path,
        await Deno.readTextFile(new URL(path, root)),
        await Deno.readTextFile(new URL(twinOf(path), root)),
      )
    ),
  );
  const commands = await Promise.all(
    translated.filter((path) => documents.includes(path)).map(async (path) =>
      commandsOf(path, await Deno.readTextFile(new URL(path, root)))
    ),
  );
  const promises = checks.reduce((sum, check) => sum + check.promises, 0);
  const faults = [
    ...sourceFaults(root, await readDocs(root, files), files),
    ...await faceFaults(root, faces),
    ...checks.flatMap((check) => check.faults),
    ...placeFaults(documents),
    ...differences.flat(),
    ...commandFaults(commands.flat(), promised.exists),
    ...(promises === 0 || faces.length === 0 ? ["Found nothing to check"] : []),
  ];
  for (const fault of faults) console.error(fault);
  console.log(
    `${files.length} files, ${faces.length} faces, ${documents.length} documents with ` +
      `${promises} promises and ${commands.flat().length} commands, ${twins.length} twins: ` +
      `${faults.length} faults`,
  );
  return faults.length === 0 ? 0 : 1;
}

async function topLevel(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(root));
  return entries.filter((entry) => entry.isFile && entry.name.endsWith(".md"))
    .map((entry) => entry.name).sort();
}

async function whatThereIs(): Promise<Promised> {
  const config: { tasks: Record<string, unknown> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  const commands = completables(createProgram(() => {})).map((command) =>
    [command.name, new Set(command.flags.flatMap((flag) => flag.names))] as const
  );
  return {
    tasks: new Set(Object.keys(config.tasks)),
    commands: new Map(commands),
    exists: (path) => {
      try {
        Deno.statSync(new URL(path, root));
        return true;
      } catch {
        return false;
      }
    },
  };
}

if (import.meta.main) Deno.exit(await main());

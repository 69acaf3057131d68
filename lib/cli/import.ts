/**
 * `porter import`: objects of the porter of 2020, OpenELB and MetalLB as porter's own.
 *
 * @module
 */

import {
  Argument,
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { type Document, parseAllDocuments, stringify } from "yaml";
import { migrate, type Note, type RawObject } from "../migrate/mod.ts";
import { parseAddress } from "../net/mod.ts";
import { parseObject } from "../objects/mod.ts";
import { exitCodes, Failure, fileProblem } from "./failure.ts";
import { complain, print } from "./output.ts";

const help = `
Reads YAML or JSON, also a List as kubectl prints it. Prints manifests to apply on stdout, and on
stderr what did not come along and what to look at. Touches no cluster.

Exit codes: 0 everything came along; 2 something did not, or cannot stay as it is; 1 the input cannot
be read.

Examples:
  kubectl get ipaddresspools,bgppeers,bgpadvertisements -n metallb-system -o yaml | porter import
  kubectl get svc -A -o yaml | porter import pools.yaml peers.yaml - > porter.yaml
  porter import --router-id 192.0.2.2 metallb.yaml && porter plan .`;

/** The command; `setExitCode` takes 2 for what did not come along. */
export function importCommand(setExitCode: (code: number) => void): CommandUnknownOpts {
  return new Command("import")
    .description("turn objects of Porter 2020, OpenELB or MetalLB into porter's own")
    .addArgument(new Argument("[files...]", "what to read; - or nothing is stdin"))
    .option(
      "--router-id <ADDRESS>",
      "the BgpConf's routerID, where the objects say none",
      readRouterId,
    )
    .addOption(
      new Option("-o, --output <FORM>", "how to print it").choices(["yaml", "json"] as const)
        .default("yaml" as const),
    )
    .addHelpText("after", help)
    .action(async (files, { routerId, output }) => {
      const input: RawObject[] = [];
      for (const file of files.length === 0 ? ["-"] : files) {
        input.push(...objectsIn(await readText(file), file));
      }
      const { objects, notes } = migrate(input, routerId === undefined ? {} : { routerId });
      for (const note of notes) complain(noteLine(note));
      if (objects.length === 0) {
        throw new Failure(`Found nothing to convert in ${input.length} objects`);
      }
      print(
        output === "json"
          ? JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 2)
          : objects.map((each) => stringify(each, { aliasDuplicateObjects: false }).trimEnd())
            .join("\n---\n"),
      );
      const refused = objects.flatMap(faultLines);
      for (const line of refused) complain(line);
      if (refused.length > 0 || notes.some(({ kind }) => kind === "lost")) {
        setExitCode(exitCodes.refusals);
      }
    });
}

function noteLine({ kind, object, field, message }: Note): string {
  const what = kind === "lost" ? "not converted" : "look at this";
  return `${object}: ${field === "" ? "" : `${field}: `}${what}: ${message}`;
}

/** What porter would refuse, or ignore, of a converted object: it was wrong in the input too. */
function faultLines(object: RawObject): readonly string[] {
  const parsed = parseObject(object);
  const value = parsed.ok ? parsed.value : { warnings: parsed.error.faults };
  const faults = "warnings" in value ? value.warnings : [];
  const name = `${object["kind"]} ${Object(object["metadata"]).name}`;
  return faults.map(({ field, message }) => `${name}: ${field}: cannot stay so: ${message}`);
}

function readRouterId(text: string): string {
  if (parseAddress(text)?.family !== 4) {
    throw new InvalidArgumentError("It must be an IPv4 address.");
  }
  return text;
}

/** All objects of a text; those of Lists one by one. Throws a Failure for what cannot be read. */
export function objectsIn(text: string, file: string): readonly RawObject[] {
  const documents = parseAllDocuments(text, {
    merge: true,
    prettyErrors: true,
    logLevel: "error",
    // A key that is a mapping would be written as text: minutes for 500 of them in one another.
    stringKeys: true,
  });
  return ("empty" in documents ? [] : documents).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 1;
      throw new Failure(`Cannot read ${file}:${line}: ${syntaxMessage(error.message)}`);
    }
    return flattened(resolved(document, file));
  });
}

/** The parser's first line; in words of ours where it speaks of itself. */
function syntaxMessage(message: string): string {
  const [line = ""] = message.split("\n");
  if (/call stack/.test(line)) return "it is nested too deeply";
  return line.startsWith("With stringKeys") ? "a key must be plain text" : line;
}

/** The value of a document; aliases are resolved here, and complained of by throwing. */
function resolved(document: Pick<Document, "toJS">, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    throw new Failure(`Cannot read ${file}: ${thrown.message}`);
  }
}

function flattened(value: unknown): readonly RawObject[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const object = value as RawObject;
  const { kind, items } = object;
  const isList = typeof kind === "string" && kind.endsWith("List") && Array.isArray(items);
  return isList ? (items as readonly unknown[]).flatMap(flattened) : [object];
}

async function readText(file: string): Promise<string> {
  if (file === "-") return await new Response(Deno.stdin.readable).text();
  try {
    return await Deno.readTextFile(file);
  } catch (thrown) {
    throw new Failure(`Cannot read ${file}: ${fileProblem(thrown) ?? String(thrown)}`);
  }
}

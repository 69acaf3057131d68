/**
 * What the documents promise, checked: links lead somewhere, tasks exist, commands and their flags
 * exist, files named in code spans exist.
 *
 * @module
 */

import { linesOf } from "./lines.ts";

/** What the documents may name. */
export interface Promised {
  /** Names of deno.json's tasks. */
  readonly tasks: ReadonlySet<string>;
  /** The flags of each porter command; "" stands for porter itself. */
  readonly commands: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a path relative to the checkout exists. */
  readonly exists: (path: string) => boolean;
}

/** Faults of one document, and how many promises were found in it. */
export interface DocumentCheck {
  readonly faults: readonly string[];
  readonly promises: number;
}

/** Checks one document; `path` is relative to the checkout. */
export function checkDocument(path: string, text: string, promised: Promised): DocumentCheck {
  const faults: string[] = [];
  let promises = 0;
  const expect = (fine: boolean, fault: string) => {
    promises++;
    if (!fine) faults.push(`${path}: ${fault}`);
  };
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  for (const target of links(text)) {
    expect(promised.exists(normalize(folder + target)), `the link to ${target} leads nowhere`);
  }
  for (const code of codes(text)) {
    for (const [, task = ""] of code.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][a-z:-]*)/g)) {
      expect(promised.tasks.has(task), `there is no task "${task}" in deno.json`);
    }
    const file = /^(?:lib|scripts|tests|docs|crds|manifests|\.ci)\/[\w./-]*$/.exec(code)?.[0];
    if (file) expect(promised.exists(file), `there is no ${file}`);
    const command = /^(?:\.\/)?porter(?: ([a-z][a-z-]*))?((?: .*)?)$/.exec(code);
    if (!command) continue;
    const [, name = "", rest = ""] = command;
    const flags = promised.commands.get(name);
    expect(flags !== undefined, `there is no command "porter ${name}"`);
    for (const [flag] of rest.matchAll(/(?<=\s)--?[a-zA-Z][\w-]*/g)) {
      expect(flags === undefined || flags.has(flag), `"porter ${name}" has no flag ${flag}`);
    }
  }
  return { faults, promises };
}

/** Targets of links within the checkout, without their anchors. */
function links(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Code spans, and the lines of blocks without their comments. */
function codes(text: string): string[] {
  const lines = linesOf(text);
  const code = lines.filter(({ kind }) => kind === "code")
    .map((line) => line.text.replace(/\s+#.*$/, "").trim());
  const spans = lines.filter(({ kind }) => kind === "prose")
    .flatMap((line) => [...line.text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span.trim()));
  return [...code, ...spans];
}

function normalize(path: string): string {
  return new URL(path, "file:///").pathname.slice(1);
}

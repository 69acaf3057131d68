/**
 * What the source says of itself, checked: every file opens with a module block, every exported
 * symbol and every public method of a class has a doc comment, and what a `mod.ts` shows is complete.
 *
 * @module
 */

/** The part of `deno doc --json` that is looked at. */
export interface DocOutput {
  readonly nodes: Readonly<Record<string, DocFile>>;
}

/** One file in it. */
export interface DocFile {
  readonly module_doc?: Doc;
  readonly symbols?: readonly DocSymbol[];
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

interface DocDeclaration {
  readonly location: { readonly filename: string; readonly line: number };
  readonly declarationKind: string;
  readonly kind: string;
  readonly jsDoc?: Doc;
  readonly def?: { readonly methods?: readonly DocMethod[] };
}

interface DocMethod {
  readonly name: string;
  readonly jsDoc?: Doc;
  readonly isOverride?: boolean;
  readonly accessibility?: string;
  readonly location: { readonly line: number };
}

interface Doc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string }[];
}

/** Runs `deno doc --json` over these files. */
export async function readDocs(root: URL, files: readonly string[]): Promise<DocOutput> {
  const { stdout, stderr, success } = await denoDoc(root, ["--json", ...files]);
  if (!success) throw new Error(`deno doc: ${stderr.trim()}`);
  return JSON.parse(stdout);
}

/** What is missing in the source, one line each. Every file must be in the output. */
export function sourceFaults(root: URL, docs: DocOutput, files: readonly string[]): string[] {
  return files.flatMap((path) => {
    const file = docs.nodes[new URL(path, root).href];
    if (file === undefined) return [`${path}: deno doc does not know it`];
    const faults = file.module_doc?.doc?.trim() && isModuleBlock(file.module_doc)
      ? []
      : [`${path}: does not open with a block that says what it is for and ends in @module`];
    const own = new URL(path, root).href;
    for (const symbol of file.symbols ?? []) {
      const declarations = symbol.declarations
        .filter((found) => found.location.filename === own && found.declarationKind === "export")
        // A re-export is documented where it is declared.
        .filter((found) => found.kind !== "reference" && found.kind !== "namespace");
      faults.push(...symbolFaults(symbol.name, declarations).map((fault) => `${path}${fault}`));
    }
    return faults;
  });
}

function symbolFaults(name: string, declarations: readonly DocDeclaration[]): string[] {
  const [first] = declarations;
  if (first === undefined) return [];
  const faults = declarations.some((found) => isDocumented(found.jsDoc))
    ? []
    : [`:${first.location.line + 1}: ${name} has no doc comment`];
  const classes = declarations.filter((found) => found.kind === "class");
  for (const method of classes.flatMap((found) => found.def?.methods ?? [])) {
    const shown = method.accessibility === undefined || method.accessibility === "public";
    if (!shown || method.isOverride || isDocumented(method.jsDoc)) continue;
    faults.push(`:${method.location.line + 1}: ${name}.${method.name} has no doc comment`);
  }
  return faults;
}

/** The module block is taken for the comment of a first symbol that has none. */
function isDocumented(doc: Doc | undefined): boolean {
  return doc?.doc !== undefined && doc.doc.trim() !== "" && !isModuleBlock(doc);
}

function isModuleBlock(doc: Doc): boolean {
  return doc.tags?.some((tag) => tag.kind === "module") ?? false;
}

/**
 * What `deno doc --lint` finds in these faces. Not asked for: a comment on every member, and that a
 * face exports the types of zod, which its schemas are made of.
 */
export async function faceFaults(root: URL, faces: readonly string[]): Promise<string[]> {
  const { stderr } = await denoDoc(root, ["--lint", ...faces]);
  const found = stderr.matchAll(/^error\[([a-z-]+)\]: (.*)\n\s*--> (.*)$/gm);
  return [...found]
    .filter(([, code, message]) =>
      code !== "missing-jsdoc" && !/ private type 'Zod/.test(message ?? "")
    )
    .map(([, , message = "", place = ""]) => `${place.replace(root.pathname, "")}: ${message}`);
}

async function denoDoc(root: URL, args: readonly string[]) {
  const ran = await new Deno.Command(Deno.execPath(), {
    args: ["doc", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const [stdout = "", stderr = ""] = [ran.stdout, ran.stderr].map((b) =>
    new TextDecoder().decode(b)
  );
  return { stdout, stderr, success: ran.success };
}

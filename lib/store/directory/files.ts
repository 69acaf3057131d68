/**
 * The files of a directory: which are manifests, whether one changed, its text, and how to replace a
 * file so that a reader sees the old or the new one, never a part (open(2), fsync(2), rename(2)).
 *
 * @module
 */

import { err, messageOf, ok, type Result } from "../../result/mod.ts";

/** The directory, or a status, cannot be read or written; the message is for users. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Larger files are refused: nobody writes them by hand, and parsing them would hold up everything. */
export const maxFileBytes = 8 * 1024 * 1024;

/** What a look at a tree found. */
export interface Tree {
  /** Paths relative to the root, and a text that differs when the file may have changed. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders, relative to the root ("" is the root), that could not be read, and why. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Whether a file of this name is a manifest. Hidden files and editors' spare copies are none. */
export function isManifestName(name: string): boolean {
  return !name.startsWith(".") && /\.(?:yaml|yml|json)$/.test(name);
}

/** Joins the parts of a path that are not empty. */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/").replace(/^\/\//, "/");
}

/**
 * All manifests in a folder and below it. Hidden folders are passed over. Links to files are
 * followed, as volumes of ConfigMaps are made of them; links to folders are not: they may be loops.
 */
export async function lookAtTree(root: string, below = ""): Promise<Tree> {
  const files = new Map<string, string>();
  const problems = new Map<string, string>();
  const visit = async (folder: string): Promise<void> => {
    try {
      const names: Deno.DirEntry[] = [];
      for await (const entry of Deno.readDir(joinPath(root, folder))) names.push(entry);
      for (const entry of names) {
        if (entry.name.startsWith(".")) continue;
        const path = joinPath(folder, entry.name);
        if (entry.isDirectory) await visit(path);
        else if (isManifestName(entry.name)) {
          const signature = await signatureOf(joinPath(root, path));
          if (signature !== undefined) files.set(path, signature);
        }
      }
    } catch (thrown) {
      // A folder below that is gone is no problem, only empty.
      if (folder === "" || !(thrown instanceof Deno.errors.NotFound)) {
        problems.set(folder, reasonOf(thrown));
      }
    }
  };
  await visit(below);
  return { files, problems };
}

/** A text that differs when the file may have changed; undefined when there is no file. */
export async function signatureOf(path: string): Promise<string | undefined> {
  try {
    const info = await Deno.stat(path);
    // Only regular files: to open a pipe would wait for ever.
    return info.isFile ? signature(info) : undefined;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound ? undefined : `unreadable: ${reasonOf(thrown)}`;
  }
}

function signature({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(":");
}

/** A file's text; undefined when there is no such file, an error in words when it cannot be had. */
export async function readText(path: string): Promise<Result<string> | undefined> {
  try {
    const info = await Deno.stat(path);
    if (!info.isFile) return undefined;
    const tooLarge = err(`is larger than ${maxFileBytes / 1024 / 1024} MiB and is not read`);
    if (info.size > maxFileBytes) return tooLarge;
    const bytes = await Deno.readFile(path);
    if (bytes.length > maxFileBytes) return tooLarge;
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    if (thrown instanceof TypeError) return err("is not UTF-8 text");
    return err(`cannot be read: ${reasonOf(thrown)}`);
  }
}

/**
 * Replaces a file as a whole; what it says is on the disk afterwards, its name after `syncFolder`.
 * Gives the new file's signature.
 */
export async function replaceFile(folder: string, name: string, text: string): Promise<string> {
  const temporary = joinPath(folder, `.${name}.${Deno.pid}.tmp`);
  await Deno.mkdir(folder, { recursive: true });
  try {
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
    const written = signature(await file.stat());
    await Deno.rename(temporary, joinPath(folder, name));
    return written;
  } catch (thrown) {
    await Deno.remove(temporary).catch(() => {});
    throw thrown;
  }
}

/** Makes the names in a folder safe on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  using handle = await Deno.open(folder, { read: true });
  await handle.sync();
}

/** Why the world said no, in words, lower case. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotFound) return "no such file or directory";
  if (thrown instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (thrown instanceof Deno.errors.NotCapable) return "not permitted by the --allow flags";
  const message = messageOf(thrown);
  const text = message.replace(/ \(os error \d+\).*$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

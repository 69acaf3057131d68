/**
 * Finding the checkout's files, for the checks.
 *
 * @module
 */

/** The path of a file: URL. */
export function fromFileUrl(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** Every file below `folder` whose name ends so, relative to `root`, sorted; none when it is absent. */
export async function walk(root: URL, folder: string, ending: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [folder];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    for (const entry of await list(new URL(`${dir}/`, root))) {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory) pending.push(path);
      else if (entry.isFile && entry.name.endsWith(ending)) found.push(path);
    }
  }
  return found.sort();
}

async function list(dir: URL): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(dir));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return [];
    throw thrown;
  }
}

/**
 * A Go for machines that have none, or one that is too old: the toolchain that the Go module proxy carries
 * (https://go.dev/doc/toolchain), checked against the sum below and unpacked into the cache. Debian 12's
 * own Go (1.19) cannot fetch it by itself.
 *
 * @module
 */

import { type Go, goEnv } from "./go_build.ts";
import { ensureTools } from "../install.ts";
import { must } from "../lab/command.ts";
import { formatMs } from "../lab/wait.ts";

/** What the proxy has for a kind of machine: its name there, and what its bytes must come to. */
interface Archive {
  readonly name: string;
  readonly sha256: string;
}

/** Which toolchain, and SHA-256 of its archive by the machine's architecture. */
const version = "1.26.8";
const archives: Readonly<Record<string, Archive>> = {
  x86_64: {
    name: "amd64",
    sha256: "30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7",
  },
  aarch64: {
    name: "arm64",
    sha256: "02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99",
  },
};

/**
 * The Go in the cache; downloads it (70 MB) when it is not there, which is said on stderr. Undefined where
 * there is none for this machine. To be called by one process at a time; throws when it cannot be had, and
 * the signal's reason.
 */
export async function cachedGo(
  cache: string,
  signal?: AbortSignal,
  archive: Archive | undefined = archives[Deno.build.arch],
): Promise<Go | undefined> {
  if (Deno.build.os !== "linux" || archive === undefined) return undefined;
  const folder = `${cache}/go-${version}`;
  const go = {
    command: `${folder}/bin/go`,
    env: { ...goEnv(version), GOTOOLCHAIN: "local" },
  };
  if (await Deno.stat(go.command).then(({ isFile }) => isFile, () => false)) return go;
  const scratch = `${cache}/unpacking`;
  try {
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
    await Deno.mkdir(scratch, { recursive: true });
    const module = `golang.org/toolchain@v0.0.1-go${version}.linux-${archive.name}`;
    // Before 70 MB come for nothing.
    await ensureTools(["unzip"]);
    const zip = `${scratch}/go.zip`;
    await Deno.writeFile(zip, await download(module, archive, signal));
    await must(["unzip", "-q", zip, "-d", scratch], signal === undefined ? {} : { signal });
    await asTheGoCommandDoes(`${scratch}/${module}`);
    await Deno.rename(`${scratch}/${module}`, folder);
  } finally {
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  }
  return go;
}

async function download(
  module: string,
  { sha256 }: Archive,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const [path, revision] = module.split("@");
  const url = `${proxy()}/${path}/@v/${revision}.zip`;
  const started = performance.now();
  tell(`no Go on PATH is new enough; downloading ${url}`);
  const answer = await fetch(url, signal === undefined ? {} : { signal });
  if (!answer.ok) throw new Error(`Cannot download ${url}: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (found !== sha256) throw new Error(`${url} has SHA-256 ${found}, and should have ${sha256}`);
  tell(`downloaded (${formatMs(performance.now() - started)})`);
  return bytes;
}

/** The first of GOPROXY that can be asked by HTTP, else Google's. */
function proxy(): string {
  const set = (Deno.env.get("GOPROXY") ?? "").split(/[,|]/).find((each) => /^https?:/.test(each));
  return (set ?? "https://proxy.golang.org").replace(/\/$/, "");
}

/** A module's archive has neither modes nor a go.mod in its folders. */
async function asTheGoCommandDoes(folder: string): Promise<void> {
  await must(["chmod", "-R", "a+rx", `${folder}/bin`, `${folder}/pkg/tool`]);
  const marked = await must(["find", folder, "-name", "_go.mod"]);
  for (const path of marked.split("\n").filter((each) => each !== "")) {
    await Deno.rename(path, path.replace(/_go\.mod$/, "go.mod"));
  }
}

function tell(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`Go ${version}: ${text}\n`));
}

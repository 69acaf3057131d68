/**
 * GoBGP's codec (github.com/osrg/gobgp, of the Go module proxy), timed on given messages by the small
 * program in gobgp_codec/. It is built once into the cache of the test cluster's programs.
 *
 * @module
 */

import { anyGo, cacheFolder, GoMissing } from "../cluster/binaries.ts";
import { must } from "../lab/mod.ts";
import { bytesOf, type TimedMessage } from "./codec_messages.ts";

/** Nanoseconds for one message. */
export interface CodecTimes {
  readonly encode: number;
  readonly decode: number;
}

/** Times for each message, in their order; undefined, and said on stderr, where there is no Go. */
export async function gobgpTimes(
  messages: readonly TimedMessage[],
): Promise<readonly CodecTimes[] | undefined> {
  let program: string;
  try {
    program = await built();
  } catch (thrown) {
    if (!(thrown instanceof GoMissing)) throw thrown;
    console.error("GoBGP's codec is left out: there is no Go to build it with.");
    return undefined;
  }
  const lines = messages.map((each) =>
    JSON.stringify({
      name: each.what,
      hex: bytesOf(each).toHex(),
      addPath: each.codec.addPathReceive.length > 0,
    })
  );
  const said = await must([program], { stdin: `${lines.join("\n")}\n` });
  const times = said.trim().split("\n").map((line) =>
    JSON.parse(line) as CodecTimes & { readonly name: string; readonly same: boolean }
  );
  for (const [i, { what }] of messages.entries()) {
    const { name, same } = times[i] ?? {};
    if (name !== what || same !== true) throw new Error(`GoBGP wrote other bytes for: ${what}`);
  }
  return times;
}

/** Where the program is; another source is another folder. */
async function built(): Promise<string> {
  const folder = decodeURIComponent(new URL("gobgp_codec/", import.meta.url).pathname);
  const source = await Promise.all(
    ["main.go", "go.mod", "go.sum"].map((name) => Deno.readTextFile(`${folder}${name}`)),
  );
  const bytes = new TextEncoder().encode(source.join("\0"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const target = `${cacheFolder()}/gobgp-codec-${digest.slice(0, 4).toHex()}`;
  const program = `${target}/gobgp-codec`;
  if (await Deno.stat(program).then(({ isFile }) => isFile, () => false)) return program;
  const go = await anyGo();
  console.error("GoBGP's codec: downloading its source and compiling it, once");
  await Deno.mkdir(target, { recursive: true });
  await must([go.command, "build", "-trimpath", "-buildvcs=false", "-o", program, "."], {
    cwd: folder,
    env: go.env,
  });
  return program;
}

/**
 * A Go of our own for machines that have none, from a stand-in of the Go module proxy.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { goVersion } from "../../scripts/cluster/recipes.ts";
import { cachedGo } from "../../scripts/cluster/go_toolchain.ts";

/** An archive of the proxy as small as one can be: bin/go, pkg/tool/compile and src/_go.mod, without modes. */
const archive = Uint8Array.fromBase64(
  "UEsDBBQAAAAAAAAAIVziUFxjIwAAACMAAAA3AAAAZ29sYW5nLm9yZy90b29sY2hhaW5AdjAuMC4xLWdvMS4y" +
    "Ni44LmxpbnV4LWFtZDY0L2Jpbi9nbyMhL2Jpbi9zaAplY2hvIGdvIHZlcnNpb24gZ28xLjI2LjgKUEsDBBQA" +
    "AAAAAAAAIVwAAAAAAAAAAAAAAABBAAAAZ29sYW5nLm9yZy90b29sY2hhaW5AdjAuMC4xLWdvMS4yNi44Lmxp" +
    "bnV4LWFtZDY0L3BrZy90b29sL2NvbXBpbGVQSwMEFAAAAAAAAAAhXE1lzCsLAAAACwAAADwAAABnb2xhbmcu" +
    "b3JnL3Rvb2xjaGFpbkB2MC4wLjEtZ28xLjI2LjgubGludXgtYW1kNjQvc3JjL19nby5tb2Rtb2R1bGUgc3Rk" +
    "ClBLAQIUAxQAAAAAAAAAIVziUFxjIwAAACMAAAA3AAAAAAAAAAAAAACkAQAAAABnb2xhbmcub3JnL3Rvb2xj" +
    "aGFpbkB2MC4wLjEtZ28xLjI2LjgubGludXgtYW1kNjQvYmluL2dvUEsBAhQDFAAAAAAAAAAhXAAAAAAAAAAA" +
    "AAAAAEEAAAAAAAAAAAAAAKQBeAAAAGdvbGFuZy5vcmcvdG9vbGNoYWluQHYwLjAuMS1nbzEuMjYuOC5saW51" +
    "eC1hbWQ2NC9wa2cvdG9vbC9jb21waWxlUEsBAhQDFAAAAAAAAAAhXE1lzCsLAAAACwAAADwAAAAAAAAAAAAA" +
    "AKQB1wAAAGdvbGFuZy5vcmcvdG9vbGNoYWluQHYwLjAuMS1nbzEuMjYuOC5saW51eC1hbWQ2NC9zcmMvX2dv" +
    "Lm1vZFBLBQYAAAAAAwADAD4BAAA8AQAAAAA=",
);

async function withProxy(body: (cache: string, asked: string[]) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  const asked: string[] = [];
  const before = Deno.env.get("GOPROXY");
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return new Response(archive);
  });
  Deno.env.set("GOPROXY", `off,http://127.0.0.1:${server.addr.port}|direct`);
  try {
    await body(`${cache}/porter`, asked);
  } finally {
    if (before === undefined) Deno.env.delete("GOPROXY");
    else Deno.env.set("GOPROXY", before);
    await server.shutdown();
    await Deno.remove(cache, { recursive: true });
  }
}

async function sum(): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
}

Deno.test("a machine without a Go gets one, once, as the go command would unpack it", async () => {
  await withProxy(async (cache, asked) => {
    const wanted = { name: "amd64", sha256: await sum() };
    const go = await cachedGo(cache, undefined, wanted);
    assert(go !== undefined);
    const { stdout } = await new Deno.Command(go.command, { args: ["version"] }).output();
    assertEquals(new TextDecoder().decode(stdout), "go version go1.26.8\n");
    assertEquals(await Deno.readTextFile(`${cache}/go-1.26.8/src/go.mod`), "module std\n");
    assertEquals((await Deno.stat(`${cache}/go-1.26.8/pkg/tool/compile`)).mode! & 0o111, 0o111);
    assertEquals((await cachedGo(cache, undefined, wanted))?.command, go.command);
    assertEquals(asked, ["/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip"]);
    assertEquals((await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name), [
      "go-1.26.8",
    ]);
  });
});

Deno.test("a download that is interrupted ends at once, and leaves nothing", async () => {
  await withProxy(async (cache) => {
    const interrupted = new AbortController();
    const going = cachedGo(cache, interrupted.signal, { name: "amd64", sha256: await sum() });
    interrupted.abort(new Error("Ctrl-C"));
    assertEquals((await assertRejects(() => going, Error)).message, "Ctrl-C");
    assertEquals(await Array.fromAsync(Deno.readDir(cache)), []);
  });
});

Deno.test("the toolchain is one that the recipes ask for", async () => {
  await withProxy(async (cache) => {
    const go = await cachedGo(cache, undefined, { name: "amd64", sha256: await sum() });
    assert(go?.command.startsWith(`${cache}/go-${goVersion}.`), go?.command);
  });
});

Deno.test("an archive that is another one than we know is not unpacked", async () => {
  await withProxy(async (cache) => {
    const sha256 = "00".repeat(32);
    const thrown = await assertRejects(
      () => cachedGo(cache, undefined, { name: "amd64", sha256 }),
      Error,
    );
    assertStringIncludes(thrown.message, `has SHA-256 ${await sum()}, and should have ${sha256}`);
    assertEquals(await Array.fromAsync(Deno.readDir(cache)), []);
  });
});

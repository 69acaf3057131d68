import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runtimeMissing } from "../../scripts/build.ts";

const root = new URL("../../", import.meta.url);

Deno.test("a runtime that cannot be downloaded is named, with where it is and how to name another", () => {
  const url = "https://dl.deno.land/release/v2.9.6/denort-aarch64-unknown-linux-gnu.zip";
  const text = `error: Writing deno compile executable to temporary file '/build/x'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (${url}): client error (Connect): dns error: failed to lookup
`;
  const message = runtimeMissing(text) ?? "";
  assertMatch(
    message,
    /^deno compile lacks its runtime, denort: error sending request: client error \(Connect\): dns error/,
  );
  assertStringIncludes(message, `  ${url}\n  DENORT_BIN=/path/to/denort deno task build`);
  assertEquals(runtimeMissing("error: Module not found: main.ts"), undefined);
});

Deno.test("without deno's runtime the build says so once, and for another platform it fails", async () => {
  const folder = await Deno.makeTempDir();
  const build = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/build.ts", `--output=${folder}/porter`, ...args],
      cwd: root,
      env: { DENORT_BIN: "/nowhere/denort", NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  const says =
    /deno compile lacks its runtime, denort: Could not find denort at '\/nowhere\/denort'\nTo get it, /;
  try {
    const here = await build();
    assertEquals([here.code, here.stderr], [0, ""]);
    assertMatch(here.stdout, says);
    assertMatch(
      here.stdout,
      /Until then .*\n.*\/porter: bundled, needs deno on PATH, [\d.]+ MiB\n$/,
    );
    const other = await build("--target=aarch64-unknown-linux-gnu");
    assertEquals([other.code, other.stdout], [1, ""]);
    assertMatch(other.stderr, says);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

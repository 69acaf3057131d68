import { assertEquals, assertMatch } from "@std/assert";
import { porter } from "../support/porter.ts";

Deno.test("porter agent tells of a missing program with one line and code 1", async () => {
  // A PATH that has deno, which runs a bundled porter, and nothing else.
  const path = await Deno.makeTempDir();
  try {
    await Deno.symlink(Deno.execPath(), `${path}/deno`);
    for (const args of [["--node", "node1", "--directory", path], ["--cleanup"]]) {
      const { code, stdout, stderr } = await porter(["agent", ...args], { env: { PATH: path } });
      assertMatch(stderr, /^porter: [^\n]*\bip\b[^\n]*not installed[^\n]*\n$/);
      assertEquals([code, stdout], [1, ""]);
    }
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

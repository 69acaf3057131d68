import { assertEquals } from "@std/assert";
import { engineFlags } from "../../lib/cli/engine.ts";

async function exitCode(flags: readonly string[]): Promise<number> {
  const args = ["eval", ...flags, ""];
  const { code } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  return code;
}

Deno.test("V8 knows the flags that the executable is run with", async () => {
  assertEquals(await exitCode(engineFlags), 0);
  // What it does not know it refuses.
  assertEquals(await exitCode(engineFlags.map((each) => each.replace("semi", "no"))), 1);
});

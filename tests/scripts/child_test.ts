import { assert, assertEquals, assertRejects } from "@std/assert";
import { runChild } from "../../scripts/test/child.ts";

Deno.test("runChild() gives the exit code and both outputs", async () => {
  const end = await runChild(["sh", "-c", "echo out; echo err >&2; exit 3"], { output: "piped" });
  assertEquals([end.code, end.late], [3, false]);
  assertEquals(end.text.split("\n").filter((line) => line).sort(), ["err", "out"]);
});

Deno.test("runChild() ends what a child leaves running", async () => {
  // With an output of its own: reading to the end of ours must not be what waits for it.
  const script = "sleep 1000 >/dev/null 2>&1 & echo $!";
  const end = await runChild(["sh", "-c", script], { output: "piped" });
  assert(Number(end.text) > 0, end.text);
  await assertRejects(() => Deno.lstat(`/proc/${end.text.trim()}`));
});

Deno.test("runChild() ends a child that takes too long, and says so", async () => {
  const end = await runChild(["sleep", "1000"], { limitMs: 50 });
  assertEquals([end.code, end.late], [143, true]);
});

const task = new URL("../../scripts/test/child.ts", import.meta.url).href;

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} ends the child and what it started, then cleans up`, async () => {
    const script = `
      import { catchSignals, Interrupted, runChild } from ${JSON.stringify(task)};
      catchSignals();
      try {
        await runChild(["sh", "-c", "sleep 1000 & echo $!; wait"]);
      } catch (thrown) {
        if (!(thrown instanceof Interrupted)) throw thrown;
        console.log("cleaned");
        Deno.exit(thrown.code);
      }`;
    const outer = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      stdout: "piped",
    }).spawn();
    let text = "";
    for await (const chunk of outer.stdout) {
      text += new TextDecoder().decode(chunk);
      if (text === "" || text.includes("cleaned")) continue;
      outer.kill(signal);
    }
    assertEquals((await outer.status).code, code);
    const [inner, said] = text.trim().split("\n");
    assertEquals(said, "cleaned");
    await gone(Number(inner));
  });
}

/** Waits until there is no such process, or only its entry that nobody has collected yet. */
async function gone(pid: number): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z");
    if (/\) [ZX]/.test(stat)) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`process ${pid} is still there`);
}

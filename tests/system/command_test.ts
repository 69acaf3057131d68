import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError, systemCommands } from "../../lib/system/mod.ts";

const { run, follow } = systemCommands();
const failed = CommandError as ErrorConstructor;

Deno.test("run() gives a program its input and gives back what it said and its code", async () => {
  const result = await run("sh", ["-c", "cat; echo oops >&2; exit 3"], { stdin: "text\n" });
  assertEquals(result, { code: 3, stdout: "text\n", stderr: "oops\n" });
});

Deno.test("run() passes megabytes both ways without a deadlock", async () => {
  const stdin = "0123456789abcdef".repeat(256 * 1024);
  assertEquals((await run("cat", [], { stdin })).stdout, stdin);
});

Deno.test("run() does not mind a program that leaves its input unread", async () => {
  const result = await run("sh", ["-c", "exec <&-; echo done"], { stdin: "x".repeat(1 << 20) });
  assertEquals([result.code, result.stdout], [0, "done\n"]);
});

Deno.test("run() says that a program is missing", async () => {
  const thrown = await assertRejects(() => run("porter-no-such-program", []), failed);
  assertEquals(
    thrown.message,
    "Cannot run porter-no-such-program: it is not installed, or not on PATH",
  );
});

Deno.test("run() ends a program that takes too long or says too much, or is not wanted any more", async () => {
  const slow = await assertRejects(() => run("sleep", ["60"], { timeout: 50 }), failed);
  assertEquals(slow.message, "Cannot wait for sleep: no end after 50 ms");
  const loud = await assertRejects(() => run("yes", [], { maxOutput: 1000 }), failed);
  assertEquals(loud.message, "Cannot take the output of yes: more than 1000 bytes");
  const signal = AbortSignal.abort(new Error("stopped"));
  assertEquals((await assertRejects(() => run("true", [], { signal }))).message, "stopped");
  const later = new AbortController();
  const running = run("sleep", ["60"], { signal: later.signal });
  later.abort(new Error("stopped later"));
  assertEquals((await assertRejects(() => running)).message, "stopped later");
});

Deno.test("a prefix goes before the program, as into a network namespace", async () => {
  const inside = systemCommands(["env", "PORTER_TEST=inside"]);
  assertEquals((await inside.run("sh", ["-c", "echo $PORTER_TEST"])).stdout, "inside\n");
});

Deno.test("follow() hands out lines as they come, the last one too, and tells the end", async () => {
  const lines: string[] = [];
  const script = "printf 'a\\nb'; sleep 0.05; printf 'c\\n\\nd'; echo why >&2; exit 4";
  const { signal } = new AbortController();
  const result = await follow("sh", ["-c", script], { onLine: (line) => lines.push(line), signal });
  assertEquals(lines, ["a", "bc", "", "d"]);
  assertEquals([result.code, result.stderr], [4, "why\n"]);
});

Deno.test("follow() ends the program when told so", async () => {
  const stop = new AbortController();
  let pid = 0;
  const result = await follow("sh", ["-c", "echo $$; exec sleep 60"], {
    onLine: (line) => {
      pid = Number(line);
      stop.abort();
    },
    signal: stop.signal,
  });
  assertEquals(result.code, 128 + 9);
  assert(pid > 1);
  const gone = await run("sh", ["-c", `kill -0 ${pid}`]);
  assertStringIncludes(gone.stderr, "No such process");
  assertEquals(
    await follow("sleep", ["60"], { onLine: () => {}, signal: stop.signal }),
    { code: 0, stdout: "", stderr: "" },
  );
});

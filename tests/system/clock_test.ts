import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/system/mod.ts";

Deno.test("clock: a call comes after its delay, a cancelled one and one far away do not", async () => {
  const calls: string[] = [];
  const started = systemClock.monotonic();
  // Longer than the runtime's timers reach; cut short they would fire at once.
  const cancelFar = systemClock.after(2 ** 31 * 3, () => calls.push("far"));
  const cancel = systemClock.after(1, () => calls.push("cancelled"));
  cancel();
  await new Promise<void>((resolve) => {
    const awake = setInterval(() => {}, 1000);
    systemClock.after(20.4, () => {
      clearInterval(awake);
      calls.push("due");
      resolve();
    });
  });
  assert(systemClock.monotonic() - started >= 20.4, "not early, fractions included");
  cancelFar();
  cancel();
  assertEquals(calls, ["due"]);
});

Deno.test("clock: what is due now comes in the next turn, unless it is cancelled", async () => {
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      calls.push("timer");
      resolve();
    }, 50);
    systemClock.after(0, () => {
      calls.push("due");
      // Not in this turn: who asks again and again must not keep others from their turn.
      systemClock.after(0, () => calls.push("due again"));
    });
    systemClock.after(-1, () => calls.push("overdue"));
    systemClock.after(0, () => calls.push("cancelled"))();
    calls.push("asked");
  });
  assertEquals(calls, ["asked", "due", "overdue", "due again", "timer"]);
});

Deno.test("clock: now is the time of day", () => {
  assert(Math.abs(systemClock.now() - Date.now()) < 60_000);
});

Deno.test("clock: a pending call keeps no process alive", async () => {
  const code = `import { systemClock } from "${new URL(
    "../../lib/system/clock.ts",
    import.meta.url,
  )}"; systemClock.after(3600_000, () => {});`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdout: "null",
    stderr: "null",
  });
  assert((await child.output()).success);
});

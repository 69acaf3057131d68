import { assert, assertEquals, assertRejects } from "@std/assert";
import { silentLog } from "../../../lib/ports/mod.ts";
import { DirectoryLock } from "../../../lib/store/mod.ts";
import { systemClock } from "../../../lib/system/mod.ts";

async function becomesLeader(lock: DirectoryLock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = lock.subscribe(resolve);
  // The clock's timers keep no process alive.
  const alive = setInterval(() => {}, 1000);
  if (!lock.leads) await promise;
  clearInterval(alive);
  stop();
}

Deno.test("DirectoryLock lets one of two lead, and the other when the first closes", async () => {
  const statusDirectory = await Deno.makeTempDir();
  const options = { statusDirectory, clock: systemClock, log: silentLog };
  const first = await DirectoryLock.open(options);
  const second = await DirectoryLock.open(options);
  assertEquals([first.leads, second.leads], [true, false]);
  first.close();
  await becomesLeader(second);
  assertEquals([first.leads, second.leads], [false, true]);
  second.close();
  await Deno.remove(statusDirectory, { recursive: true });
});

Deno.test("DirectoryLock of a process that was killed is free at once", async () => {
  const statusDirectory = await Deno.makeTempDir();
  const path = `${statusDirectory}/.lock`;
  const program = `const f = await Deno.open(${JSON.stringify(path)}, {create: true, write: true});
    await f.lock(true); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const lock = await DirectoryLock.open({ statusDirectory, clock: systemClock, log: silentLog });
  assert(!lock.leads);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await becomesLeader(lock);
  lock.close();
  await Deno.remove(statusDirectory, { recursive: true });
});

Deno.test("DirectoryLock refuses a directory that is not there", async () => {
  const options = { statusDirectory: "/nonexistent/here", clock: systemClock, log: silentLog };
  await assertRejects(() => DirectoryLock.open(options));
});

Deno.test("DirectoryLock that is closed while it waits never leads", async () => {
  const statusDirectory = await Deno.makeTempDir();
  const options = { statusDirectory, clock: systemClock, log: silentLog };
  const first = await DirectoryLock.open(options);
  const second = await DirectoryLock.open(options);
  second.close();
  first.close();
  const third = await DirectoryLock.open(options);
  assertEquals([second.leads, third.leads], [false, true]);
  third.close();
  await Deno.remove(statusDirectory, { recursive: true });
});

import { assertEquals, assertRejects } from "@std/assert";
import {
  CommandError,
  type CommandResult,
  type Commands,
  linuxKernel,
} from "../../lib/system/mod.ts";
import { type LogFields, silentLog } from "../../lib/ports/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

const fine: CommandResult = { code: 0, stdout: "", stderr: "" };
const noTable: CommandResult = {
  code: 1,
  stdout: "",
  stderr: "Error: No such file or directory\nlist table inet porter\n                ^^^^^^\n",
};

/** A monitor that runs until the test ends it. */
interface Followed {
  readonly command: string;
  readonly line: (line: string) => void;
  readonly end: (result: CommandResult) => void;
  readonly signal: AbortSignal;
}

/** Commands that answer as told and note what was run. */
function fakeCommands(answer: (line: string) => CommandResult | Error) {
  const ran: { readonly line: string; readonly stdin: string | undefined }[] = [];
  const followed: Followed[] = [];
  const commands: Commands = {
    run: (command, args, options) => {
      const line = [command, ...args].join(" ");
      ran.push({ line, stdin: options?.stdin });
      const result = answer(line);
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    follow: (command, args, { onLine, signal }) =>
      new Promise((end) => {
        followed.push({ command: [command, ...args].join(" "), line: onLine, end, signal });
      }),
  };
  return { commands, ran, followed };
}

function kernelWith(answer: (line: string) => CommandResult | Error) {
  const fake = fakeCommands(answer);
  const clock = new FakeClock();
  const warned: LogFields[] = [];
  const log = {
    ...silentLog,
    warn: (_: string, fields: LogFields = {}) => void warned.push(fields),
  };
  const kernel = linuxKernel({ commands: fake.commands, clock, log });
  return { ...fake, clock, warned, kernel };
}

Deno.test("observe() takes a node without our table, and one without IPv6", async () => {
  const { kernel, ran } = kernelWith((line) =>
    line.startsWith("nft")
      ? noTable
      : line.startsWith("ip -6")
      ? { code: 2, stdout: "", stderr: "Error: ipv6: FIB table does not exist.\nDump terminated\n" }
      : { ...fine, stdout: "[]" }
  );
  assertEquals(await kernel.observe(), {
    routes: [],
    discards: [],
    strayRoutes: [],
    foreignLocal: [],
    table: undefined,
  });
  assertEquals(ran.map(({ line }) => line), [
    "ip -4 -j route show table local",
    "ip -6 -j route show table local",
    "nft -j list table inet porter",
  ]);
});

Deno.test("what fails is one clear line", async () => {
  const cases: [string, CommandResult, string][] = [
    [
      "nft",
      { code: 1, stdout: "", stderr: "Operation not permitted (you must be root)\nnetlink: ...\n" },
      "Cannot run nft list: Operation not permitted (you must be root); " +
      "porter agent needs root or CAP_NET_ADMIN",
    ],
    ["ip -4", { code: 1, stdout: "", stderr: "" }, "Cannot run ip -4 route show: exit code 1"],
    ["ip -6", { code: 1, stdout: "", stderr: "\n odd\n" }, "Cannot run ip -6 route show: odd"],
    ["ip -4", { ...fine, stdout: "{" }, "Cannot read the answer of ip -4 route: no JSON"],
    [
      "nft",
      { ...fine, stdout: "{}" },
      'Cannot read the answer of nft: a list "nftables" was expected',
    ],
  ];
  for (const [command, result, message] of cases) {
    const { kernel } = kernelWith((line) =>
      line.startsWith(command) ? result : line.startsWith("nft") ? noTable : fine
    );
    assertEquals((await assertRejects(() => kernel.observe())).message, message);
  }
});

Deno.test("a program that is missing is named with its package", async () => {
  const cause = new Deno.errors.NotFound();
  const missing = new CommandError("Cannot run nft: it is not installed", { cause });
  const { kernel } = kernelWith((line) => line.startsWith("nft") ? missing : fine);
  const thrown = await assertRejects(() => kernel.observe());
  assertEquals(
    thrown.message,
    "Cannot run nft: it is not installed; install the package nftables",
  );
});

Deno.test("apply() runs nft first, then ip, and neither for nothing", async () => {
  const { kernel, ran } = kernelWith(() => fine);
  await kernel.apply({ nftScript: "", ipBatch: "" });
  assertEquals(ran, []);
  await kernel.apply({ nftScript: "N", ipBatch: "I" });
  assertEquals(ran, [
    { line: "nft -f -", stdin: "N" },
    { line: "ip -force -batch -", stdin: "I" },
  ]);
});

Deno.test("apply() adds no route when the guard was refused", async () => {
  const stderr = "/dev/stdin:1:1-5: Error: syntax error\nnft?\n^^^^\n";
  const { kernel, ran } = kernelWith(() => ({ code: 1, stdout: "", stderr }));
  const thrown = await assertRejects(() => kernel.apply({ nftScript: "N", ipBatch: "I" }));
  assertEquals(thrown.message, "Cannot run nft -f: /dev/stdin:1:1-5: Error: syntax error");
  assertEquals(ran.length, 1);
});

Deno.test("apply() names the line of the batch that was refused, and counts the others", async () => {
  const stderr = "RTNETLINK answers: File exists\nCommand failed -:2\n" +
    "RTNETLINK answers: No such process\nCommand failed -:3\n";
  const { kernel } = kernelWith(() => ({ code: 1, stdout: "", stderr }));
  const thrown = await assertRejects(() => kernel.apply({ nftScript: "", ipBatch: "a\nb\nc\n" }));
  assertEquals(thrown.message, 'Cannot apply "b": RTNETLINK answers: File exists (and 1 more)');
});

Deno.test("watch() wakes for table local and for our nftables table, not for what others do", () => {
  const { kernel, followed } = kernelWith(() => fine);
  let woken = 0;
  const stop = kernel.watch(() => woken++);
  assertEquals(followed.map(({ command }) => command), ["ip -o monitor route", "nft monitor"]);
  const [ip, nft] = followed;
  const lines: [Followed | undefined, string, number][] = [
    [ip, "Deleted local 203.0.113.1 dev lo table local proto 179 scope host ", 1],
    [ip, "local 10.8.8.8 dev lo table local proto kernel scope host src 10.8.8.8 ", 1],
    [ip, "198.51.100.0/24 via 10.0.0.1 dev eth0 proto bird metric 32 ", 0],
    [ip, "10.0.0.7 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE", 0],
    [nft, "delete table inet porter", 1],
    [nft, "delete rule inet porter guard4 handle 11", 1],
    [nft, "add element inet porter eips4 { 203.0.113.1 }", 1],
    [nft, "add element ip kube-proxy cluster-ips { 10.96.0.1 }", 0],
    [nft, "# new generation 4 by process 7473 (nft)", 0],
  ];
  for (const [monitor, line, wakes] of lines) {
    woken = 0;
    monitor?.line(line);
    assertEquals(woken, wakes, line);
  }
  stop();
  assertEquals(followed.map(({ signal }) => signal.aborted), [true, true]);
});

Deno.test("watch() starts a monitor that ended again, ever more slowly, and wakes for what it missed", async () => {
  const { kernel, followed, clock, warned } = kernelWith(() => fine);
  let woken = 0;
  const stop = kernel.watch(() => woken++);
  await clock.advance(250);
  assertEquals(woken, 2);
  const starts: number[] = [];
  for (let n = 0; n < 8; n++) {
    followed.at(-1)?.end({ code: 1, stdout: "", stderr: "Cannot open netlink socket\nmore" });
    await settle();
    const before = clock.monotonic();
    const count = followed.length;
    while (followed.length === count) await clock.advance(100);
    starts.push(clock.monotonic() - before);
  }
  assertEquals(starts, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assertEquals(warned[0], {
    command: "nft monitor",
    reason: "Cannot open netlink socket",
    waited: 200,
  });
  woken = 0;
  await clock.advance(250);
  assertEquals(woken, 1);

  // One that has run for long starts quickly again.
  await clock.advance(60_000);
  followed.at(-1)?.end({ code: 0, stdout: "", stderr: "" });
  await settle();
  const count = followed.length;
  await clock.advance(200);
  assertEquals(followed.length, count + 1);
  assertEquals(warned.at(-1)?.["reason"], "exit code 0");

  stop();
  for (const { end } of followed) end(fine);
  await clock.advance(60_000);
  assertEquals(followed.length, count + 1);
  assertEquals(clock.pending, 0);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLog, type LogOptions } from "../../lib/observe/mod.ts";

function capture(options: LogOptions) {
  const lines: string[] = [];
  const log = createLog({
    now: () => Date.UTC(2026, 10, 23, 3, 0, 0, 7),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

Deno.test("createLog() writes an entry as one line of JSON", () => {
  const { log, lines } = capture({ format: "json" });
  log.info("session.established", { peer: "192.0.2.1", holdTime: 90, as: undefined });
  assertEquals(lines, [
    '{"time":"2026-11-23T03:00:00.007Z","level":"info","event":"session.established",' +
    '"peer":"192.0.2.1","holdTime":90}\n',
  ]);
});

Deno.test("a field cannot take the place of the entry's own names", () => {
  const { log, lines } = capture({ format: "json" });
  log.warn("session.closed", { event: "forged", level: "debug", time: "never" });
  assertEquals(JSON.parse(lines[0] ?? ""), {
    time: "2026-11-23T03:00:00.007Z",
    level: "warn",
    event: "session.closed",
  });
});

Deno.test("createLog() leaves out what is below its level", () => {
  const { log, lines } = capture({ format: "json", level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assertEquals(lines.map((line) => JSON.parse(line).event), ["c", "d"]);
  const all = capture({ format: "json", level: "debug" });
  all.log.debug("a");
  assertEquals(all.lines.length, 1);
  const usual = capture({ format: "json" });
  usual.log.debug("a");
  usual.log.info("b");
  assertEquals(usual.lines.length, 1);
});

Deno.test("with() adds fields to every entry and leaves the first log alone", () => {
  const { log, lines } = capture({ format: "json" });
  const peer = log.with({ peer: "192.0.2.1" }).with({ as: 64512 });
  peer.info("session.opened", { as: 64513 });
  log.info("plan.done");
  const [first, second] = lines.map((line) => JSON.parse(line));
  assertEquals([first.peer, first.as], ["192.0.2.1", 64513]);
  assertEquals("peer" in second, false);
});

Deno.test("text is aligned, and quotes only what needs it", () => {
  const { log, lines } = capture({ format: "text" });
  log.info("plan.done", { routes: 3, names: ["a", "b"], empty: "", reason: "two words" });
  assertEquals(
    lines[0],
    '03:00:00.007 INFO  plan.done                routes=3 names=a,b empty="" reason="two words"\n',
  );
});

const nasty = "down\n03:00:00 INFO x\u001b[2J\u009b1m\u202e\u007f\u{e0001}";

for (const format of ["text", "json"] as const) {
  Deno.test(`${format} lets no outside value forge a line or steer the terminal`, () => {
    const { log, lines } = capture({ format });
    log.warn("session.closed", { text: nasty });
    const line = lines[0] ?? "";
    assert(!/[\p{Cc}\p{Cf}]/u.test(line.slice(0, -1)), JSON.stringify(line));
    assertStringIncludes(line, "down\\n03:00:00 INFO x\\u001b[2J\\u009b1m\\u202e\\u007f");
    const value = format === "json"
      ? line
      : `{${line.slice(line.indexOf("text=")).replace("text=", '"text":')}}`;
    assertEquals(JSON.parse(value).text, nasty);
  });
}

Deno.test("a log whose reader has gone away does not throw", () => {
  const log = createLog({
    format: "json",
    write: () => {
      throw new Deno.errors.BrokenPipe("gone");
    },
  });
  log.error("session.closed");
});

Deno.test("createLog() writes JSON to stderr when that is no terminal", async () => {
  const log = new URL("../../lib/observe/mod.ts", import.meta.url).href;
  const script = `import { createLog } from ${
    JSON.stringify(log)
  }; createLog().info("a.b", { c: 1 });`;
  const ran = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", script],
    stderr: "piped",
    stdout: "piped",
  }).output();
  const line = JSON.parse(new TextDecoder().decode(ran.stderr));
  assertEquals([line.level, line.event, line.c], ["info", "a.b", 1]);
  assertEquals(ran.stdout.length, 0);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { plainAttributes, type Route } from "../../lib/bgp/model/mod.ts";
import { hostPrefix, ipv4 } from "../../lib/net/mod.ts";
import { Recorder } from "../../lib/observe/mod.ts";
import { type LogFields, silentLog } from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const route = (n: number, ...hops: number[]): Route => ({
  prefix: hostPrefix(ipv4(0xcb007100 + n)),
  paths: hops.map((hop) => ({ nextHop: ipv4(0x0a000000 + hop), attributes: plainAttributes })),
});

Deno.test("the recorder keeps what is logged, with the fields bound before, and passes it on", () => {
  const passed: LogFields[] = [];
  const recorder = new Recorder(new FakeClock());
  const bottom = {
    ...silentLog,
    warn: (_: string, fields: LogFields = {}) => void passed.push(fields),
  };
  const log = recorder.listen({ ...bottom, with: () => bottom }).with({ peer: "leaf" });
  log.warn("session.ended", { reason: "Cease/Administrative Shutdown", gone: undefined });
  log.debug("nothing.much", { a: 1 });
  assertEquals(recorder.entries().map(({ event, level, fields }) => [event, level, fields]), [
    ["session.ended", "warn", { peer: "leaf", reason: "Cease/Administrative Shutdown" }],
  ]);
  assertEquals(passed.length, 1);
});

Deno.test("the recorder tells what was announced, changed and withdrawn", () => {
  const recorder = new Recorder(new FakeClock());
  const [one, two] = [route(1, 1, 2), route(2, 1)];
  recorder.announced([one, two]);
  recorder.announced([route(1, 2), two, route(3, 1)]);
  recorder.announced([two, route(3, 1)].slice(0, 1));
  const told = recorder.entries().map(({ event, fields }) =>
    `${event} ${fields.prefix} ${fields.nextHops ?? ""}`.trim()
  );
  assertEquals(told, [
    "route.announced 203.0.113.1/32 10.0.0.1,10.0.0.2",
    "route.announced 203.0.113.2/32 10.0.0.1",
    "route.changed 203.0.113.1/32 10.0.0.2",
    "route.announced 203.0.113.3/32 10.0.0.1",
    "route.withdrawn 203.0.113.1/32",
    "route.withdrawn 203.0.113.3/32",
  ]);
});

Deno.test("the recorder is bounded, whatever happens", () => {
  const recorder = new Recorder(new FakeClock());
  recorder.announced(Array.from({ length: 10_000 }, (_, n) => route(n, 1)));
  assertEquals(recorder.entries().length, 51);
  assertEquals(recorder.entries().at(-1)?.fields, {
    ...{ announced: 10_000, changed: 0, withdrawn: 0, shown: 50 },
  });
  const log = recorder.listen(silentLog);
  for (let n = 0; n < 10_000; n++) log.info("a.thing", { text: "x".repeat(2000) });
  const entries = recorder.entries();
  assertEquals([entries.length, entries.at(-1)?.seq], [2000, 10_051]);
  assertMatch(String(entries.at(-1)?.fields.text), /^x{500}…$/);
  for (let n = 0; n < 1500; n++) {
    for (let m = 0; m < 3; m++) {
      log.debug("session.state", { peer: `p${n}`, from: "Idle", to: "Connect" });
    }
  }
  for (let m = 0; m < 300; m++) log.debug("session.state", { peer: "p0", from: "x", to: `${m}` });
  const [first, late] = recorder.histories(["p0", "p1400"]);
  assertEquals([first?.states.length, first?.states.at(-1)?.state, late?.states], [100, "299", []]);
});

Deno.test("entries can be asked for from a number on, and so many of the last", () => {
  const recorder = new Recorder(new FakeClock());
  const log = recorder.listen(silentLog);
  for (let n = 1; n <= 5; n++) log.info("a.thing", { n });
  const numbers = (options: { after?: number; limit?: number }) =>
    recorder.entries(options).map(({ seq }) => seq);
  assertEquals([numbers({ after: 3 }), numbers({ limit: 2 }), numbers({ after: 9 })], [
    [4, 5],
    [4, 5],
    [],
  ]);
  let woken = 0;
  const stop = recorder.subscribe(() => woken++);
  log.info("a.thing");
  stop();
  log.info("a.thing");
  assertEquals(woken, 1);
  assert(recorder.last === 7);
});

Deno.test("the sessions of agents are remembered as one peer's, and told when they change", () => {
  const clock = { now: () => 7 };
  const recorder = new Recorder(clock);
  const state = (up: number) => ({
    ...{ peer: "leaf", up, agents: 3 },
    state: up === 3 ? "Established" as const : "Partial" as const,
  });
  for (const up of [3, 3, 2, 1, 3]) recorder.agents([state(up)]);
  const [history] = recorder.histories(["leaf"]);
  assertEquals(history?.states.map((each) => each.state), [
    "Established",
    "Partial",
    "Established",
  ]);
  assertEquals(
    recorder.entries().map(({ level, event, fields }) => [level, event, fields["established"]]),
    [
      ["info", "agents.sessions", 3],
      ["warn", "agents.sessions", 2],
      ["warn", "agents.sessions", 1],
      ["info", "agents.sessions", 3],
    ],
  );
});

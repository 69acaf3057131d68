/**
 * What follows of BFD for the sessions.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BfdTarget } from "../../lib/bfd/mod.ts";
import { Liveness } from "../../lib/liveness/mod.ts";
import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SaidMonitor } from "../support/said_monitor.ts";

const address = parseAddress("192.0.2.1") as Address;
const target: BfdTarget = {
  name: "BgpPeer leaf",
  address,
  encapsulation: "single-hop",
  ...{ minTx: 100, minRx: 100, detectMult: 3 },
};

const watched = { bfd: [target], nodeBfd: undefined, conf: undefined };

function world() {
  const clock = new FakeClock();
  const monitor = new SaidMonitor();
  const said: string[] = [];
  const ignored: unknown[] = [];
  let changes = 0;
  const liveness = new Liveness({
    monitor: (onChange) => {
      monitor.onChange = onChange;
      return monitor;
    },
    clock,
    log: {
      ...silentLog,
      warn: (event, { peers } = {}) => void (event === "bfd.ignored" && ignored.push(peers)),
    },
    onPeers: (unreachable) => void said.push([...unreachable].join()),
    onNodes: () => {},
    onChange: () => changes++,
  });
  liveness.watch(watched);
  return { clock, monitor, liveness, said, ignored, changes: () => changes };
}

Deno.test("a session that failed says so at once, until it is Up again", () => {
  const { monitor, said, liveness, changes } = world();
  monitor.say("Up", false);
  assertEquals([said.at(-1), changes()], ["", 1]);
  monitor.say("Down", true);
  assertEquals([said.at(-1), changes()], ["leaf", 2]);
  monitor.say("Init", true);
  assertEquals(said.at(-1), "leaf");
  monitor.say("Up", false);
  assertEquals(said.at(-1), "");
  liveness.close();
});

Deno.test("AdminDown, and a session that was never Up, are no failures", () => {
  const { monitor, said, liveness } = world();
  for (const state of ["Down", "AdminDown", "Init"] as const) monitor.say(state, false);
  assertEquals(new Set(said), new Set([""]));
  liveness.close();
});

Deno.test("after three seconds of silence BGP may try without BFD; the next failure counts anew", async () => {
  const { monitor, said, clock, liveness } = world();
  monitor.say("Down", true);
  await clock.advance(1_500);
  monitor.say("Down", true);
  assertEquals(said.at(-1), "leaf");
  await clock.advance(1_500);
  assertEquals(said.at(-1), "");
  monitor.say("Up", false);
  monitor.say("Down", true);
  assertEquals(said.at(-1), "leaf");
  liveness.close();
  assertEquals(clock.pending, 0);
});

Deno.test("whom BGP tries without BFD is logged, by name, each when its own time is over", async () => {
  const { monitor, clock, liveness, ignored } = world();
  monitor.say("Down", true);
  await clock.advance(1_000);
  monitor.said.push(...monitor.said.map((each) => ({ ...each, name: "BgpPeer spine" })));
  monitor.onChange();
  await clock.advance(10_000);
  assertEquals(ignored, [["leaf"], ["spine"]]);
  liveness.close();
});

Deno.test("close() leaves no timer behind, whatever the monitor says while it ends", () => {
  const { monitor, clock, liveness } = world();
  monitor.say("Down", true);
  monitor.close = () => void monitor.say("AdminDown", true);
  liveness.close();
  assertEquals(clock.pending, 0);
});

Deno.test("a node's session is no peer's", () => {
  const { monitor, said, liveness } = world();
  monitor.say("Down", true, "Node leaf");
  assertEquals(said.at(-1), "");
  liveness.close();
});

Deno.test("a session that cannot run here is refused for its BgpPeer, by name", () => {
  const { monitor, liveness } = world();
  const peer = { kind: "BgpPeer", namespace: "", name: "leaf" };
  assertEquals(liveness.refusals(watched, [peer]), []);
  monitor.why = "another process holds it";
  assertEquals(liveness.refusals(watched, [peer]), [{
    object: peer,
    reason: "BfdUnavailable",
    message: "Cannot watch 192.0.2.1 with BFD: another process holds it",
  }]);
  liveness.close();
});

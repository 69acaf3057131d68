/**
 * The agent's answers to the managers' BFD.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Reflecting } from "../../lib/agent/mod.ts";
import { BfdMonitor } from "../../lib/bfd/mod.ts";
import type { Node } from "../../lib/objects/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { FakeClock, settleMicrotasks as settle } from "../support/fake_clock.ts";
import { FakeNetwork } from "../support/fake_datagrams.ts";
import { addressOf, node, snapshot } from "../support/objects.ts";

Deno.test("an agent answers on its node's InternalIPs as they are now, and tells when it goes", async () => {
  const network = new FakeNetwork();
  const clock = new FakeClock(settle);
  const ports = { clock, log: silentLog };
  let nodes: readonly Node[] = [];
  let changed = (): void => {};
  const store = {
    snapshot: () => snapshot({ nodes }),
    subscribe: (fn: () => void) => {
      changed = fn;
      return () => {};
    },
  };
  const monitor = new BfdMonitor({
    ...ports,
    datagrams: network.host(addressOf("10.0.0.2"), false),
    random: Math.random,
    onChange: () => {},
  });
  const target = (name: string, address: string) => ({
    ...{ name, address: addressOf(address), encapsulation: "seamless" as const },
    ...{ minTx: 100, minRx: 100, detectMult: 3 },
  });
  monitor.setTargets([target("old", "10.0.0.11"), target("new", "10.0.0.12")]);
  const states = () => monitor.sessions().map(({ state }) => state);
  const datagrams = network.host(addressOf("10.0.0.11"));
  const reflecting = new Reflecting({ ...ports, datagrams, store, node: "node1" });
  reflecting.start();
  await clock.advance(1500);
  assertEquals(states(), ["Down", "Down"], "nobody knows the node yet");
  nodes = [node("other", ["10.0.0.12"]), node("node1", ["10.0.0.11"])];
  changed();
  await clock.advance(1500);
  assertEquals(states(), ["Up", "Down"]);
  nodes = [node("node1", ["10.0.0.12"])];
  changed();
  await clock.advance(1500);
  assertEquals(states(), ["Down", "Up"]);
  nodes = [];
  changed();
  await clock.advance(1500);
  assertEquals(states(), ["Down", "Up"], "a Node that is missing may only be late");
  reflecting.stop();
  await clock.advance(1500);
  assertEquals(states(), ["Down", "Down"]);
  assertEquals(monitor.sessions().map(({ failed }) => failed), [false, false]);
  monitor.close();
});

/**
 * Which losses of nodes are believed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BfdStatus } from "../../lib/bfd/mod.ts";
import { NodeLiveness } from "../../lib/liveness/node_liveness.ts";
import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const address = parseAddress("192.0.2.1") as Address;

/** u: Up, f: failed, d: Down and never Up, a: AdminDown by the node. */
function session(name: string, how: string): BfdStatus {
  return {
    ...{ name: `Node ${name}`, address, encapsulation: "seamless", since: 0, failures: 0 },
    state: how === "u" ? "Up" : "Down",
    remoteState: how === "a" ? "AdminDown" : "Up",
    wasUp: how !== "d",
    failed: how === "f",
    ...{ transmitInterval: 100, detectionTime: 300 },
  };
}

class World {
  readonly clock = new FakeClock();
  changes = 0;
  readonly liveness = new NodeLiveness({
    clock: this.clock,
    log: silentLog,
    onChange: () => this.changes++,
  });
  maxUnreachable = 50;
  eligible = Array.from({ length: 10 }, (_, index) => String(index + 1));

  /** The first letter is node 1's, the next node 2's. */
  look(how: string): void {
    const sessions = how.split("").map((each, index) => session(String(index + 1), each));
    this.liveness.look(sessions, {
      maxUnreachable: this.maxUnreachable,
      gatherMs: 100,
      eligible: new Set(this.eligible),
    });
  }

  get out(): string {
    return [...this.liveness.out].join("");
  }
}

Deno.test("a node that BFD has lost is out when the others had time to be lost too, and back at once", async () => {
  const world = new World();
  world.look("uuuu");
  world.look("fuuu");
  assertEquals(world.out, "");
  await world.clock.advance(99);
  assertEquals(world.out, "");
  await world.clock.advance(1);
  assertEquals(world.out, "1");
  world.look("uuuu");
  assertEquals(world.out, "");
  assertEquals(world.changes, 2);
});

Deno.test("half may be lost, more is not believed: then nothing changes, and it is said", async () => {
  const world = new World();
  world.look("uuuu");
  world.look("fuuf");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["14", undefined]);
  world.look("ffuf");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["14", { lost: 3, watched: 4 }]);
  world.look("ufuf");
  assertEquals(world.out, "4", "one that is back is back all the same");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["24", undefined]);
  world.look("uuuu");
  assertEquals([world.out, world.liveness.held], ["", undefined]);
});

Deno.test("losses of one cause that come one after the other are judged together", async () => {
  const world = new World();
  world.look("uuuu");
  for (const how of ["fuuu", "ffuu", "fffu", "ffff"]) {
    world.look(how);
    await world.clock.advance(25);
  }
  assertEquals([world.out, world.liveness.held], ["", { lost: 4, watched: 4 }]);
});

Deno.test("the only node is never taken out, one of two is", async () => {
  const world = new World();
  world.look("u");
  world.look("f");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["", { lost: 1, watched: 1 }]);
  world.look("fu");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["1", undefined]);
});

Deno.test("nodes that were never Up, that say AdminDown, or that are out anyway do not count", async () => {
  const world = new World();
  world.look("uudda");
  world.look("fudda");
  await world.clock.advance(100);
  assertEquals(world.out, "1", "one of the two that are watched");
  world.eligible = ["1"];
  world.look("fudda");
  await world.clock.advance(100);
  assertEquals(world.out, "1", "it stays out while it is lost");
  world.eligible = ["2"];
  world.look("fudda");
  await world.clock.advance(100);
  assertEquals(world.out, "", "Kubernetes says by now that it is not ready");
});

Deno.test("the share that may be lost is set: none, or all", async () => {
  const world = new World();
  world.maxUnreachable = 0;
  world.look("uuuuuuuuuu");
  world.look("fuuuuuuuuu");
  await world.clock.advance(100);
  assertEquals([world.out, world.liveness.held], ["", { lost: 1, watched: 10 }]);
  world.maxUnreachable = 100;
  world.look("ffffffffff");
  await world.clock.advance(100);
  assertEquals([world.out.length, world.liveness.held], [11, undefined]);
});

Deno.test("when nodes are watched no longer nobody is out", async () => {
  const world = new World();
  world.look("uu");
  world.look("fu");
  await world.clock.advance(100);
  world.liveness.look([], undefined);
  assertEquals([world.out, world.liveness.held], ["", undefined]);
  world.liveness.close();
  assertEquals(world.clock.pending, 0);
});

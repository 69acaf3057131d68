/** EIPs of deleted Services stay on a node until the brake's word has come, where there is a brake. */

import { assertEquals } from "@std/assert";
import { Lingering } from "../../lib/agent/mod.ts";
import type { HostEip } from "../../lib/host/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { hostState } from "../../lib/plan/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { addressOf, bgpConf, service, snapshot } from "../support/objects.ts";

const conf = bgpConf("conf");
const brake = { maxWithdrawn: 50, within: 10_000, minRoutes: 1 };
const held = (addresses: readonly string[]) => ({
  brake: {
    ...{ since: "2026-01-31T12:00:00Z", routes: 1, percent: 100 },
    held: [{ addresses, paths: [{ nextHop: "10.0.0.1" }] }],
  },
});

function world(
  services: readonly string[],
  { on = true, status = {} }: { on?: boolean; status?: Record<string, unknown> } = {},
): Snapshot {
  return snapshot({
    bgpConfs: [{ ...conf, status, spec: { ...conf.spec, ...(on && { brake }) } }],
    services: services.map((each) => service(`svc${each}`, { held: { [each]: "edge" } })),
  });
}

function bench(keepPorts: boolean, found: readonly HostEip[] = []) {
  const clock = new FakeClock();
  let changes = 0;
  const store = { snapshot: () => world([]), subscribe: () => () => {} };
  const lingering = new Lingering({ store, clock, hostState, keepPorts, found });
  const stop = lingering.subscribe(() => void changes++);
  const look = (objects: Snapshot): readonly string[] =>
    lingering.hostState(objects).eips.map(({ address, ports }) =>
      [formatAddress(address), ...ports.map(({ port }) => port)].join(" ")
    );
  return { clock, look, stop, changes: () => changes };
}

const both = ["203.0.113.1", "203.0.113.2"];

Deno.test("with a directory a deleted Service's EIP stays as it was while the brake holds it", async () => {
  const { clock, look, stop, changes } = bench(true);
  look(world(both));
  assertEquals(look(world([])), ["203.0.113.1 80", "203.0.113.2 80"], "nothing was said yet");
  await clock.advance(200);
  const status = held(["203.0.113.1"]);
  assertEquals(look(world([], { status })), ["203.0.113.1 80", "203.0.113.2 80"]);
  await clock.advance(3000);
  assertEquals(changes(), 1);
  assertEquals(look(world([], { status })), ["203.0.113.1 80"], "the other one was let go");
  await clock.advance(60_000);
  assertEquals(look(world([], { status })), ["203.0.113.1 80"]);
  assertEquals(look(world([])), ["203.0.113.1 80"], "released: its route goes now");
  await clock.advance(3000);
  assertEquals(look(world([])), []);
  stop();
  assertEquals(clock.pending, 0);
});

Deno.test("in a cluster everything on it is refused", async () => {
  const { clock, look, stop } = bench(false);
  look(world(both));
  const status = held(["203.0.113.1-203.0.113.2"]);
  assertEquals(look(world(["203.0.113.1"])), ["203.0.113.1 80", "203.0.113.2"]);
  assertEquals(look(world([], { status })), ["203.0.113.1", "203.0.113.2"]);
  assertEquals(look(world(both, { status })), ["203.0.113.1 80", "203.0.113.2 80"]);
  await clock.advance(10_000);
  assertEquals(look(world(both)), ["203.0.113.1 80", "203.0.113.2 80"]);
  stop();
});

Deno.test("an agent that starts while the brake holds goes on with the ports that it finds", () => {
  const { look, stop } = bench(true, [
    { address: addressOf("203.0.113.1"), ports: [{ protocol: "tcp", port: 80 }] },
    { address: addressOf("203.0.113.2"), ports: [{ protocol: "udp", port: 53 }] },
  ]);
  const status = held(["203.0.113.1"]);
  assertEquals(look(world(["203.0.113.2"], { status })), ["203.0.113.1 80", "203.0.113.2 80"]);
  stop();
  const cluster = bench(false, [
    { address: addressOf("203.0.113.1"), ports: [{ protocol: "tcp", port: 80 }] },
  ]);
  assertEquals(cluster.look(world([], { status })), ["203.0.113.1"]);
  cluster.stop();
});

Deno.test("without a brake nothing lingers", () => {
  const { clock, look, stop } = bench(true);
  look(world(both, { on: false }));
  assertEquals(look(world([], { on: false })), []);
  assertEquals(clock.pending, 0);
  stop();
});

/**
 * What a manager does while nothing changes: nothing, over a real speaker and its sessions.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Speaker } from "../../lib/bgp/mod.ts";
import { Manager } from "../../lib/manager/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { Incoming, peerAt, self } from "../bgp/speaker/bench.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeNetwork } from "../support/fake_transport.ts";

const group = "network.kubesphere.io/v1alpha1";
const conf = {
  ...{ apiVersion: group, kind: "BgpConf", metadata: { name: "conf" } },
  spec: { as: 64512, routerID: "10.0.0.2", port: 179 },
};
const peer = (name: string, spec: Readonly<Record<string, unknown>>): unknown => ({
  ...{ apiVersion: group, kind: "BgpPeer", metadata: { name }, spec },
});
const leaf = peer("leaf", { config: { peerAs: 64513, neighborAddress: "10.0.1.1" } });
/** Nobody ever comes of it. */
const range = peer("servers", { config: { peerAs: 64514, listenRange: "10.0.9.0/24" } });

/** How often a manager with a session plans in a minute, half a minute after it started. */
async function passesInAMinute(objects: readonly unknown[]): Promise<number> {
  const network = new FakeNetwork();
  const incoming = new Incoming(network, peerAt(1));
  const clock = new FakeClock();
  let passes = 0;
  const manager = new Manager({
    ...{ store: openMemoryStore(objects), clock, log: silentLog },
    speaker: (onChange) =>
      new Speaker({
        ...{ transport: network.host(self), clock, random: () => 0.5, log: silentLog, onChange },
      }),
    onPass: () => passes++,
  });
  manager.start();
  const [talker] = await Promise.all([incoming.establish(), clock.advance(1)]);
  await clock.advance(30_000);
  const before = passes;
  await talker.say({ type: "keepalive" });
  await clock.advance(60_000);
  const planned = passes - before;
  talker.connection.close();
  await Promise.all([manager.stop(), clock.advance(2_000)]);
  incoming.close();
  return planned;
}

Deno.test("a manager with an Established session does not plan while nothing changes", async () => {
  assertEquals(await passesInAMinute([conf, leaf]), 0);
});

Deno.test("nor does one that waits for whoever comes", async () => {
  assertEquals(await passesInAMinute([conf, leaf, range]), 0);
});

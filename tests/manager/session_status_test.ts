/**
 * What a session that does not come up costs the store: writes, counted, over a real speaker whose peer refuses
 * it, does not answer, or hangs up.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Speaker } from "../../lib/bgp/mod.ts";
import { Manager } from "../../lib/manager/mod.ts";
import { silentLog, type StatusPatch } from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { FakeClock, settleMicrotasks } from "../support/fake_clock.ts";
import { FakeNetwork } from "../support/fake_transport.ts";
import { addressOf } from "../support/objects.ts";

const group = "network.kubesphere.io/v1alpha1";
const [self, leaf] = [addressOf("10.0.0.2"), addressOf("10.0.0.1")];
const objects = [
  {
    ...{ apiVersion: group, kind: "BgpConf", metadata: { name: "conf" } },
    spec: { as: 64620, routerID: "10.0.0.2", port: 179 },
  },
  {
    ...{ apiVersion: group, kind: "BgpPeer", metadata: { name: "leaf" } },
    spec: {
      config: { peerAs: 64600, neighborAddress: "10.0.0.1" },
      timers: { config: { connectRetry: 5 } },
    },
  },
];

/** The statuses written to the BgpPeer in an hour, and how often the leaf was tried meanwhile. */
async function anHourOf(
  network: FakeNetwork,
): Promise<{ readonly written: readonly StatusPatch[]; readonly tries: number }> {
  const clock = new FakeClock(settleMicrotasks);
  const store = openMemoryStore(objects);
  const written: StatusPatch[] = [];
  const manager = new Manager({
    store: {
      ...store,
      snapshot: () => store.snapshot(),
      subscribe: (changed) => store.subscribe(changed),
      patch: (patches) => {
        written.push(...patches.filter(({ object }) => object.kind === "BgpPeer"));
        return store.patch(patches);
      },
    },
    ...{ clock, log: silentLog },
    speaker: (onChange) =>
      new Speaker({
        ...{ transport: network.host(self), clock, random: () => 0.5, log: silentLog, onChange },
      }),
  });
  manager.start();
  await clock.advance(3_600_000);
  await manager.stop();
  return { written, tries: network.attempts.get("10.0.0.1:179") ?? 0 };
}

/** A few at the start: that there is no session, then why. */
const most = 3;

for (const what of ["refuses", "answers nothing", "hangs up"] as const) {
  Deno.test(`a peer that ${what} is tried for an hour and costs ${most} writes at most`, async () => {
    const network = new FakeNetwork();
    if (what === "answers nothing") network.blackHoles.add("10.0.0.1");
    if (what === "hangs up") {
      const listener = network.host(leaf).listen({ address: leaf, port: 179 });
      const hangUp = async (): Promise<void> => {
        for (let next = await listener.accept(); next; next = await listener.accept()) next.close();
      };
      void hangUp();
    }
    const { written, tries } = await anHourOf(network);
    assert(tries > 25, `${tries} tries`);
    assert(written.length <= most, Deno.inspect(written, { depth: 9 }));
    assertEquals(written.some(({ status }) => status?.["state"] === "Down"), true);
  });
}

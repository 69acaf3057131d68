/**
 * A hostile peer in every state, beside one that behaves: whatever it does, the other session has no
 * transition and its table is right, and the hostile one may have a session when it behaves again.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Ipv4 } from "../../../lib/net/mod.ts";
import { encodeMessage, initialCodec } from "../../../lib/bgp/wire/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, peerAt, routes, type Talker, talkerOpen } from "./bench.ts";

const good = peerAt(1);
const bad = peerAt(2, { passive: true });

/** How a peer gets into each state, and the message that has no place there. */
const states = {
  OpenSent: { reach: () => Promise.resolve(), unexpected: { type: "keepalive" } as const },
  OpenConfirm: {
    reach: (talker: Talker) => talker.say(talkerOpen(bad)),
    unexpected: talkerOpen(bad),
  },
  Established: {
    reach: async (talker: Talker) => void await talker.establish(bad),
    unexpected: talkerOpen(bad),
  },
} as const;

const open = encodeMessage(talkerOpen(bad), initialCodec);
const garbage = new Uint8Array(100_000).map((_, index) => index * 31);

/** What it does there, and whether the speaker may go on with the connection. */
const attacks: Readonly<Record<string, (talker: Talker, state: keyof typeof states) => unknown>> = {
  "resets": (talker) => talker.connection.close(),
  "sends garbage": (talker) => talker.raw(garbage),
  "sends half a message and resets": async (talker) => {
    await talker.raw(open.subarray(0, 30));
    talker.connection.close();
  },
  "sends what has no place there": (talker, state) => talker.say(states[state].unexpected),
  "sends a length of 65535 and nothing behind it": (talker) =>
    talker.raw(Uint8Array.from([...new Array<number>(16).fill(255), 255, 255, 2])),
};

for (const state of Object.keys(states) as (keyof typeof states)[]) {
  for (const [what, attack] of Object.entries(attacks)) {
    Deno.test(`a peer that ${what} in ${state} touches nobody else`, async () => {
      const bench = new Bench();
      const incoming = bench.listen(good);
      bench.speaker.setRoutes(routes(100));
      await bench.start(good, bad);
      const neighbour = await incoming.establish();
      await neighbour.told(100);
      for (let time = 0; time < 3; time++) {
        const talker = await bench.connect(bad.address as Ipv4);
        await states[state].reach(talker);
        assertEquals(bench.state("leaf-2"), state);
        await attack(talker, state);
        await settle();
        assert(bench.state("leaf-2") !== state, "the attack has no consequence");
        // Longer than any idle hold; the good one stays alive.
        for (let second = 0; second < 80; second += 20) {
          await bench.clock.advance(20_000);
          await neighbour.say({ type: "keepalive" });
        }
      }
      bench.speaker.setRoutes(routes(120));
      await neighbour.told(20);
      const [first] = bench.speaker.peers();
      assertEquals([first?.state, first?.flaps, first?.prefixesSent], ["Established", 0, 120]);
      const ups = bench.logged("session.state").filter(({ fields }) => fields["peer"] === "leaf-1");
      assertEquals(ups.at(-1)?.fields["to"], "Established");
      assertEquals(bench.logged("session.established")[0]?.fields["peer"], "leaf-1");
      // Whoever behaves again is let in.
      const talker = await bench.connect(bad.address as Ipv4);
      await talker.establish(bad);
      await talker.told(120);
    });
  }
}

Deno.test("an OPEN that comes byte by byte is read, one that never ends is left after four minutes", async () => {
  const bench = new Bench();
  await bench.start(bad);
  const slow = await bench.connect(bad.address as Ipv4);
  for (const byte of open) await slow.connection.write(Uint8Array.of(byte));
  await settle();
  assertEquals(bench.state("leaf-2"), "OpenConfirm");
  slow.connection.close();
  await settle();
  await bench.clock.advance(80_000);
  const slower = await bench.connect(bad.address as Ipv4);
  for (let at = 0; at < 24; at++) {
    await slower.raw(open.subarray(at, at + 1));
    await bench.clock.advance(10_000);
  }
  assertEquals(await slower.farewell(), "4/0");
});

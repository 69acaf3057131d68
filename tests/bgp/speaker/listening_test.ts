import { assertEquals, assertStringIncludes } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import type { Connection, Listener, Transport } from "../../../lib/ports/mod.ts";
import { Speaker } from "../../../lib/bgp/speaker/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { type Entry, local, recorder } from "./bench.ts";

/** A Transport whose listeners fail when the test says so. */
class Fragile {
  opened = 0;
  closed = 0;
  #accepting: PromiseWithResolvers<Connection | undefined> | undefined;
  readonly transport: Transport = {
    connect: () => Promise.reject(new Error("connection refused")),
    listen: ({ port }) => this.#listen(port),
  };

  fail(message: string): void {
    this.#accepting?.reject(new Error(message));
  }

  #listen(port: number): Listener {
    this.opened++;
    return {
      local: { address: ipv4(0), port },
      barred: new Map(),
      expect: () => true,
      accept: () => (this.#accepting = Promise.withResolvers<Connection | undefined>()).promise,
      close: () => {
        this.closed++;
        this.#accepting?.resolve(undefined);
      },
    };
  }
}

Deno.test("a listener that fails is closed, told, and opened again with growing delays", async () => {
  const clock = new FakeClock();
  const entries: Entry[] = [];
  const fragile = new Fragile();
  const speaker = new Speaker({
    transport: fragile.transport,
    clock,
    random: () => 0.5,
    log: recorder(entries),
  });
  speaker.configure(local);
  await settle();
  assertEquals([fragile.opened, fragile.closed], [1, 0]);
  fragile.fail("too many open files");
  await settle();
  assertEquals([fragile.opened, fragile.closed], [1, 1]);
  assertStringIncludes(speaker.status().listenError ?? "", "too many open files");
  assertEquals(speaker.status().listening, undefined);
  await clock.advance(875);
  assertEquals(fragile.opened, 2);
  assertEquals(speaker.status().listenError, undefined);
  assertEquals(entries.filter((it) => it.event === "listener.failed").length, 1);
  speaker.configure({ ...local, listen: { port: 180 } });
  await settle();
  assertEquals([fragile.opened, fragile.closed], [3, 2]);
  await clock.advance(600_000);
  assertEquals(fragile.opened, 3, "a listener that was closed on purpose is not opened again");
  await speaker.close();
  assertEquals(fragile.closed, 3);
});

import { assertEquals } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import type { Connection } from "../../../lib/ports/mod.ts";
import type { ConnectionEvent } from "../../../lib/bgp/fsm/mod.ts";
import { Farewells } from "../../../lib/bgp/speaker/farewells.ts";
import { Link, type MessageCounts } from "../../../lib/bgp/speaker/link.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

const counts = (): MessageCounts => ({
  "open": 0,
  "update": 0,
  "notification": 0,
  "keepalive": 0,
  "route-refresh": 0,
});

/** A link over a connection whose writes end when the test says so. */
class Wire {
  readonly written: number[] = [];
  readonly events: ConnectionEvent[] = [];
  readonly clock = new FakeClock();
  isClosed = false;
  #pending: PromiseWithResolvers<void> | undefined;
  #eof = Promise.withResolvers<undefined>();
  readonly link = new Link({
    connection: this.#connection(),
    clock: this.clock,
    farewells: new Farewells(this.clock),
    sent: counts(),
    received: counts(),
    onEvent: (event) => this.events.push(event),
    onFaults: () => {},
  });

  /** The write that is under way ends. */
  accept(): void {
    this.#pending?.resolve();
  }

  #connection(): Connection {
    const end = { address: ipv4(1), port: 179 };
    return {
      remote: end,
      local: end,
      read: () => this.#eof.promise,
      write: (bytes) => {
        this.written.push(bytes[18] ?? 0);
        this.#pending = Promise.withResolvers<void>();
        return this.#pending.promise;
      },
      close: () => {
        this.isClosed = true;
        this.#eof.resolve(undefined);
      },
    };
  }
}

const keepalive = { type: "keepalive" } as const;
const refresh = { type: "route-refresh", afi: 1, safi: 1, subtype: 0 } as const;

Deno.test("what is sent just when a write ends is written, at whatever moment that is", async () => {
  for (let moments = 0; moments < 12; moments++) {
    const wire = new Wire();
    wire.link.send(refresh);
    wire.accept();
    for (let i = 0; i < moments; i++) await Promise.resolve();
    wire.link.send(keepalive);
    await settle();
    assertEquals(wire.written, [5, 4], `${moments} microtasks later`);
  }
});

Deno.test("one write at a time, what is urgent before more routes", async () => {
  const wire = new Wire();
  const update = new Uint8Array(23);
  update[17] = 23;
  update[18] = 2;
  let chunks = 3;
  wire.link.sendRoutes(() => chunks-- > 0 ? update : undefined);
  wire.link.send(keepalive);
  assertEquals(wire.written, [2]);
  for (let i = 0; i < 5; i++) {
    wire.accept();
    await settle();
  }
  assertEquals(wire.written, [2, 4, 2, 2]);
});

Deno.test("closing writes what was sent before, no routes, and cuts after a second", async () => {
  const wire = new Wire();
  let asked = 0;
  wire.link.send(keepalive);
  wire.link.sendRoutes(() => void asked++);
  wire.link.send({ type: "notification", code: 6, subcode: 2, data: new Uint8Array() });
  wire.link.close();
  wire.accept();
  await settle();
  assertEquals(wire.written, [4, 3]);
  assertEquals([asked, wire.isClosed], [0, false]);
  await wire.clock.advance(999);
  assertEquals(wire.isClosed, false);
  await wire.clock.advance(1);
  assertEquals(wire.isClosed, true);
  assertEquals(wire.events, []);
});

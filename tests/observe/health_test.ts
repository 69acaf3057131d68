import { assert, assertEquals, assertThrows } from "@std/assert";
import { type HealthServer, parseHealthAddress, serveHealth } from "../../lib/observe/mod.ts";
import type { Clock, Pulse } from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const here = { hostname: "127.0.0.1", port: 0 };

async function ask(server: HealthServer, path: string, method = "GET"): Promise<[number, string]> {
  const url = `http://127.0.0.1:${server.address.port}${path}`;
  const response = await fetch(url, { method });
  return [response.status, await response.text()];
}

Deno.test("healthy and ready is 200 on both paths, and nothing else is there", async () => {
  const pulse = { overdueMs: 0, missing: [] };
  const server = serveHealth({ address: here, clock: new FakeClock(), pulse: () => pulse });
  try {
    assertEquals(await ask(server, "/healthz"), [200, "ok\n"]);
    assertEquals(await ask(server, "/readyz"), [200, "ok\n"]);
    assertEquals(await ask(server, "/readyz", "HEAD"), [200, ""]);
    assertEquals((await ask(server, "/healthz", "POST"))[0], 405);
    assertEquals((await ask(server, "/metrics"))[0], 404);
  } finally {
    await server.close();
  }
});

Deno.test("what is missing is no reason to be started again, and is told in words", async () => {
  const pulse = { overdueMs: 3000, missing: ["the session with BgpPeer leaf is Connect"] };
  const unreadable = new Map([["Eip", "403: forbidden"]]);
  const options = { address: here, clock: new FakeClock(), pulse: () => pulse, unreadable };
  const server = serveHealth(options);
  try {
    assertEquals(await ask(server, "/healthz"), [200, "ok\n"]);
    assertEquals(await ask(server, "/readyz"), [
      503,
      "the session with BgpPeer leaf is Connect\nEip: cannot be read: 403: forbidden\n",
    ]);
  } finally {
    await server.close();
  }
});

Deno.test("a pass that does not end is told by both", async () => {
  let pulse: Pulse = { overdueMs: 120_000, missing: [] };
  const server = serveHealth({ address: here, clock: new FakeClock(), pulse: () => pulse });
  try {
    assertEquals((await ask(server, "/healthz"))[0], 200);
    pulse = { ...pulse, overdueMs: 121_000 };
    for (const path of ["/healthz", "/readyz"]) {
      assertEquals(await ask(server, path), [503, "a pass has been due for 121 s\n"]);
    }
  } finally {
    await server.close();
  }
});

Deno.test("timers that no longer fire are told, and forgotten once they do", async () => {
  const fake = new FakeClock();
  let stalled = 0;
  // Time goes on and nothing is called back, as when the loop hangs in between.
  const clock: Clock = {
    now: () => fake.now(),
    monotonic: () => fake.monotonic() + stalled,
    after: (ms, fn) => fake.after(ms, fn),
  };
  const pulse = { overdueMs: 0, missing: [] };
  const server = serveHealth({ address: here, clock, pulse: () => pulse });
  try {
    await fake.advance(60_000);
    assertEquals((await ask(server, "/healthz"))[0], 200);
    stalled = 20_000;
    assertEquals(await ask(server, "/healthz"), [503, "timers are 19 s late\n"]);
    await fake.advance(1000);
    assertEquals((await ask(server, "/healthz"))[0], 200);
  } finally {
    await server.close();
  }
  assertEquals(fake.pending, 0);
});

Deno.test("an address that is taken throws at once and leaves no timer", async () => {
  const clock = new FakeClock();
  const pulse = () => ({ overdueMs: 0, missing: [] });
  const first = serveHealth({ address: here, clock, pulse });
  const other = new FakeClock();
  const thrown = assertThrows(() => serveHealth({ address: first.address, clock: other, pulse }));
  assert(thrown instanceof Deno.errors.AddrInUse);
  assertEquals(other.pending, 0);
  await first.close();
});

Deno.test("parseHealthAddress() takes a host and a port and nothing less", () => {
  assertEquals(parseHealthAddress("127.0.0.1:7980"), { hostname: "127.0.0.1", port: 7980 });
  assertEquals(parseHealthAddress("[::1]:80"), { hostname: "::1", port: 80 });
  assertEquals(parseHealthAddress("localhost:1"), { hostname: "localhost", port: 1 });
  for (const wrong of ["", "7980", ":7980", "::1:80", "127.0.0.1", "a:70000", "a:b", "a:1/x"]) {
    assertEquals(parseHealthAddress(wrong), undefined, wrong);
  }
});

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Address, formatAddress, ipv4, ipv6, parseAddress } from "../../lib/net/mod.ts";
import type { Connection, Listener } from "../../lib/ports/mod.ts";
import { tcpTransport } from "../../lib/system/mod.ts";

const transport = tcpTransport();
const loopback = ipv4(0x7f000001);
const never = new AbortController().signal;

async function connected(
  listener: Listener,
  to: Address,
  from?: Address,
): Promise<[Connection, Connection]> {
  const remote = { address: to, port: listener.local.port };
  const options = { remote, signal: never, ...(from && { localAddress: from }) };
  const [near, far] = await Promise.all([transport.connect(options), listener.accept()]);
  assert(far !== undefined);
  return [near, far];
}

async function readAll(connection: Connection): Promise<number> {
  let count = 0;
  for (let it = await connection.read(); it; it = await connection.read()) count += it.length;
  return count;
}

const source = parseAddress("127.0.0.9");
for (
  const [how, from] of [["as the kernel likes", undefined], ["from an address", source]] as const
) {
  Deno.test(`tcp: a connection made ${how} carries bytes both ways until it is closed`, async () => {
    const listener = transport.listen({ address: loopback, port: 0 });
    const [near, far] = await connected(listener, loopback, from);
    assertEquals(formatAddress(far.remote.address), from ? "127.0.0.9" : "127.0.0.1");
    assertEquals(near.local, far.remote);
    assertEquals(near.remote, far.local);
    // More than the kernel takes at once, so that short writes are met.
    const size = 20_000_000;
    const [, count] = await Promise.all([
      near.write(new Uint8Array(size)).then(() => near.close()),
      readAll(far),
    ]);
    assertEquals(count, size);
    far.close();
    far.close();
    const [again, other] = await connected(listener, loopback, from);
    await other.write(Uint8Array.of(1, 2, 3));
    assertEquals(await again.read(), Uint8Array.of(1, 2, 3));
    const reading = again.read();
    again.close();
    assertEquals(await reading, undefined);
    other.close();
    listener.close();
  });
}

Deno.test("tcp: an IPv4 connection to a listener of both families is an IPv4 one", async () => {
  const listener = transport.listen({ port: 0 });
  const [near, far] = await connected(listener, loopback);
  assertEquals(far.remote.address, loopback);
  assertEquals(far.local.address, loopback);
  near.close();
  far.close();
  const [six, other] = await connected(listener, ipv6(1n));
  assertEquals(formatAddress(other.remote.address), "::1");
  six.close();
  other.close();
  listener.close();
});

Deno.test("tcp: a closed listener ends accept", async () => {
  const listener = transport.listen({ address: loopback, port: 0 });
  const accepting = listener.accept();
  listener.close();
  assertEquals(await accepting, undefined);
  listener.close();
});

Deno.test("tcp: a port in use is told with the command that shows who has it", () => {
  const listener = transport.listen({ port: 0 });
  const { port } = listener.local;
  const error = assertThrows(() => transport.listen({ port }));
  assertEquals(error.name, "ListenError");
  assertStringIncludes(error.message, `Cannot listen on port ${port}`);
  assertStringIncludes(error.message, `ss -ltnp 'sport = :${port}'`);
  listener.close();
});

Deno.test("tcp: an address of another host is told as such", () => {
  const address = parseAddress("192.0.2.77");
  assert(address !== undefined);
  const error = assertThrows(() => transport.listen({ address, port: 0 }));
  assertEquals(error.name, "ListenError");
  assertStringIncludes(error.message, "does not have the address");
});

for (const from of [undefined, source]) {
  Deno.test(`tcp: a refused connection says who refused${from ? ", from an address too" : ""}`, async () => {
    const listener = transport.listen({ address: loopback, port: 0 });
    const { port } = listener.local;
    listener.close();
    const remote = { address: loopback, port };
    const options = { remote, signal: never, ...(from && { localAddress: from }) };
    const error = await assertRejects(() => transport.connect(options));
    assertStringIncludes(error.message, `Cannot connect to 127.0.0.1:${port}: connection refused`);
  });
}

Deno.test("tcp: an attempt that was given up is not made", async () => {
  const signal = AbortSignal.abort();
  const remote = { address: loopback, port: 9 };
  for (const from of [undefined, source]) {
    const options = { remote, signal, ...(from && { localAddress: from }) };
    const error = await assertRejects(() => transport.connect(options));
    assertStringIncludes(error.message, "given up");
  }
});

for (const from of [undefined, source]) {
  Deno.test(`tcp: a connection the far side broke says so${from ? ", from an address too" : ""}`, async () => {
    const listener = transport.listen({ address: loopback, port: 0 });
    const [near, far] = await connected(listener, loopback, from);
    far.close();
    assertEquals(await near.read(), undefined);
    const error = await assertRejects(async () => {
      // The kernel takes the first bytes and learns from the answer that nobody is there.
      while (true) await near.write(new Uint8Array(65536));
    });
    assertEquals(error.message, "connection reset");
    near.close();
    listener.close();
  });
}

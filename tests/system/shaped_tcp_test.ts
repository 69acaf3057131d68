import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Address, formatAddress, hostPrefix, ipv4, parseAddress } from "../../lib/net/mod.ts";
import { parsePrefix } from "../../lib/net/mod.ts";
import type { Connection, Listener, SocketOptions } from "../../lib/ports/mod.ts";
import { Secret } from "../../lib/secret/mod.ts";
import { openLibc, tcpTransport } from "../../lib/system/mod.ts";

const libc = openLibc();
const transport = tcpTransport(libc);
const loopback = ipv4(0x7f000001);
const never = new AbortController().signal;

/** What came of it; throws after ten seconds, so that a broken test ends. */
async function within<T>(result: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("nothing after 10 s")), 10_000);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined);
  return parsed;
}

/** A listener on both families that expects these addresses or prefixes. */
function listening(expected: Readonly<Record<string, SocketOptions>>): Listener {
  return transport.listen({ port: 0, expected: expectedFrom(expected) });
}

function expectedFrom(expected: Readonly<Record<string, SocketOptions>>) {
  return Object.entries(expected).map(([name, options]) => {
    const prefix = parsePrefix(name) ?? hostPrefix(address(name));
    return { name, prefix, options };
  });
}

function connect(to: Address, { port }: { readonly port: number }, more: {
  readonly options?: SocketOptions;
  readonly localAddress?: Address;
  readonly signal?: AbortSignal;
}): Promise<Connection> {
  return transport.connect({ remote: { address: to, port }, signal: never, ...more });
}

/** Whether a connection comes about within a moment; without the right key it never does. */
async function comes(listener: Listener, to: Address, options: SocketOptions, from?: Address) {
  const attempt = new AbortController();
  const timer = setTimeout(() => attempt.abort(), 300);
  const more = { options, signal: attempt.signal, ...(from && { localAddress: from }) };
  try {
    const connection = await connect(to, listener.local, more);
    connection.close();
    (await listener.accept())?.close();
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

const password = new Secret("correct horse");

Deno.test("shaped: the C library can be opened here", () => {
  assert(typeof libc !== "string", String(libc));
  assertEquals(transport.plainOnly, undefined);
});

for (const to of ["127.0.0.1", "::1"]) {
  Deno.test(`shaped: a connection to ${to} carries bytes both ways until it is closed`, async () => {
    const options = { password, ttl: 255, minTtl: 255 };
    const listener = listening({ [to]: options });
    const [near, far] = await Promise.all([
      connect(address(to), listener.local, { options }),
      within(listener.accept()),
    ]);
    assert(far !== undefined);
    assertEquals([near.local, near.remote], [far.remote, far.local]);
    assertEquals(formatAddress(far.remote.address), to);
    const size = 20_000_000;
    const reading = (async () => {
      let count = 0;
      for (let it = await far.read(); it; it = await far.read()) count += it.length;
      return count;
    })();
    await near.write(new Uint8Array(size));
    await far.write(Uint8Array.of(1, 2, 3));
    assertEquals(await near.read(), Uint8Array.of(1, 2, 3));
    near.close();
    assertEquals(await reading, size);
    far.close();
    listener.close();
  });
}

Deno.test("shaped: who has no key, or another one, does not get in", async () => {
  const listener = listening({ "127.0.0.1": { password } });
  assertEquals(await comes(listener, loopback, { password }), true);
  assertEquals(await comes(listener, loopback, { password: new Secret("wrong") }), false);
  assertEquals(await comes(listener, loopback, {}), false);
  // Somebody else needs none.
  assertEquals(await comes(listener, loopback, {}, address("127.0.0.2")), true);
  listener.close();
});

Deno.test("shaped: keys come, change and go while it listens", async () => {
  const listener = listening({ "127.0.0.1": { password } });
  const other = new Secret("other");
  assert(listener.expect(expectedFrom({ "127.0.0.1": { password: other } })));
  assertEquals(await comes(listener, loopback, { password }), false);
  assertEquals(await comes(listener, loopback, { password: other }), true);
  assert(listener.expect([]));
  assertEquals(await comes(listener, loopback, {}), true);
  listener.close();
});

Deno.test("shaped: a key can be that of a prefix", async () => {
  const listener = listening({ "127.0.0.0/24": { password } });
  const from = address("127.0.0.77");
  assertEquals(await comes(listener, loopback, { password }, from), true);
  assertEquals(await comes(listener, loopback, {}, from), false);
  listener.close();
});

Deno.test("shaped: what comes from too far away is not read", async () => {
  const listener = listening({ "127.0.0.1": { ttl: 255, minTtl: 255 } });
  const near = await connect(loopback, listener.local, { options: { ttl: 64 } });
  const far = await within(listener.accept());
  assert(far !== undefined);
  let read = false;
  far.read().then(() => read = true);
  const writing = near.write(Uint8Array.of(1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertEquals(read, false);
  near.close();
  far.close();
  await writing.catch(() => {});
  listener.close();
});

Deno.test("shaped: a key that the system refuses keeps that peer out, and nobody else", async () => {
  const tooLong = new Secret("x".repeat(81));
  const listener = listening({ "127.0.0.1": { password: tooLong }, "127.0.0.2": { ttl: 9 } });
  assertEquals([...listener.barred.keys()], ["127.0.0.1"]);
  const words = listener.barred.get("127.0.0.1") ?? "";
  assertStringIncludes(words, "the password has 81 bytes; at most 80 work");
  const accepting = listener.accept();
  const barred = await connect(loopback, listener.local, {});
  const from = address("127.0.0.2");
  const let2 = await connect(loopback, listener.local, { localAddress: from });
  const accepted = await within(accepting);
  assertEquals(accepted?.remote.address, from);
  assertEquals(await within(barred.read()).catch(() => undefined), undefined);
  for (const each of [barred, let2, accepted]) each?.close();
  listener.close();
});

Deno.test("shaped: a connection says the source address, and what is wrong with it", async () => {
  const listener = listening({ "127.0.0.9": { ttl: 64 } });
  const localAddress = address("127.0.0.9");
  const near = await connect(loopback, listener.local, { options: { ttl: 64 }, localAddress });
  assertEquals(near.local.address, localAddress);
  near.close();
  const { port } = listener.local;
  listener.close();
  const say = async (options: SocketOptions, from?: Address) => {
    const more = { options, ...(from && { localAddress: from }) };
    return (await assertRejects(() => connect(loopback, { port }, more), Error)).message;
  };
  const name = { interface: "no-such-if" };
  assertStringIncludes(await say({ ttl: 9 }), "connection refused");
  assertStringIncludes(await say({ ttl: 9 }, address("192.0.2.77")), "not have the source address");
  assertStringIncludes(await say(name), "does not have the interface");
});

Deno.test("shaped: an attempt that is given up ends, before and while it is made", async () => {
  // Without the key nobody answers.
  const listener = listening({ "127.0.0.1": { password } });
  const options = { ttl: 9 };
  const signal = AbortSignal.abort();
  await assertRejects(() => connect(loopback, listener.local, { options, signal }));
  const attempt = new AbortController();
  const trying = connect(loopback, listener.local, { options, signal: attempt.signal });
  setTimeout(() => attempt.abort(), 20);
  await within(assertRejects(() => trying));
  listener.close();
});

Deno.test("shaped: a closed listener ends accept and frees its port", async () => {
  const listener = listening({ "127.0.0.1": { password } });
  const { port } = listener.local;
  const accepting = listener.accept();
  await new Promise((resolve) => setTimeout(resolve, 20));
  listener.close();
  listener.close();
  assertEquals(await within(accepting), undefined);
  const plain = transport.listen({ port });
  assertEquals(plain.expect(expectedFrom({ "127.0.0.1": { password } })), false);
  plain.close();
  transport.listen({ port, expected: expectedFrom({ "127.0.0.1": { password } }) }).close();
});

Deno.test("shaped: without the C library only those who need options are refused", async () => {
  const plain = tcpTransport("porter was started without --allow-ffi");
  assertStringIncludes(plain.plainOnly ?? "", "without --allow-ffi");
  const listener = plain.listen({ port: 0 });
  const remote = { address: loopback, port: listener.local.port };
  const near = await plain.connect({ remote, signal: never });
  const options = { password };
  const thrown = await assertRejects(
    () => plain.connect({ remote, signal: never, options }),
    Error,
  );
  assertStringIncludes(thrown.message, "--allow-ffi");
  near.close();
  listener.close();
});

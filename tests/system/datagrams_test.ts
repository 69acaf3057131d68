/**
 * Both adapters of the Datagrams port on loopback: the same contract, and the TTL that one of them
 * sees.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Address, formatAddress, parseAddress } from "../../lib/net/mod.ts";
import { type Datagram, type DatagramOptions, ListenError } from "../../lib/ports/mod.ts";
import { openDatagrams, plainDatagrams } from "../../lib/system/mod.ts";

const loopback = {
  4: parseAddress("127.0.0.1") as Address,
  6: parseAddress("::1") as Address,
};

const adapters = { "libc": openDatagrams(), "node:dgram": plainDatagrams() };

/** Opens a socket that collects; `next` gives the next datagram. */
async function collecting(name: keyof typeof adapters, options: DatagramOptions) {
  const waiting: ((datagram: Datagram) => void)[] = [];
  const arrived: Datagram[] = [];
  const receive = (datagram: Datagram) => {
    const resolve = waiting.shift();
    if (resolve === undefined) arrived.push(datagram);
    else resolve(datagram);
  };
  const socket = await adapters[name].open({ ...options, receive });
  const next = (): Promise<Datagram> => {
    const datagram = arrived.shift();
    if (datagram !== undefined) return Promise.resolve(datagram);
    return new Promise((resolve) => waiting.push(resolve));
  };
  return { socket, next, arrived };
}

for (const name of ["libc", "node:dgram"] as const) {
  for (const family of [4, 6] as const) {
    const address = loopback[family];

    Deno.test(`${name}, IPv${family}: datagrams go and come, with the sender's address`, async () => {
      const server = await collecting(name, { family, address, port: "dynamic" });
      const client = await collecting(name, { family, address, port: "dynamic" });
      assert(client.socket.port >= 49152 && client.socket.port <= 65535);
      const to = { address, port: server.socket.port };
      for (let count = 0; count < 100; count++) {
        client.socket.send(Uint8Array.of(count, 2, 3), to);
        const { bytes, from, ttl } = await server.next();
        assertEquals([...bytes], [count, 2, 3]);
        assertEquals(from, { address, port: client.socket.port });
        assertEquals(ttl, name === "libc" ? 255 : undefined);
      }
      server.socket.send(Uint8Array.of(9), { address, port: client.socket.port });
      assertEquals([...(await client.next()).bytes], [9]);
      client.socket.close();
      server.socket.close();
      server.socket.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const again = await collecting(name, { family, address, port: to.port });
      again.socket.close();
    });

    Deno.test(`${name}, IPv${family}: all that is sent before close() arrives`, async () => {
      const server = await collecting(name, { family, address, port: "dynamic" });
      const client = await adapters[name].open({ family, port: "dynamic" });
      client.send(Uint8Array.of(1), { address, port: server.socket.port });
      client.send(Uint8Array.of(2), { address, port: server.socket.port });
      client.close();
      client.send(Uint8Array.of(3), { address, port: server.socket.port });
      const both = [await server.next(), await server.next()].flatMap(({ bytes }) => [...bytes]);
      assertEquals(both.sort(), [1, 2]);
      assertEquals(server.arrived, []);
      server.socket.close();
    });

    Deno.test(`${name}, IPv${family}: a port that is taken is refused in words`, async () => {
      const first = await adapters[name].open({ family, address, port: "dynamic" });
      const options = { family, address, port: first.port };
      const error = await assertRejects(() => adapters[name].open(options));
      assert(error instanceof ListenError);
      const where = `UDP port ${first.port} of ${formatAddress(address)}`;
      assert(error.message.startsWith(`Cannot listen on ${where}: another process holds it`));
      first.close();
    });
  }

  Deno.test(`${name}: an address of another host is refused in words`, async () => {
    const address = parseAddress("192.0.2.1") as Address;
    const open = () => adapters[name].open({ family: 4, address, port: 7784 });
    const error = await assertRejects(open);
    assert(error instanceof ListenError);
    assert(error.message.includes("this host does not have the address"), error.message);
  });
}

Deno.test("libc sees the TTL that the other one could not set for IPv6", async () => {
  const address = loopback[6];
  const server = await collecting("libc", { family: 6, address, port: "dynamic" });
  const client = await adapters["node:dgram"].open({ family: 6, port: "dynamic" });
  client.send(Uint8Array.of(1), { address, port: server.socket.port });
  assertEquals((await server.next()).ttl, 64);
  client.close();
  server.socket.close();
});

/** Runs a script with a loopback socket `s` of openDatagrams(); gives what it prints. */
async function scripted(before: string, after: string): Promise<string> {
  const module = new URL("../../lib/system/mod.ts", import.meta.url).href;
  const script = `
    import { openDatagrams } from ${JSON.stringify(module)};
    ${before}
    const datagrams = openDatagrams();
    ${after}
    const address = { family: 6, value: 1n };
    const receive = ({ ttl }) => { console.log(datagrams.seesTtl, ttl); s.close(); };
    const s = await datagrams.open({ family: 6, address, port: "dynamic", receive });
    s.send(new Uint8Array(24), { address, port: s.port });
    await datagrams.open({ family: 6, address, port: s.port }).catch((e) => console.log(e.message));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", script],
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

const revoke = `Deno.permissions.revokeSync({ name: "ffi" });`;

Deno.test("libc goes on working when the permission ffi was given up after opening it", async () => {
  assertMatch(await scripted("", revoke), /another process holds it[^]*true 255/);
});

Deno.test("without the permission ffi the runtime's own sockets are given", async () => {
  assertMatch(await scripted(revoke, ""), /another process holds it[^]*false undefined/);
});

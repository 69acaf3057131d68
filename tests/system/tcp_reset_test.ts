import { createConnection } from "node:net";
import { assertEquals } from "@std/assert";
import { tcpTransport } from "../../lib/system/mod.ts";
import { ipv4 } from "../../lib/net/mod.ts";

Deno.test("connections that are reset before they are taken do not end the listener", async () => {
  const listener = tcpTransport().listen({ address: ipv4(0x7f000001), port: 0 });
  const { port } = listener.local;
  for (let n = 0; n < 20; n++) {
    const socket = createConnection({ host: "127.0.0.1", port }).on("error", () => {});
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.resetAndDestroy();
    await closed;
  }
  const good = await Deno.connect({ hostname: "127.0.0.1", port });
  const wanted = (good.localAddr as Deno.NetAddr).port;
  let taken = await listener.accept();
  while (taken !== undefined && taken.remote.port !== wanted) {
    taken.close();
    taken = await listener.accept();
  }
  assertEquals(taken?.remote.port, wanted);
  taken?.close();
  good.close();
  listener.close();
});

import { assertEquals } from "@std/assert";
import { address } from "./fake_node.ts";
import { decodeHost, foundEips } from "../../lib/host/mod.ts";

Deno.test("decodeHost() takes a node without IPv6 and without our table", () => {
  assertEquals(decodeHost({ routes4: "[]", routes6: "", table: undefined }), {
    ok: true,
    value: { routes: [], discards: [], strayRoutes: [], foreignLocal: [], table: undefined },
  });
});

Deno.test("decodeHost() names the tool whose answer it cannot read", () => {
  const good = { routes4: "[]", routes6: "[]", table: undefined };
  assertEquals(decodeHost({ ...good, routes4: "?" }), {
    ok: false,
    error: "Cannot read the answer of ip -4 route: no JSON",
  });
  assertEquals(decodeHost({ ...good, routes6: "?" }), {
    ok: false,
    error: "Cannot read the answer of ip -6 route: no JSON",
  });
  assertEquals(decodeHost({ ...good, table: "?" }), {
    ok: false,
    error: "Cannot read the answer of nft: no JSON",
  });
});

Deno.test("foundEips() gives the EIPs that were on the node, with the ports of each", () => {
  const observed = {
    ...{ discards: [], strayRoutes: [], foreignLocal: [] },
    routes: ["203.0.113.1", "203.0.113.2", "2001:db8::1"].map(address),
    table: {
      eips: ["203.0.113.1", "203.0.113.3"].map(address),
      services: [
        "203.0.113.1 tcp 80",
        "2001:db8::1 udp 53",
        "203.0.113.1 sctp 9",
        "203.0.113.3 tcp 1",
      ],
      rulesIntact: false,
    },
  };
  assertEquals(foundEips(observed), [
    {
      address: address("203.0.113.1"),
      ports: [{ protocol: "tcp", port: 80 }, { protocol: "sctp", port: 9 }],
    },
    { address: address("203.0.113.2"), ports: [] },
    { address: address("2001:db8::1"), ports: [{ protocol: "udp", port: 53 }] },
  ]);
  assertEquals(foundEips({ ...observed, table: undefined }).flatMap(({ ports }) => ports), []);
});

import { assertEquals } from "@std/assert";
import { decodeHost } from "../../lib/host/mod.ts";

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

import { assertEquals } from "@std/assert";
import { plainAttributes, type Route } from "../../lib/bgp/model/mod.ts";
import { Waiting } from "../../lib/manager/waiting.ts";
import { hostPrefix, ipv4 } from "../../lib/net/mod.ts";

const route = (n: number): Route => ({
  prefix: hostPrefix(ipv4(n)),
  paths: [{ nextHop: ipv4(1), attributes: plainAttributes }],
});

Deno.test("a change counts from when it was heard, also when its route waits for its record", () => {
  const waiting = new Waiting();
  const both = [route(1), route(2)];
  assertEquals(waiting.since(both, [route(1)], 10), 10);
  assertEquals(waiting.since(both, [route(1)], undefined), undefined);
  assertEquals(waiting.since(both, both, 50), 10);
  assertEquals(waiting.since(both, both, 60), 60);
});

Deno.test("what still waits, or is wanted no longer, does not age other changes", () => {
  const waiting = new Waiting();
  const all = [route(1), route(2), route(3)];
  assertEquals(waiting.since(all, [route(1)], 10), 10);
  assertEquals(waiting.since(all, [route(1), route(3)], 20), 10);
  assertEquals(waiting.since(all, [route(1), route(3)], 30), 30);
  const fewer = [route(1), route(3)];
  assertEquals(waiting.since(fewer, fewer, 40), 40);
});

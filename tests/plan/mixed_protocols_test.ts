import { assertEquals } from "@std/assert";
import { hostState } from "../../lib/plan/mod.ts";
import { rawEip, rawNodes, rawService, rawSlice, rawSpeaker, World } from "./world.ts";

Deno.test("a Service of TCP, UDP and SCTP ports is served whole, and no port has an error", () => {
  const ports = [
    { name: "a", protocol: "TCP", port: 80 },
    { name: "b", protocol: "UDP", port: 80 },
    { name: "c", protocol: "SCTP", port: 7 },
  ];
  const world = new World([
    rawEip("edge", "203.0.113.0/28"),
    ...rawSpeaker,
    ...rawNodes,
    rawService("web", { spec: { ports } }),
    rawSlice("web", [{ nodeName: "node1" }]),
  ]);
  assertEquals(world.ingress("web"), [{ ip: "203.0.113.1", ipMode: "VIP" }]);
  assertEquals(world.conditions("web"), {
    Allocated: "True Assigned",
    Announced: "True Announced",
  });
  const { eips } = hostState(world.store.snapshot());
  assertEquals(eips.flatMap((each) => each.ports), [
    { protocol: "sctp", port: 7 },
    { protocol: "tcp", port: 80 },
    { protocol: "udp", port: 80 },
  ]);
});

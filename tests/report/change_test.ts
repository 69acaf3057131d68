import { assertEquals } from "@std/assert";
import { plan, recorded } from "../../lib/plan/mod.ts";
import { differences } from "../../lib/report/mod.ts";
import { cluster, eip, service, slice } from "../support/objects.ts";

const objects = cluster({
  services: [service("web", { createdAt: 1 })],
  endpointSlices: [slice("web", ["node1"])],
});
const now = recorded(objects, plan(objects));

Deno.test("an object as it is changes nothing, although the manifest says no status", () => {
  const web = service("web", { createdAt: 0 });
  assertEquals(differences(now, { set: [{ kind: "Service", object: web }], removed: [] }), []);
});

Deno.test("a Service that is new, and one that goes, are told with their addresses and routes", () => {
  const added = differences(now, {
    set: [{ kind: "Service", object: service("more") }],
    removed: [],
  });
  assertEquals(added.map(({ what, before }) => [what, before]), [
    ["Eip edge", "open, 1 of 254 in use"],
    ["Service default/more", null],
    ["refused Service default/more NoReadyEndpoint", null],
  ]);
  const removed = differences(now, {
    set: [],
    removed: [{ kind: "Service", namespace: "default", name: "web" }],
  });
  assertEquals(removed.map(({ what, after }) => [what, after]), [
    ["Service default/web", null],
    ["route 203.0.113.1/32", null],
    ["Eip edge", "open, 0 of 254 in use"],
  ]);
});

Deno.test("a pool that shrinks leaves a live address where it is", () => {
  const smaller = differences(now, {
    set: [{ kind: "Eip", object: eip("edge", "203.0.113.9") }],
    removed: [],
  });
  assertEquals(smaller.some(({ what }) => what.startsWith("Service")), false);
  assertEquals(smaller.map(({ what }) => what), ["Eip edge"]);
});

Deno.test("what a manager serves counts: Services that name no load balancer, and racks", () => {
  const plain = service("plain", { optIn: "classless" });
  const change = { set: [{ kind: "Service" as const, object: plain }], removed: [] };
  assertEquals(differences(now, change), []);
  assertEquals(differences(now, change, { serveClassless: true }).map(({ what }) => what), [
    ...["Eip edge", "Service default/plain", "refused Service default/plain NoReadyEndpoint"],
  ]);
});

import { assertEquals } from "@std/assert";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { events, type ObjectEvent, plan } from "../../lib/plan/mod.ts";
import { cluster, eip, endpoint, service, slice } from "../support/objects.ts";

function told(before: Snapshot | undefined, after: Snapshot): readonly string[] {
  const found = events(before === undefined ? undefined : plan(before), plan(after));
  return found.map(({ object, reason }: ObjectEvent) => `${object.name} ${reason}`);
}

const ready = [slice("web", ["node1"])];
const held = service("web", { held: { "203.0.113.1": "edge" } });
const announced = cluster({ services: [held], endpointSlices: ready });

Deno.test("a new Service: assigned and announced", () => {
  const after = cluster({ services: [service("web")], endpointSlices: ready });
  assertEquals(told(cluster(), after), ["web AddressAssigned", "web Announced"]);
  assertEquals(told(undefined, after), ["web AddressAssigned", "web Announced"]);
});

Deno.test("a start tells nothing of what was held and announced before", () => {
  assertEquals(told(undefined, announced), []);
  assertEquals(told({ ...announced, complete: false }, announced), []);
});

Deno.test("the written record makes no second fact", () => {
  const before = cluster({ services: [service("web")], endpointSlices: ready });
  assertEquals(told(before, announced), []);
});

Deno.test("endpoints that go and come back: withdrawn, announced", () => {
  const gone = cluster({ services: [held] });
  assertEquals(told(announced, gone), ["web Withdrawn", "web NoReadyEndpoint"]);
  assertEquals(told(gone, gone), []);
  assertEquals(told(gone, announced), ["web Announced"]);
});

Deno.test("other next hops of an announced route are no fact", () => {
  const local = service("web", { ...held, externalTrafficPolicy: "Local" });
  const after = cluster({ services: [local], endpointSlices: ready });
  assertEquals(told(announced, after), []);
});

Deno.test("an address is released once, however long it takes to write", () => {
  const without = service("web", { optIn: "none", held: { "203.0.113.1": "edge" } });
  const after = cluster({ services: [without], endpointSlices: ready });
  assertEquals(told(announced, after), ["web Withdrawn", "web AddressReleased"]);
  assertEquals(told(after, after), []);
  assertEquals(told(after, cluster({ services: [service("web", { optIn: "none" })] })), []);
  assertEquals(told(undefined, after), ["web AddressReleased"]);
});

Deno.test("a Service that vanishes releases its address", () => {
  assertEquals(told(announced, cluster()), ["web Withdrawn", "web AddressReleased"]);
});

Deno.test("a moved address: old withdrawn and released, new assigned and announced", () => {
  const moved = service("web", { loadBalancerIp: "203.0.113.9", held: { "203.0.113.1": "edge" } });
  assertEquals(told(announced, cluster({ services: [moved], endpointSlices: ready })), [
    "web Withdrawn",
    "web AddressReleased",
    "web AddressAssigned",
    "web Announced",
  ]);
});

Deno.test("a refusal is told when it comes, again when it says something else, not in between", () => {
  const asks = (loadBalancerIp: string): Snapshot =>
    cluster({ services: [service("web", { loadBalancerIp })] });
  assertEquals(told(cluster(), asks("8.8.8.8")), ["web RequestedAddressOutsidePools"]);
  assertEquals(told(asks("8.8.8.8"), asks("8.8.8.8")), []);
  assertEquals(told(asks("8.8.8.8"), asks("8.8.4.4")), ["web RequestedAddressOutsidePools"]);
  assertEquals(told(asks("8.8.8.8"), cluster()), []);
  const overlap = cluster({ eips: [eip("edge"), eip("twin", "203.0.113.9", { createdAt: 1 })] });
  assertEquals(told(undefined, overlap), ["twin PoolOverlap"]);
});

Deno.test("the misspelt annotation is told once", () => {
  const misspelt = cluster({ services: [service("web", { optIn: "misspelt-annotation" })] });
  assertEquals(told(misspelt, misspelt), []);
  assertEquals(told(cluster(), misspelt), [
    "web AddressAssigned",
    "web DeprecatedAnnotation",
    "web NoReadyEndpoint",
  ]);
});

Deno.test("facts are told object by object in the order of names, also between vanished ones", () => {
  const of = (...names: readonly string[]): Snapshot =>
    cluster({
      services: names.map((name) => service(name)),
      endpointSlices: names.map((name) => slice(name, [endpoint("node1")])),
    });
  assertEquals(told(of("a", "c"), of("b", "c", "d")), [
    "a Withdrawn",
    "a AddressReleased",
    "b AddressAssigned",
    "b Announced",
    "d AddressAssigned",
    "d Announced",
  ]);
});

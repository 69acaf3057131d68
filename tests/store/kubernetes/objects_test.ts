import { assert, assertEquals } from "@std/assert";
import { KubernetesObjects } from "../../../lib/store/kubernetes/objects.ts";
import { resources } from "../../../lib/store/kubernetes/resources.ts";

const { Eip: eip } = resources;
const ref = { kind: "Eip", namespace: "", name: "edge" };

function raw(version: number, uid = "u"): Record<string, unknown> {
  return {
    metadata: { name: "edge", uid, resourceVersion: `${version}` },
    spec: { address: "203.0.113.1" },
    status: { usage: version },
  };
}

/** A cache that was listed with version 1. */
function listed(): KubernetesObjects {
  const objects = new KubernetesObjects(["Eip"]);
  objects.listStarts(eip);
  objects.listItems(eip, [raw(1)]);
  objects.listEnds(eip);
  objects.refresh();
  return objects;
}

function usage(objects: KubernetesObjects): unknown {
  objects.refresh();
  return objects.snapshot.eips[0]?.status.usage;
}

Deno.test("KubernetesObjects is complete when the last kind's list ended", () => {
  const objects = new KubernetesObjects(["Eip", "Node"]);
  const { complete } = objects.snapshot;
  objects.missing(eip);
  objects.refresh();
  assertEquals([complete, objects.snapshot.complete], [false, false]);
  objects.missing(resources.Node);
  objects.refresh();
  assertEquals(objects.snapshot.complete, true);
});

Deno.test("KubernetesObjects never goes back behind what a write was answered", () => {
  const objects = listed();
  objects.holdBack(ref);
  objects.answered(ref, raw(4));
  objects.event(eip, "set", raw(2));
  assertEquals(usage(objects), 1, "nothing shows while it is written");
  objects.release(ref);
  assertEquals(usage(objects), 4);
  objects.event(eip, "set", raw(3));
  assertEquals(usage(objects), 4, "older, and late");
  objects.event(eip, "set", raw(4));
  objects.event(eip, "set", raw(5));
  assertEquals(usage(objects), 5);
});

Deno.test("KubernetesObjects takes the watch where it came past the answer", () => {
  const objects = listed();
  objects.holdBack(ref);
  objects.event(eip, "set", raw(4));
  objects.event(eip, "set", raw(5));
  objects.answered(ref, raw(4));
  objects.release(ref);
  assertEquals(usage(objects), 5);
  objects.event(eip, "set", raw(6));
  assertEquals(usage(objects), 6);
});

Deno.test("KubernetesObjects holds back until all who write have released", () => {
  const objects = listed();
  objects.holdBack(ref);
  objects.answered(ref, raw(2));
  objects.holdBack(ref);
  objects.release(ref);
  objects.event(eip, "set", raw(2));
  objects.event(eip, "set", raw(3));
  objects.answered(ref, raw(3));
  objects.event(eip, "set", raw(4));
  assertEquals([usage(objects), objects.newest(ref)?.version], [1, "3"]);
  objects.release(ref);
  assertEquals(usage(objects), 4);
});

Deno.test("KubernetesObjects believes a list that began after the answer, and no other", () => {
  const early = listed();
  early.listStarts(eip);
  early.holdBack(ref);
  early.answered(ref, raw(4));
  early.release(ref);
  early.listItems(eip, [raw(3)]);
  early.listEnds(eip);
  assertEquals(usage(early), 4);
  early.listStarts(eip);
  early.listItems(eip, [raw(7)]);
  early.listEnds(eip);
  assertEquals(usage(early), 7);
  early.listStarts(eip);
  early.listEnds(eip);
  early.refresh();
  assertEquals(early.snapshot.eips, []);
});

Deno.test("KubernetesObjects lets go of what is deleted, but not for an earlier one of its name", () => {
  const objects = listed();
  objects.holdBack(ref);
  objects.answered(ref, raw(4, "second"));
  objects.release(ref);
  objects.event(eip, "gone", raw(2, "u"));
  assertEquals(usage(objects), 4);
  objects.event(eip, "gone", raw(9, "second"));
  objects.refresh();
  assertEquals(objects.snapshot.eips, []);
});

Deno.test("KubernetesObjects reserves what a Service holds that it could never read", () => {
  const objects = new KubernetesObjects(["Service"]);
  const { Service: service } = resources;
  const broken = {
    metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "1" },
    spec: { type: "LoadBalancer", ports: [{ port: 0 }] },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } },
  };
  objects.event(service, "set", broken);
  objects.refresh();
  assertEquals(objects.snapshot.services, []);
  assertEquals(objects.snapshot.reserved?.length, 1);
  assert(objects.snapshot.faults.length > 0);
  objects.event(service, "gone", broken);
  objects.refresh();
  assertEquals([objects.snapshot.reserved ?? [], objects.snapshot.faults], [[], []]);
});

/** An Eip is one object, and claims are a part of it: those that do not fit wait, by name. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  claimsAtMost,
  claimsSize,
  type ObjectFault,
  type Snapshot,
} from "../../lib/objects/mod.ts";
import { events, type Plan, plan, statuses, type StatusPatch } from "../../lib/plan/mod.ts";
import { eip, service, snapshot } from "../support/objects.ts";

/** As a store says it that was told that an Eip was too large. */
const told = (name: string, claimsAtMost: number): ObjectFault => ({
  severity: "warning",
  object: { kind: "Eip", namespace: "", name },
  field: "status.used",
  message: "too many",
  claimsAtMost,
});

const refusalsOf = ({ refusals }: Plan): readonly string[] =>
  refusals.filter(({ reason }) => reason !== "NoReadyEndpoint" && reason !== "BgpConfMissing")
    .map(({ object, reason }) => `${object.kind} ${object.name} ${reason}`);
const served = ({ services }: Plan): readonly string[] =>
  services.filter(({ assignments }) => assignments.length > 0).map(({ service }) => service.name);
const patchesOf = (now: Snapshot, planned = plan(now)): readonly StatusPatch[] =>
  statuses(planned, now, { now: 0 });
const patchOf = (patches: readonly StatusPatch[], name: string): StatusPatch | undefined =>
  patches.find(({ object }) => object.name === name);

Deno.test("an Eip takes so many claims as an object of etcd can have, the oldest Services first", () => {
  // As long as names may be, so that fewer are needed.
  const namespace = "n".repeat(63);
  const services = Array.from({ length: 9000 }, (_, index) => {
    const made = service(`s${index}-`.padEnd(63, "x"), { createdAt: index });
    return { ...made, ref: { ...made.ref, namespace } };
  });
  const now = snapshot({ eips: [eip("edge", "100.64.0.0/16")], services });
  const planned = plan(now);
  const used = patchOf(patchesOf(now, planned), "edge")?.status?.used;
  const size = JSON.stringify(used).length;
  assert(size >= claimsAtMost && size < claimsAtMost + 200, String(size));
  assertEquals(claimsSize(used), size - 1);
  const none = planned.services.filter(({ assignments }) => assignments.length === 0);
  assert(none.length > 0 && none.every(({ refusals }) => refusals[0]?.reason === "PoolClaimsFull"));
  const oldest = Math.min(...none.map(({ read }) => read.createdAt));
  assertEquals(oldest, services.length - none.length);

  const more = plan({ ...now, eips: [...now.eips, eip("other", "100.65.0.0/16")] });
  assertEquals(more.services.filter(({ assignments }) => assignments.length === 0), []);
});

Deno.test("an Eip gets no more claims than a store was told that it takes, whoever asks for what", () => {
  const requested = { text: "203.0.113.7", field: "spec.loadBalancerIP" as const };
  const services = [
    ...["a", "b", "c", "d"].map((name, createdAt) => service(name, { createdAt })),
    service("wisher", { createdAt: 9, requested }),
  ];
  // Each claim has 27 bytes or more.
  const now = snapshot({
    eips: [eip("edge", "203.0.113.0/24")],
    services,
    faults: [told("edge", 60)],
  });
  // A request goes before those who ask for nothing.
  assertEquals(served(plan(now)), ["a", "b", "wisher"]);
  assertEquals(refusalsOf(plan(now)), ["Service c PoolClaimsFull", "Service d PoolClaimsFull"]);
  const full = plan({ ...now, faults: [told("edge", 0)] });
  assertEquals(served(full), []);
  assertEquals(full.services.map(({ refusals }) => refusals[0]?.reason), [
    ...services.map(() => "PoolClaimsFull" as const),
  ]);
});

Deno.test("a full Eip says so in condition and Event, keeps what stands, and opens again", () => {
  const used = { "203.0.113.1": "default/a", "203.0.113.2": "default/b" };
  const now = snapshot({
    eips: [eip("edge", "203.0.113.0/24", { status: { used } })],
    services: ["a", "b", "c"].map((name, createdAt) => service(name, { createdAt })),
    faults: [told("edge", claimsSize(used))],
  });
  const planned = plan(now);
  // Claims that stand are followed.
  assertEquals(served(planned), ["a", "b"]);
  assertEquals(refusalsOf(planned), ["Eip edge PoolClaimsFull", "Service c PoolClaimsFull"]);
  const patches = patchesOf(now, planned);
  const { status } = patchOf(patches, "edge") ?? {};
  assertEquals(status?.used, undefined);
  const [ready] = status?.conditions as readonly Record<string, string>[];
  assertEquals([ready?.status, ready?.reason], ["False", "PoolClaimsFull"]);
  assertStringIncludes(ready?.message ?? "", "the 2 of status.used");
  assertStringIncludes(ready?.message ?? "", "add another Eip");
  const said = events(undefined, planned).filter(({ object }) => object.kind === "Eip");
  assertEquals(said.map(({ type, reason }) => [type, reason]), [["Warning", "PoolClaimsFull"]]);

  const [a, , c] = now.services;
  const without = { ...now, services: [a, c].filter((each) => each !== undefined) };
  const dropped = patchOf(patchesOf(without), "edge")?.status?.used;
  assertEquals(dropped, { "203.0.113.1": "default/a" });
  const after = {
    ...without,
    eips: [eip("edge", "203.0.113.0/24", { status: { used: dropped } })],
  };
  assertEquals([served(plan(after)), refusalsOf(plan(after))], [["a", "c"], []]);
});

Deno.test("a Service is written after the Eip that has its claim, an Eip after those whose claims it drops", () => {
  const status = { used: { "203.0.113.9": "default/gone" } };
  const now = snapshot({
    eips: [eip("edge", "203.0.113.0/24", { status, resourceVersion: "7" })],
    services: [service("web")],
  });
  const patches = patchesOf(now);
  assertEquals(patchOf(patches, "web")?.after, [{ kind: "Eip", namespace: "", name: "edge" }]);
  const gone = { kind: "Service", namespace: "default", name: "gone" };
  assertEquals(patchOf(patches, "edge")?.after, [gone]);
});

Deno.test("a Service that cannot be written keeps its claim, and keeps nobody else from one", () => {
  const used = { "203.0.113.1": "default/leaver", "203.0.113.2": "default/gone" };
  const leaver = service("leaver", { held: { "203.0.113.1": "edge" }, optIn: "none" });
  const requested = { text: "203.0.113.1", field: "spec.loadBalancerIP" as const };
  const now = snapshot({
    eips: [eip("edge", "203.0.113.0/29", { status: { used } })],
    services: [leaver, service("web"), service("wisher", { requested })],
  });
  const free = patchesOf(now);
  assertEquals(patchOf(free, "edge")?.status?.used, {
    "203.0.113.1": "default/wisher",
    "203.0.113.2": "default/web",
  });
  const faults: readonly ObjectFault[] = [{
    ...{ severity: "error", field: "", message: "cannot be written: a webhook says no" },
    ...{ object: leaver.ref, unwritable: true },
  }];
  const patches = patchesOf({ ...now, faults });
  assertEquals(patchOf(patches, "edge")?.status?.used, {
    "203.0.113.1": "default/leaver",
    "203.0.113.2": "default/web",
  });
  assertEquals(patchOf(patches, "leaver"), undefined);
  assertEquals(patchOf(patches, "edge")?.after?.map(({ name }) => name), ["gone"]);
  const ingress = (name: string): unknown => patchOf(patches, name)?.status?.loadBalancer;
  assertEquals(ingress("web"), { ingress: [{ ip: "203.0.113.2", ipMode: "VIP" }] });
  assertEquals(ingress("wisher"), undefined);
  // Nor where the Eip is a new one, that knows nothing of it.
  const anew = patchesOf({ ...now, faults, eips: [eip("edge", "203.0.113.0/29")] });
  assertEquals(patchOf(anew, "edge")?.status?.used, {
    "203.0.113.1": "default/leaver",
    "203.0.113.2": "default/web",
  });
});

import { assertEquals } from "@std/assert";
import { plan, statuses } from "../../lib/plan/mod.ts";
import { openMemoryStore } from "../../lib/store/memory/mod.ts";
import { type Raw, rawEip, rawService } from "./world.ts";

const unclaimed = (name: string, more: { annotations?: Raw; spec?: Raw } = {}): Raw =>
  rawService(name, { metadata: { annotations: more.annotations ?? {} }, spec: more.spec ?? {} });

const objects = [
  rawEip("edge", "203.0.113.0/28"),
  rawService("asks"),
  unclaimed("names-nobody"),
  unclaimed("cluster", { spec: { type: "ClusterIP" } }),
  unclaimed("foreign-class", { spec: { loadBalancerClass: "example.com/other" } }),
  unclaimed("foreign", { annotations: { "lb.kubesphere.io/v1alpha1": "openelb" } }),
];

function served(serveClassless?: boolean): readonly string[] {
  const { services } = plan(openMemoryStore(objects).snapshot(), { serveClassless });
  return services.filter(({ ours }) => ours).map(({ service }) => service.name);
}

Deno.test("a Service that names no load balancer is porter's only where that is asked for", () => {
  assertEquals(served(), ["asks"]);
  assertEquals(served(true), ["asks", "names-nobody"]);
});

Deno.test("when it is no longer asked for, a Service that names no load balancer is let go", () => {
  const store = openMemoryStore(objects);
  const held = () =>
    store.snapshot().services.filter(({ holds }) => holds.length > 0).map(({ ref }) => ref.name);
  const settle = (serveClassless: boolean): void => {
    for (let round = 0; round < 3; round++) {
      const snapshot = store.snapshot();
      store.patch(statuses(plan(snapshot, { serveClassless }), snapshot, { now: 0 }));
    }
  };
  settle(true);
  assertEquals(held(), ["asks", "names-nobody"]);
  settle(false);
  assertEquals(held(), ["asks"]);
});

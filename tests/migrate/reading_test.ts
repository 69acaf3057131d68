import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { migrate } from "../../lib/migrate/mod.ts";

const groups = ["network.kubesphere.io/v1alpha1", "network.kubesphere.io/v1alpha2"] as const;
const apiVersions = [...groups, "metallb.io/v1beta1", "metallb.io/v1beta2", "v1"] as const;
const kinds = [
  "Eip",
  "BgpConf",
  "BgpPeer",
  "IPAddressPool",
  "BGPPeer",
  "BGPAdvertisement",
  "Service",
];
const fields = [
  ...["addresses", "myASN", "holdTime", "nodeSelectors", "serviceAllocation", "conf", "timers"],
  ...[
    "afiSafis",
    "namespaces",
    "namespaceSelector",
    "listenPort",
    "type",
    "loadBalancer",
    "ingress",
  ],
];

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 179, "", "1m", "203.0.113.0/28", "LoadBalancer"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...fields), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

Deno.test("whatever the objects hold, they are converted or told of", () => {
  const object = fc.record({
    apiVersion: fc.constantFrom(...apiVersions),
    kind: fc.constantFrom(...kinds),
    metadata: value,
    spec: value,
    status: value,
  });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 5 }), (objects) => {
      const { objects: made, notes } = migrate(objects);
      for (const { message } of notes) assert(message !== "");
      assertEquals(JSON.parse(JSON.stringify(made)), made);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a field that nobody reads is told by its path", () => {
  const spec = { address: "203.0.113.1", novelty: { deep: [{ x: 1 }] }, off: false };
  const { notes } = migrate([
    { apiVersion: groups[1], kind: "Eip", metadata: { name: "a" }, spec },
  ]);
  assertEquals(notes, [{
    kind: "lost",
    object: "Eip a",
    field: "spec.novelty.deep[0].x",
    message: "porter has nothing like it",
  }]);
});

Deno.test("a MetalLB pool of one block keeps its name, and Services that name it find it", () => {
  const pool = (name: string, ...addresses: string[]) => ({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name },
    spec: { addresses },
  });
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", annotations: { "metallb.io/address-pool": "one" } },
    spec: { type: "LoadBalancer" },
  };
  const { objects } = migrate([service, pool("one", "203.0.113.0/28"), pool("two", "a", "b")]);
  const names = objects.map(({ metadata }) => (metadata as { name: string }).name);
  assertEquals(names, ["one", "two-1", "two-2", "web"]);
  const { annotations } = objects[3]?.metadata as { annotations: Record<string, string> };
  assertEquals(annotations["porter.kubesphere.io/pool"], "one");
});

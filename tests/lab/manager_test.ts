import { assertEquals } from "@std/assert";
import { ingressOf, manifests, readStatus, startManager, until } from "../../scripts/lab/mod.ts";
import { type Bench, managerTest, poolAddress } from "./manager_case.ts";

const first = "203.0.113.1";

/** Everything a route needs, each as a file of its own. */
const pieces: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
  Service: (bench) => bench.files.write("service", manifests.service({ name: "web" })),
  EndpointSlice: (bench) => bench.files.write("slice", manifests.endpointSlice("web", [1, 2])),
  Nodes: (bench) =>
    bench.files.write("nodes", ...[1, 2, 3].map((number) => manifests.node(number))),
  Eip: (bench) => bench.files.write("eip", manifests.eip("pool", poolAddress)),
  BgpConf: (bench) => bench.conf(),
  BgpPeer: (bench) => bench.peer(),
};

const orders: readonly (readonly string[])[] = [
  ["Service", "EndpointSlice", "Nodes", "Eip", "BgpPeer", "BgpConf"],
  ["BgpPeer", "Nodes", "BgpConf", "EndpointSlice", "Service", "Eip"],
  ["Eip", "BgpConf", "BgpPeer", "Service", "Nodes", "EndpointSlice"],
];

for (const order of orders) {
  managerTest(`objects may be created in this order: ${order.join(", ")}`, async (bench) => {
    assertEquals([...order].sort(), Object.keys(pieces).sort());
    for (const name of order) {
      assertEquals(await bench.leaf.nextHops(`${first}/32`), []);
      await pieces[name]?.(bench);
    }
    await bench.leafHas(first, [1, 2]);
  }, { objects: "none" });
}

managerTest(
  "a Service that is deleted is withdrawn, and its address is free again",
  async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.files.remove("service-web");
    await bench.leafHas(first, []);
    await bench.service({ name: "shop", requested: first });
    await bench.leafHas(first, [1, 2]);
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest("another requested address takes the place of the old one", async (bench) => {
  await bench.service({ name: "web", requested: "203.0.113.2" });
  await bench.leafHas("203.0.113.2", [1, 2]);
  await bench.service({ name: "web", requested: "203.0.113.5" });
  await bench.leafHas("203.0.113.5", [1, 2]);
  await bench.leafHas("203.0.113.2", []);
  await bench.status("Service", "web", (file) => ingressOf(file).join() === "203.0.113.5");
});

managerTest(
  "a Service that is no LoadBalancer any more is withdrawn, and one again announced",
  async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.service({ name: "web", type: "ClusterIP" });
    await bench.leafHas(first, []);
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
  },
);

managerTest("a Service without porter's annotation is withdrawn", async (bench) => {
  await bench.service({ name: "web" });
  await bench.leafHas(first, [1, 2]);
  await bench.service({ name: "web", optIn: false });
  await bench.leafHas(first, []);
});

managerTest("next hops follow the endpoints, and without any there is no route", async (bench) => {
  await bench.service({ name: "web" }, [1]);
  await bench.leafHas(first, [1]);
  await bench.service({ name: "web" }, [1, 2, 3]);
  await bench.leafHas(first, [1, 2, 3]);
  await bench.service({ name: "web" }, [2]);
  await bench.leafHas(first, [2]);
  await bench.service({ name: "web" }, []);
  await bench.leafHas(first, []);
  await bench.service({ name: "web", policy: "Cluster" }, [2]);
  await bench.leafHas(first, [1, 2, 3]);
  assertEquals(await bench.leaf.timesUp(), 1);
});

managerTest(
  "a node that is not ready or excluded is no next hop, a cordoned one is",
  async (bench) => {
    await bench.service({ name: "web" }, [1, 2, 3]);
    await bench.leafHas(first, [1, 2, 3]);
    const edit = (spec: manifests.NodeSpec) =>
      bench.files.write("nodes", manifests.node(1), manifests.node(2, spec), manifests.node(3));
    await edit({ ready: false });
    await bench.leafHas(first, [1, 3]);
    await edit({ unschedulable: true });
    await bench.leafHas(first, [1, 2, 3]);
    await edit({ excluded: true });
    await bench.leafHas(first, [1, 3]);
    await edit({});
    await bench.leafHas(first, [1, 2, 3]);
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest("a pool that is disabled or deleted keeps its addresses in use", async (bench) => {
  await bench.service({ name: "web" });
  await bench.leafHas(first, [1, 2]);
  await bench.files.write("eip", manifests.eip("pool", poolAddress, { disable: true }));
  await bench.service({ name: "late" });
  await bench.reason("Service", "late", "PoolsDisabled");
  await bench.leafHas(first, [1, 2]);
  await bench.files.remove("eip");
  await bench.reason("Service", "late", "NoPool");
  await bench.leafHas(first, [1, 2]);
  await bench.status("Service", "web", (file) => ingressOf(file).join() === first);
  await bench.files.write("eip", manifests.eip("pool", poolAddress));
  await bench.leafHas("203.0.113.2", [1, 2]);
  await bench.leafHas(first, [1, 2]);
});

managerTest(
  "a pool that shrinks below an address in use leaves it; one that grows gives more",
  async (bench) => {
    await bench.service({ name: "web", requested: "203.0.113.6" });
    await bench.leafHas("203.0.113.6", [1, 2]);
    await bench.files.write("eip", manifests.eip("pool", "203.0.113.1"));
    await bench.status("Eip", "pool", (file) => file.status["poolSize"] === 1);
    await bench.service({ name: "second" });
    await bench.leafHas(first, [1, 2]);
    await bench.service({ name: "third" });
    await bench.reason("Service", "third", "PoolExhausted");
    await bench.leafHas("203.0.113.6", [1, 2]);
    await bench.files.write("eip", manifests.eip("pool", "203.0.113.1-203.0.113.2"));
    await bench.leafHas("203.0.113.2", [1, 2]);
  },
);

managerTest(
  "a file that breaks keeps what it said last, and says where it is broken",
  async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.files.write("service-web", "kind: Service\n  metadata: [\n");
    await until(
      "the log names the file",
      async () => /service-web\.yaml:\d+/.test(await bench.log()),
    );
    await bench.service({ name: "shop" });
    await bench.leafHas("203.0.113.2", [1, 2]);
    await bench.leafHas(first, [1, 2]);
    await bench.service({ name: "web" }, [3]);
    await bench.leafHas(first, [3]);
  },
);

managerTest(
  "a manager that ends leaves its routes; one that starts again moves no address",
  async (bench) => {
    for (const name of ["zebra", "alpha", "mule"]) {
      await bench.service({ name });
      await bench.status("Service", name, (file) => ingressOf(file).length === 1);
    }
    const held = async () =>
      (await Promise.all(["zebra", "alpha", "mule"].map(async (name) => {
        const file = await readStatus(bench.files.folder, "Service", name);
        return file === undefined ? "" : ingressOf(file).join();
      }))).join();
    assertEquals(await held(), "203.0.113.1,203.0.113.2,203.0.113.3");
    assertEquals(await bench.manager.stop(), 0);
    assertEquals((await bench.leaf.session()).state === "Established", false);
    await bench.leafHas(first, [1, 2]);
    await bench.service({ name: "aaa" });
    bench.manager = startManager(bench.lab, { directory: bench.files.folder });
    await bench.leafHas(first, [1, 2]);
    await bench.leafHas("203.0.113.4", [1, 2]);
    assertEquals(await held(), "203.0.113.1,203.0.113.2,203.0.113.3");
  },
);

/**
 * What a leaf is told and what not, on its own table: the Eips, Services and nodes that are selected, at most
 * so many next hops, never fewer than the floor of a drain, and nothing that is not ours to announce.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { addresses, manifests, nodeAddresses, until } from "../../scripts/lab/mod.ts";
import { type Bench, leafAs, managerTest, poolAddress, port, porterAs } from "./manager_case.ts";

const first = "203.0.113.1";
const second = "203.0.113.2";

/** The leaf's BgpPeer with `spec.export`. */
function peer(exported: unknown): string {
  const spec = { peerAs: leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1 };
  return `${manifests.bgpPeer(spec)}  export: ${JSON.stringify(exported)}\n`;
}

/** An Eip with labels and with this in `spec.bgp`. */
function pool(labels: unknown, bgp: unknown): string {
  return manifests.eip("pool", poolAddress)
    .replace("spec:\n", `  labels: ${JSON.stringify(labels)}\nspec:\n`) +
    `  bgp: ${JSON.stringify(bgp)}\n`;
}

function labelled(service: string, labels: unknown): string {
  return service.replace("metadata:\n", `metadata:\n  labels: ${JSON.stringify(labels)}\n`);
}

/** The numbers of the nodes that each prefix of the leaf's table leads to. */
async function table({ leaf }: Bench): Promise<Readonly<Record<string, readonly number[]>>> {
  const numbers = new Map([1, 2, 3].map((number) => [nodeAddresses(number).v4, number]));
  const routes = await leaf.routes();
  return Object.fromEntries(routes.map(({ prefix, paths }) => [
    prefix,
    paths.map(({ via }) => numbers.get(via ?? "") ?? 0).sort(),
  ]));
}

managerTest(
  "a leaf hears what its BgpPeer selects of Eips, Services and nodes, and no edit resets",
  async (bench) => {
    await bench.files.write("eip", pool({ kind: "public" }, {}));
    const nodes = [1, 2, 3].map((number) =>
      manifests.node(number, { labels: { row: number === 3 ? "b" : "a" } })
    );
    await bench.files.write("nodes", ...nodes);
    for (const [name, tier] of [["web", "edge"], ["shop", "inside"]] as const) {
      const text = labelled(manifests.service({ name }), { tier });
      await bench.files.write(`service-${name}`, text, manifests.endpointSlice(name, [1, 2, 3]));
      await bench.leafHas(name === "web" ? first : second, [1, 2, 3]);
    }
    const select = (matchLabels: unknown) => ({ matchLabels });
    await bench.files.write("bgppeer", peer({ serviceSelector: select({ tier: "edge" }) }));
    await bench.leafHas(second, []);
    await bench.leafHas(first, [1, 2, 3]);
    await bench.files.write("bgppeer", peer({ nodeSelector: select({ row: "a" }) }));
    await bench.leafHas(first, [1, 2]);
    await bench.leafHas(second, [1, 2]);
    await bench.files.write("bgppeer", peer({ eipSelector: select({ kind: "private" }) }));
    await bench.leafHas(first, []);
    await bench.leafHas(second, []);
    await bench.files.write("bgppeer", peer({ eipSelector: select({ kind: "public" }) }));
    await bench.leafHas(first, [1, 2, 3]);
    await bench.files.write(
      "eip",
      pool({ kind: "public" }, { nodeSelector: select({ row: "b" }) }),
    );
    await bench.leafHas(first, [3]);
    await bench.leafHas(second, [3]);
    await bench.files.write("bgppeer", peer({ maxPrefixes: 1 }));
    await bench.reason("BgpPeer", "leaf", "RouteCapReached");
    await until("one prefix is left", async () => Object.keys(await table(bench)).length === 1);
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest(
  "of at most two next hops a node that goes moves its own members alone",
  async (bench) => {
    await bench.files.write("eip", pool({}, { maxNextHops: 2 }));
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const name of names) await bench.service({ name, policy: "Cluster" }, [1]);
    const look = (when: string, is: (nodes: readonly number[]) => boolean) =>
      until(when, async () => {
        const found = await table(bench);
        const all = Object.values(found);
        return all.length === names.length && all.every((each) => each.length === 2 && is(each))
          ? found
          : undefined;
      }, { signal: bench.lab.signal, otherwise: () => bench.leaf.ask("show route") });
    const { value: before } = await look("six addresses through two nodes each", () => true);
    const nodes = (ready: boolean) =>
      bench.files.write(
        "nodes",
        manifests.node(1),
        manifests.node(2, { ready }),
        manifests.node(3),
      );
    await nodes(false);
    const { value: without } = await look("none through node2", (each) => !each.includes(2));
    let moved = 0;
    for (const [prefix, had] of Object.entries(before)) {
      const stayed = had.filter((each) => each !== 2);
      if (stayed.length < 2) moved++;
      assert(stayed.every((each) => without[prefix]?.includes(each)), `${prefix} moved at all`);
    }
    assert(moved > 0 && moved < names.length, `${moved} of ${names.length} had node2`);
    await nodes(true);
    await look("some through node2 again", () => true);
    await until("all as before", async () => {
      return JSON.stringify(await table(bench)) === JSON.stringify(before);
    }, { signal: bench.lab.signal, otherwise: () => bench.leaf.ask("show route") });
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest(
  "a cordon drains where that is asked for, and no drain goes below the floor",
  async (bench) => {
    const conf = manifests.bgpConf({ as: porterAs, routerId: addresses.manager.v4, port });
    const drain = { withdrawAfterSeconds: 0, minNextHops: 2, onCordon: true };
    await bench.files.write("bgpconf", `${conf}  drain: ${JSON.stringify(drain)}\n`);
    await bench.service({ name: "web" }, [1, 2, 3]);
    await bench.leafHas(first, [1, 2, 3]);
    // As the node controller of Kubernetes says since when.
    const taint =
      `    - { key: node.kubernetes.io/unschedulable, timeAdded: "2026-01-31T12:00:00Z" }\n`;
    const cordon = (...numbers: readonly number[]) =>
      bench.files.write(
        "nodes",
        ...[1, 2, 3].map((number) => {
          const unschedulable = numbers.includes(number);
          const text = manifests.node(number, { unschedulable });
          return unschedulable ? text.replace("spec:\n", `spec:\n  taints:\n${taint}`) : text;
        }),
      );
    await cordon(3);
    await bench.leafHas(first, [1, 2]);
    await cordon(2, 3);
    const drained = await until("node2 is drained", async () => {
      const [route] = await bench.leaf.routes();
      const paths = route?.paths ?? [];
      return paths.some((each) => each.attributes["BGP.community"] === "(65535,0)") && paths;
    }, { signal: bench.lab.signal, otherwise: () => bench.leaf.ask("show route all") });
    assertEquals(drained.value.length, 2, "two next hops are the floor");
    assert(
      drained.value.some(({ via }) => via === nodeAddresses(1).v4),
      "who is not drained stays",
    );
    await cordon();
    await bench.leafHas(first, [1, 2, 3]);
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest(
  "no leaf hears of nodes' and pods' addresses, nor of what no router forwards",
  async (bench) => {
    const pods = `spec:\n  podCIDR: "10.244.3.0/24"\n  podCIDRs: ["10.244.3.0/24"]\n`;
    await bench.files.write(
      "nodes",
      manifests.node(1).replace("spec:\n", pods),
      ...[2, 3].map((number) => manifests.node(number)),
    );
    const foreign = {
      AddressOfPods: "10.244.3.7",
      AddressMartian: "169.254.1.1",
      AddressOfNode: nodeAddresses(2).v4,
    };
    for (const [reason, requested] of Object.entries(foreign)) {
      const name = reason.toLowerCase();
      await bench.files.write(`eip-${name}`, manifests.eip(name, requested));
      await bench.service({ name, requested });
      await bench.reason("Service", name, reason);
    }
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    assertEquals(Object.keys(await table(bench)), [`${first}/32`]);
  },
);

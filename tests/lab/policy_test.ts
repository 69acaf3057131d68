/**
 * What is said of routes, on the leaf's own table: attributes of Service, Eip and BgpPeer, and their
 * change while the session stays up.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { addresses, manifests, until } from "../../scripts/lab/mod.ts";
import { type Bench, hops, leafAs, managerTest, poolAddress } from "./manager_case.ts";

const first = "203.0.113.1";

/** An Eip with this in `spec.bgp`, as JSON is YAML. */
function pool(bgp: unknown): string {
  return `${manifests.eip("pool", poolAddress)}  bgp: ${JSON.stringify(bgp)}\n`;
}

/** The leaf's BgpPeer with more fields of `spec`. */
function peer(more: Readonly<Record<string, unknown>>): string {
  const spec = { peerAs: leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1 };
  const lines = Object.entries(more).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return manifests.bgpPeer(spec) + lines.join("");
}

/** Waits until BIRD has these attributes on every path of the address. */
async function says(bench: Bench, wanted: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(wanted);
  const look = async (): Promise<readonly string[]> => {
    const route = (await bench.leaf.routes()).find((each) => each.prefix === `${first}/32`);
    return (route?.paths ?? []).map(({ attributes }) =>
      JSON.stringify(
        Object.fromEntries(names.map((name) => [name, attributes[`BGP.${name}`] ?? ""])),
      )
    );
  };
  await until(`the leaf has ${JSON.stringify(wanted)}`, async () => {
    const paths = await look();
    return paths.length === 2 && paths.every((each) => each === JSON.stringify(wanted));
  }, { signal: bench.lab.signal, otherwise: () => bench.leaf.ask("show route all") });
}

managerTest(
  "the leaf has the attributes of Service, Eip and BgpPeer, and no edit resets",
  async (bench) => {
    const all = {
      communities: ["65000:100", "no-advertise"],
      largeCommunities: ["65000:1:2"],
      extendedCommunities: ["rt:65000:100"],
      med: 20,
      prepend: 1,
    };
    await bench.files.write("eip", pool({ ...all, serviceMaySet: ["med", "communities"] }));
    await bench.service({ name: "web" });
    const ofEip = {
      as_path: "65000 65000",
      med: "20",
      community: "(65000,100) (65535,65282)",
      large_community: "(65000, 1, 2)",
      ext_community: "(rt, 65000, 100)",
    };
    await says(bench, ofEip);
    const annotated = manifests.service({ name: "web" }).replace(
      "  annotations:\n",
      `  annotations:\n    bgp.porter.kubesphere.io/med: "5"\n` +
        `    bgp.porter.kubesphere.io/communities: "65000:7"\n`,
    );
    await bench.files.write("service-web", annotated, manifests.endpointSlice("web", [1, 2]));
    const ofService = { ...ofEip, med: "5", community: "(65000,7) (65000,100) (65535,65282)" };
    await says(bench, ofService);
    await bench.files.write(
      "bgppeer",
      peer({ export: { communities: ["blackhole"], prepend: 4 } }),
    );
    await says(bench, { ...ofService, community: `${ofService.community} (65535,666)` });
    await bench.files.write("eip", pool({}));
    await says(bench, {
      as_path: "65000 65000 65000 65000 65000",
      med: "",
      community: "(65535,666)",
      large_community: "",
      ext_community: "",
    });
    await bench.reason("Service", "web", "AttributeNotAllowed");
    await bench.files.write("bgppeer", peer({ nextHop: "self" }));
    await bench.leaf.hasNextHops(`${first}/32`, [addresses.manager.v4]);
    await bench.files.write("bgppeer", peer({ export: { maxPrefixes: 0 } }));
    await bench.leafHas(first, []);
    await bench.reason("BgpPeer", "leaf", "RouteCapReached");
    await bench.peer({ sendMax: 1 });
    await bench.leaf.hasNextHops(`${first}/32`, hops(1));
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

/**
 * What is said of routes, on the leaf's own table: attributes of Service, Eip and BgpPeer, and their
 * change while the session stays up.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { addresses, birdConfig, manifests, until } from "../../scripts/lab/mod.ts";
import {
  type Bench,
  hops,
  leafAs,
  leafOptions,
  managerTest,
  poolAddress,
  port,
  porterAs,
} from "./manager_case.ts";

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

/** Waits until BIRD has these attributes on every path of the address; "" is none. */
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

managerTest("inside the AS the leaf has LOCAL_PREF, and an empty AS_PATH", async (bench) => {
  await bench.leaf.configure({ ...leafOptions, as: porterAs });
  await bench.peer({ peerAs: porterAs });
  await bench.service({ name: "web" });
  const usual = { as_path: "", local_pref: "100", med: "", community: "", origin: "IGP" };
  await says(bench, usual);
  await bench.files.write("eip", pool({ localPref: 250, med: 20, communities: ["65000:100"] }));
  await says(bench, { ...usual, local_pref: "250", med: "20", community: "(65000,100)" });
  // The nodes stay the next hops: nobody here says "self".
  await bench.leafHas(first, [1, 2]);
  // Outside of it LOCAL_PREF has no business (RFC 4271 5.1.5): BIRD's own 100 stands.
  await bench.leaf.configure(leafOptions);
  await bench.peer();
  await says(bench, { as_path: "65000", local_pref: "100", med: "20", community: "(65000,100)" });
});

managerTest("a leaf without four-octet AS numbers has the whole AS path", async (bench) => {
  const as = 4_200_000_001;
  // BIRD will not write such an AS down then, though it reads the capability that says it.
  const config = birdConfig({ ...leafOptions, extra: ["enable as4 off;"] });
  await bench.leaf.configureWith(config.replace(`${port} as ${porterAs}`, `${port} external`));
  await bench.conf({ as });
  await bench.service({ name: "web" });
  // Of AS_TRANS in AS_PATH and of AS4_PATH (RFC 6793 4.2.3).
  await says(bench, { as_path: `${as}` });
  await bench.files.write("eip", pool({ prepend: 2 }));
  await says(bench, { as_path: `${as} ${as} ${as}` });
  const [local = "", neighbor = ""] = (await bench.leaf.session()).text
    .split("Neighbor capabilities");
  assertEquals([local, neighbor].map((each) => /4-octet AS numbers/.test(each)), [false, true]);
});

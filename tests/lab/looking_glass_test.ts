/**
 * The looking glass of a running manager, in a real browser.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RouteReport } from "../../lib/report/mod.ts";
import { until } from "../../scripts/lab/mod.ts";
import { BgpClient } from "../support/bgp_client.ts";
import { freePort, rivalObjects, serviceObjects, withManager } from "../support/running_manager.ts";

/** The page as the browser has it once its script has run. */
async function domOf(url: string, profile: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("timeout", {
    args: [
      ...["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
      ...["--no-first-run", "--disable-background-networking", "--disable-component-update"],
      ...["--disable-sync", `--user-data-dir=${profile}`, "--virtual-time-budget=5000"],
      ...["--dump-dom", url],
    ],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "the looking glass shows peers, paths, EIPs and the last events of a running manager",
  // Without root the lab's programs are not installed.
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const api = freePort();
    const profile = await Deno.makeTempDir();
    const args = ["--api-address", `127.0.0.1:${api}`];
    await withManager(args, rivalObjects, async (manager) => {
      const leaf = await BgpClient.connect(manager.port, 64513);
      for (let told = false; !told;) {
        const update = await leaf.until("update");
        assert(update, "porter closed the session");
        told = update.nlri.length > 0;
      }
      const dom = await domOf(`http://127.0.0.1:${api}/?live=no`, profile);
      assertMatch(dom, /<span class="badge good">Established for \d+s<\/span>/);
      assertMatch(dom, /<span class="chip good">1 of 1 peers up<\/span>/);
      assertMatch(dom, /1\/1 prefixes, 1 path told/);
      // One live path from the leaf to the node, and one from the node to the EIP.
      assertEquals([...dom.matchAll(/<path [^>]*class="told"/g)].length, 1);
      assertEquals([...dom.matchAll(/<path [^>]*class="path"/g)].length, 1);
      assertMatch(dom, /<span class="address">203\.0\.113\.7<\/span><span>default\/web<\/span>/);
      assertMatch(dom, /<span>default\/wide<\/span><span class="state bad">PoolExhausted<\/span>/);
      assertMatch(dom, /<li>via node1 192\.0\.2\.11<\/li><li>leaf1: sent, 1 of 1 next hops<\/li>/);
      assertMatch(dom, /<strong class="">session\.established<\/strong>/);
      assertMatch(dom, /<strong class="">route\.announced<\/strong>/);
      assertMatch(dom, /<p id="live" class="quiet good">live<\/p>/);
      manager.signal("SIGTERM");
      leaf.close();
    });
    await Deno.remove(profile, { recursive: true });
  },
});

/** 206 addresses under one prefix, one besides, and 60 Services that get none: more than the page shows. */
const manyObjects = (port: number): string =>
  [
    serviceObjects(port),
    `apiVersion: network.kubesphere.io/v1alpha1
kind: Eip
metadata: { name: covered }
spec: { address: 198.51.100.0/24, protocol: bgp, bgp: { aggregationLength: 24 } }
`,
    ...Array.from({ length: 266 }, (_, at) => {
      const [name, pool] = at < 205 ? [`many${1000 + at}`, "covered"] : [`late${at}`, "public"];
      return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  annotations: { lb.kubesphere.io/v1alpha1: porter, porter.kubesphere.io/pool: ${pool} }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.7], nodeName: node1, conditions: { ready: true } }]
`;
    }),
  ].join("---\n");

Deno.test({
  name: "the looking glass says how much it leaves off, and which prefix covers an address",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const api = freePort();
    const profile = await Deno.makeTempDir();
    // Nobody reads its log before it ends.
    const args = ["--api-address", `127.0.0.1:${api}`, "--log-level", "error"];
    await withManager(args, manyObjects, async (manager) => {
      await manager.meet();
      const url = `http://127.0.0.1:${api}`;
      await until("every address is written down", async () => {
        const routes = await (await fetch(`${url}/api/v1/routes?filter=covered`)).json();
        return routes.length === 206 && routes.every((each: RouteReport) => each.announced);
      });
      const dom = await domOf(`${url}/?live=no`, profile);
      assertMatch(dom, /<span[^>]*id="eips-note"[^>]*>207 addresses, 60 Services without one</);
      assertMatch(dom, /id="eips-more"[^>]*>and 7 more: find them by name</);
      assertMatch(dom, /id="troubles-more"[^>]*>and \d+ more: /);
      assertMatch(dom, /shown: 24 of 207 EIPs/);
      assertMatch(dom, />covered, 1 next hop, as 198\.51\.100\.0\/24</);
      assertMatch(dom, /<li>announced by the prefix that covers it, 198\.51\.100\.0\/24<\/li>/);
    });
    await Deno.remove(profile, { recursive: true });
  },
});

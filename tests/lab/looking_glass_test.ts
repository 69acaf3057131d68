/**
 * The looking glass of a running manager, in a real browser.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { BgpClient } from "../cli/bgp_client.ts";
import { start } from "../support/porter.ts";

const manifests = (port: number) =>
  `apiVersion: network.kubesphere.io/v1alpha1
kind: BgpConf
metadata: { name: default }
spec: { as: 64512, routerID: 192.0.2.2, port: ${port} }
---
apiVersion: network.kubesphere.io/v1alpha1
kind: BgpPeer
metadata: { name: leaf1 }
spec:
  config: { peerAs: 64513, neighborAddress: 127.0.0.1 }
  transport: { passiveMode: true }
---
apiVersion: network.kubesphere.io/v1alpha1
kind: Eip
metadata: { name: public }
spec: { address: 203.0.113.7, protocol: bgp }
---
apiVersion: v1
kind: Service
metadata: { name: web, annotations: { lb.kubesphere.io/v1alpha1: porter } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: wide, annotations: { lb.kubesphere.io/v1alpha1: porter } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.7], nodeName: node1, conditions: { ready: true } }]
---
apiVersion: v1
kind: Node
metadata: { name: node1 }
status:
  addresses: [{ type: InternalIP, address: 192.0.2.11 }]
  conditions: [{ type: Ready, status: "True" }]
`;

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

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
    const [bgp, api] = [freePort(), freePort()];
    const [dir, profile] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    await Deno.writeTextFile(`${dir}/all.yaml`, manifests(bgp));
    const child = await start(["manager", "--directory", dir, "--api-address", `127.0.0.1:${api}`]);
    const leaf = await BgpClient.connect(bgp, 64513);
    try {
      for (let told = false; !told;) {
        const update = await leaf.until("update");
        assert(update, "porter closed the session");
        told = update.nlri.length > 0;
      }
      const dom = await domOf(`http://127.0.0.1:${api}/?live=no`, profile);
      assertMatch(dom, /<span class="good">Established for \d+s<\/span>/);
      assertMatch(dom, /<span class="chip good">1 of 1 peers up<\/span>/);
      assertMatch(dom, /1\/1 prefixes, 1 paths told/);
      // One live path from the leaf to the node, and one from the node to the EIP.
      assertEquals([...dom.matchAll(/<path [^>]*class="told"/g)].length, 1);
      assertEquals([...dom.matchAll(/<path [^>]*class="path"/g)].length, 1);
      assertMatch(dom, /<span class="address">203\.0\.113\.7<\/span><span>default\/web<\/span>/);
      assertMatch(dom, /<span>default\/wide<\/span><span class="state bad">PoolExhausted<\/span>/);
      assertMatch(dom, /<li>via node1 192\.0\.2\.11<\/li><li>leaf1: sent, 1 of 1 next hops<\/li>/);
      assertMatch(dom, /<strong class="">session\.established<\/strong>/);
      assertMatch(dom, /<strong class="">route\.announced<\/strong>/);
      assertMatch(dom, /<p id="live" class="quiet good">live<\/p>/);
    } finally {
      child.kill("SIGTERM");
      leaf.close();
      assertEquals((await child.output()).code, 0);
      for (const folder of [dir, profile]) await Deno.remove(folder, { recursive: true });
    }
  },
});

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { porter, start } from "../support/porter.ts";
import { BgpClient } from "./bgp_client.ts";

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
`;

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function withDirectory(port: number, act: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/all.yaml`, manifests(port));
    await act(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What is answered; waits until somebody listens, and until the answer is this. */
async function answers(url: string, wanted: RegExp): Promise<number> {
  const end = Date.now() + 20_000;
  let last = "nothing";
  while (Date.now() < end) {
    try {
      const response = await fetch(url);
      last = await response.text();
      if (wanted.test(last)) return response.status;
    } catch (thrown) {
      last = String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} says ${last}, not ${wanted}`);
}

Deno.test("porter manager is ready when its session is up, and healthy before that", async () => {
  const [bgp, health] = [freePort(), freePort()];
  await withDirectory(bgp, async (dir) => {
    const child = await start(
      ["manager", "--directory", dir, "--health-address", `127.0.0.1:${health}`],
    );
    const url = `http://127.0.0.1:${health}`;
    assertEquals(await answers(`${url}/readyz`, /^the session with BgpPeer leaf1 is \w+\n$/), 503);
    assertEquals(await answers(`${url}/healthz`, /^ok\n$/), 200);
    const leaf = await BgpClient.connect(bgp, 64513);
    assert(await leaf.until("update"), "porter closed the session");
    assertEquals(await answers(`${url}/readyz`, /^ok\n$/), 200);
    child.kill("SIGTERM");
    await leaf.until("notification");
    leaf.close();
    assertEquals((await child.output()).code, 0);
  });
});

Deno.test("porter manager gives its metrics beside health and at an address of their own", async () => {
  const [bgp, health, metrics] = [freePort(), freePort(), freePort()];
  await withDirectory(bgp, async (dir) => {
    const child = await start([
      ...["manager", "--directory", dir, "--health-address", `127.0.0.1:${health}`],
      ...["--metrics-address", `127.0.0.1:${metrics}`, "--metrics-compat=metallb"],
    ]);
    const leaf = await BgpClient.connect(bgp, 64513);
    assert(await leaf.until("update"), "porter closed the session");
    for (const port of [health, metrics]) {
      const url = `http://127.0.0.1:${port}`;
      assertEquals(
        await answers(`${url}/metrics`, /^porter_bgp_session_up\{peer="leaf1"\} 1$/m),
        200,
      );
      assertEquals(await answers(`${url}/metrics`, /^metallb_bgp_session_up\{/m), 200);
      assertEquals(await answers(`${url}/healthz`, /^ok\n$/), 200);
    }
    child.kill("SIGTERM");
    leaf.close();
    assertEquals((await child.output()).code, 0);
  });
});

Deno.test("an address for health that cannot be had ends porter with one line", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await withDirectory(freePort(), async (dir) => {
      const address = `127.0.0.1:${taken.addr.port}`;
      const args = ["manager", "--directory", dir, "--health-address"];
      const { code, stderr } = await porter([...args, address]);
      const said = stderr.split("\n").filter((line) => line.startsWith("porter: "));
      assertEquals(said, [
        `porter: Cannot listen on --health-address ${address}: the address is in use`,
      ]);
      assertEquals(code, 1);
      const wrong = await porter([...args, "7980"]);
      assertMatch(wrong.stderr, /^porter: [^\n]*HOST:PORT[^\n]*\n$/);
      assertStringIncludes(wrong.stderr, "porter manager --help");
    });
  } finally {
    taken.close();
  }
});

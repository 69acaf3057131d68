import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { span, table } from "../../lib/cli/table.ts";
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

async function withDirectory(port: number, act: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/all.yaml`, manifests(port));
    await act(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Runs porter until it says this: what it tells of becomes so only after a while. */
async function until(args: readonly string[], wanted: RegExp): Promise<string> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { stdout, stderr } = await porter(args);
    if (wanted.test(stdout)) return stdout;
    if (Date.now() > end) throw new Error(`porter ${args.join(" ")} says ${stdout}${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("peers, routes, eips, nodes and explain say what a running manager knows", async () => {
  const [bgp, api] = [freePort(), freePort()];
  await withDirectory(bgp, async (dir) => {
    const child = await start(["manager", "--directory", dir, "--api-address", `127.0.0.1:${api}`]);
    const ask = ["--manager", `127.0.0.1:${api}`];
    const leaf = await BgpClient.connect(bgp, 64513);
    try {
      assert(await leaf.until("update"), "porter closed the session");
      const peers = await until(
        ["peers", ...ask],
        /^leaf1 +127\.0\.0\.1 +64513 +Established .* 1\/1 /m,
      );
      assertMatch(peers, /^NAME +ADDRESS +AS +STATE /);
      const routes = await until(["routes", ...ask], /^203\.0\.113\.7\/32 .* yes +node1 +1\/1$/m);
      assertStringIncludes(routes, "default/");
      const eips = (await porter(["eips", ...ask])).stdout;
      assertMatch(eips, /^public +203\.0\.113\.7 +Full +1\/1$/m);
      assertMatch(eips, /^default\/\w+ +PoolExhausted /m);
      const nodes = JSON.parse((await porter(["nodes", "-o", "json", ...ask])).stdout);
      assertEquals([nodes.length, nodes[0].name, nodes[0].eips], [1, "node1", 1]);
      const wide = (await porter(["peers", "-o", "wide", ...ask])).stdout;
      assertMatch(wide, / ipv4 /);

      const winner = /(default\/\w+)/.exec(routes)?.[1] ?? "";
      const loser = winner === "default/web" ? "default/wide" : "default/web";
      const told = await porter(["explain", winner, ...ask]);
      // Of two Services as old as each other the name decides; only web has an endpoint.
      assertEquals([winner, told.code], ["default/web", 0]);
      const lost = await porter(["explain", loser, ...ask, "-o", "json"]);
      assertEquals([lost.code, JSON.parse(lost.stdout).broken], [2, "pool"]);

      // An agent's word goes along, without what does not matter.
      const others = Array.from({ length: 20_000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`);
      const eipsOf = [...others, "203.0.113.7"].map((address) => ({
        ...{ address, ports: ["tcp 80"], present: address !== "203.0.113.7", refused: null },
      }));
      const host = { node: "node1", missing: ["nft is gone"], eips: eipsOf };
      const agent = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        () => Response.json(host),
      );
      const asked = ["--agent", `127.0.0.1:${agent.addr.port}`];
      const lacking = await porter(["explain", "web", ...ask, ...asked]);
      await agent.shutdown();
      assertEquals([lacking.code, lacking.stderr], [2, ""]);
      assertStringIncludes(lacking.stdout, "node1 lacks 203.0.113.7: nft is gone");

      const doctor = (await porter(["doctor", ...ask])).stdout;
      assertMatch(doctor, new RegExp(`^ok BGP port: ${bgp}, the manager listens$`, "m"));
      assertMatch(doctor, /^\S\S rp_filter: /m);
    } finally {
      child.kill("SIGTERM");
      leaf.close();
      assertEquals((await child.output()).code, 0);
    }
  });
});

Deno.test("a look at a directory needs nobody that runs", async () => {
  await withDirectory(179, async (dir) => {
    for (const command of ["peers", "routes", "eips", "nodes"]) {
      const { code, stdout, stderr } = await porter([command, "--directory", dir, "-o", "yaml"]);
      assertEquals([code, stderr, stdout.length > 10], [0, "", true]);
    }
    const { code, stdout } = await porter(["explain", "nothing", "--directory", dir]);
    assertEquals(code, 2);
    assertStringIncludes(stdout, 'Service default/nothing: broken at "Service"');
  });
});

Deno.test("a manager can be asked at a socket, and who asks nobody is told how", async () => {
  const port = freePort();
  await withDirectory(freePort(), async (dir) => {
    const folder = await Deno.makeTempDir();
    const socket = `unix:${folder}/porter.sock`;
    // A socket that another porter left is no obstacle.
    const left = Deno.listen({ transport: "unix", path: `${folder}/porter.sock` });
    left.close();
    const child = await start(["manager", "--directory", dir, "--api-address", socket]);
    try {
      await until(["peers", "--manager", socket], /^leaf1 /m);
    } finally {
      child.kill("SIGTERM");
      assertEquals((await child.output()).code, 0);
      await Deno.remove(folder, { recursive: true });
    }
    const { code, stdout, stderr } = await porter(["peers", "--manager", `127.0.0.1:${port}`]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /^porter: Cannot ask the manager at 127\.0\.0\.1:\d+: .*port-forward[^\n]*\n$/,
    );
  });
});

Deno.test("an API address that was asked for and is taken ends porter; the default one does not", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await withDirectory(freePort(), async (dir) => {
      const address = `127.0.0.1:${taken.addr.port}`;
      const { code, stderr } = await porter([
        "manager",
        "--directory",
        dir,
        "--api-address",
        address,
      ]);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        `Cannot listen on --api-address ${address}: the address is in use`,
      );
    });
  } finally {
    taken.close();
  }
});

Deno.test("a table is as wide as it must be, and says when there is nothing", () => {
  const columns = [
    { title: "A", of: ({ a }: { a: string }) => a },
    { title: "WIDE", of: () => 7, wide: true as const },
    { title: "LAST", of: () => "" },
  ];
  const options = { wide: false, none: "Nothing" };
  assertEquals(table([], columns, options), "Nothing");
  assertEquals(table([{ a: "long\nname" }], columns, options), "A          LAST\nlong name  -");
  assertEquals(
    table([{ a: "x" }], columns, { ...options, wide: true }),
    "A  WIDE  LAST\nx  7     -",
  );
});

Deno.test("a span has two units at most", () => {
  const second = 1000;
  assertEquals(
    [0, 59, 61, 3600, 90_000, 1_000_000].map((each) => span(each * second)),
    ["0s", "59s", "1m1s", "1h0m", "1d1h", "11d13h"],
  );
});

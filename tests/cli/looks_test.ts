import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { span, table } from "../../lib/cli/table.ts";
import { porter, start } from "../support/porter.ts";
import {
  freePort,
  peerObjects,
  rivalObjects,
  serviceObjects,
  withDirectory,
  withManager,
} from "../support/running_manager.ts";

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
  const api = freePort();
  const ask = ["--manager", `127.0.0.1:${api}`];
  const args = ["--api-address", `127.0.0.1:${api}`];
  await withManager(args, rivalObjects, async (manager) => {
    await manager.meet();
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
    let heard = 0;
    const second = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => {
        heard++;
        return Response.json({ node: "node2", missing: [], eips: [] });
      },
    );
    const asked = ["--agent", ...[agent, second].map(({ addr }) => `127.0.0.1:${addr.port}`)];
    const lacking = await porter(["explain", "web", ...ask, ...asked]);
    await agent.shutdown();
    await second.shutdown();
    assertEquals(heard, 1);
    assertEquals([lacking.code, lacking.stderr], [2, ""]);
    assertStringIncludes(lacking.stdout, "node1 lacks 203.0.113.7: nft is gone");

    const doctor = (await porter(["doctor", ...ask])).stdout;
    assertMatch(doctor, new RegExp(`^ok BGP port: ${manager.port}, the manager listens$`, "m"));
    assertMatch(doctor, /^\S\S rp_filter: /m);
  });
});

Deno.test("a change is planned as the manager plans: with Services that name no load balancer", async () => {
  const api = freePort();
  const plain = "apiVersion: v1\nkind: Service\nmetadata: { name: plain }\n" +
    "spec: { type: LoadBalancer, ports: [{ port: 80 }] }\n";
  const free = (port: number) => serviceObjects(port).replace("203.0.113.7", "203.0.113.0/24");
  const change = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(change, plain);
  const args = ["--api-address", `127.0.0.1:${api}`, "--serve-classless"];
  await withManager(args, free, async () => {
    const ask = ["plan", "-f", change, "--manager", `127.0.0.1:${api}`];
    assertMatch(await until(ask, /Service/), /^\+ Service default\/plain: 203\.0\.113\.\d+ of /m);
  });
  await withDirectory(free(179), async (dir) => {
    const beside = (...flags: string[]) => porter(["plan", dir, "-f", change, ...flags]);
    assertEquals((await beside()).stdout, "nothing would change\n");
    assertMatch((await beside("--serve-classless")).stdout, /^\+ Service default\/plain: /m);
    await Deno.copyFile(change, `${dir}/plain.yaml`);
    const look = ["eips", "--directory", dir];
    assertEquals((await porter(look)).stdout.includes("default/plain"), false);
    assertMatch((await porter([...look, "--serve-classless"])).stdout, / default\/plain /);
  });
  await Deno.remove(change);
});

Deno.test("a look at a directory needs nobody that runs", async () => {
  await withDirectory(rivalObjects(179), async (dir) => {
    for (const command of ["peers", "routes", "eips", "nodes"]) {
      const { code, stdout, stderr } = await porter([command, "--directory", dir, "-o", "yaml"]);
      assertEquals([code, stderr, stdout.length > 10], [0, "", true]);
    }
    const { code, stdout } = await porter(["explain", "nothing", "--directory", dir]);
    assertEquals(code, 2);
    assertStringIncludes(stdout, 'Service default/nothing: broken at "Service"');
    const eips = [{ address: "203.0.113.7", ports: ["tcp 80"], present: false, refused: null }];
    const agent = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => Response.json({ node: "node1", missing: ["nft is gone"], eips }),
    );
    const asked = ["--directory", dir, "--agent", `127.0.0.1:${agent.addr.port}`];
    const lacking = await porter(["explain", "web", ...asked]);
    await agent.shutdown();
    assertStringIncludes(lacking.stdout, "node1 lacks 203.0.113.7: nft is gone");
  });
});

Deno.test("a manager can be asked at a socket, and who asks nobody is told how", async () => {
  const folder = await Deno.makeTempDir();
  const socket = `unix:${folder}/porter.sock`;
  // A socket that another porter left is no obstacle.
  const left = Deno.listen({ transport: "unix", path: `${folder}/porter.sock` });
  left.close();
  await withManager(["--api-address", socket], peerObjects, async () => {
    await until(["peers", "--manager", socket], /^leaf1 /m);
    const watch = await start(["peers", "--manager", socket, "--watch"]);
    await new Promise((resolve) => setTimeout(resolve, 5500));
    watch.kill("SIGTERM");
    await watch.stdin.close();
    const seen = new TextDecoder().decode((await watch.output()).stdout);
    assertEquals([...seen.matchAll(/^NAME /gm)].length, 1, "that time goes by is no news");
  });
  await Deno.remove(folder, { recursive: true });
  const nobody = `127.0.0.1:${freePort()}`;
  const { code, stdout, stderr } = await porter(["peers", "--manager", nobody]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^porter: Cannot ask the manager at 127\.0\.0\.1:\d+: .*port-forward[^\n]*\n$/,
  );
});

Deno.test("an API address that was asked for and is taken ends porter; the default one does not", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await withDirectory(peerObjects(freePort()), async (dir) => {
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

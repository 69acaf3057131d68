import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { porter } from "../support/porter.ts";
import { freePort, peerObjects, withDirectory, withManager } from "../support/running_manager.ts";

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
  const health = freePort();
  const args = ["--health-address", `127.0.0.1:${health}`];
  await withManager(args, peerObjects, async (manager) => {
    const url = `http://127.0.0.1:${health}`;
    assertEquals(await answers(`${url}/readyz`, /^the session with BgpPeer leaf1 is \w+\n$/), 503);
    assertEquals(await answers(`${url}/healthz`, /^ok\n$/), 200);
    await manager.meet();
    assertEquals(await answers(`${url}/readyz`, /^ok\n$/), 200);
  });
});

Deno.test("porter manager gives its metrics beside health and at an address of their own", async () => {
  const [health, metrics] = [freePort(), freePort()];
  const args = [
    ...["--health-address", `127.0.0.1:${health}`],
    ...["--metrics-address", `127.0.0.1:${metrics}`, "--metrics-compat=metallb"],
  ];
  await withManager(args, peerObjects, async (manager) => {
    await manager.meet();
    for (const port of [health, metrics]) {
      const url = `http://127.0.0.1:${port}`;
      const up = /^porter_bgp_session_up\{peer="leaf1"\} 1$/m;
      assertEquals(await answers(`${url}/metrics`, up), 200);
      assertEquals(await answers(`${url}/metrics`, /^metallb_bgp_session_up\{/m), 200);
      assertEquals(await answers(`${url}/healthz`, /^ok\n$/), 200);
    }
  });
});

Deno.test("an address for health that cannot be had ends porter with one line", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await withDirectory(peerObjects(freePort()), async (dir) => {
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

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { addresses, Bird, manifests, startManager, until } from "../../scripts/lab/mod.ts";
import { hops, leafAs, leafOptions, managerTest, port } from "./manager_case.ts";

const first = "203.0.113.1";

managerTest(
  "another AS of our own resets the session, and the routes are there at once",
  async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.leaf.configure({ ...leafOptions, peerAs: 65099 });
    await bench.conf({ as: 65099 });
    await bench.leafHas(first, [1, 2]);
    const [path] = (await bench.leaf.routes()).flatMap((route) => route.paths);
    assertEquals(path?.attributes["BGP.as_path"], "65099");
  },
);

managerTest("another router id resets the session once", async (bench) => {
  await bench.service({ name: "web" });
  await bench.leafHas(first, [1, 2]);
  await bench.conf({ routerId: "192.0.2.7" });
  await bench.sessions(2);
  await bench.leafHas(first, [1, 2]);
  assertMatch((await bench.leaf.session()).text, /Neighbor ID:\s+192\.0\.2\.7/);
});

for (const dials of ["porter", "the leaf"] as const) {
  managerTest(
    `another port is listened on, and no session is touched: ${dials} dialled`,
    async (bench) => {
      await bench.service({ name: "web" });
      await bench.leafHas(first, [1, 2]);
      await bench.conf({ port: 17901 });
      await until("the new port is open", async () => {
        return (await bench.log()).includes('"port":17901');
      });
      const other = new Bird(bench.lab, "stranger");
      const local = { localAddress: addresses.stranger.v4 };
      await other.start({ ...leafOptions, ...local, peerPort: 17901 });
      const peer = { name: "other", peerAs: leafAs, neighborAddress: addresses.stranger.v4 };
      await bench.files.write("other", manifests.bgpPeer({ ...peer, passiveMode: true }));
      await other.established();
      await other.hasNextHops(`${first}/32`, hops(1, 2));
      assertEquals(await bench.leaf.timesUp(), 1);
      // Nobody waits at the old one, and the session that came in there hears of the next change.
      const old = await bench.lab.must("manager", ["ss", "-Hltn", "sport", "=", String(port)]);
      assertEquals(old, "");
      await bench.service({ name: "web" }, [2]);
      await bench.leafHas(first, [2]);
      assertEquals(await bench.leaf.timesUp(), 1);
    },
    { leaf: { ...leafOptions, passive: dials === "porter" }, passive: dials === "the leaf" },
  );
}

managerTest("a peer's other AS and address take effect", async (bench) => {
  await bench.service({ name: "web" });
  await bench.leafHas(first, [1, 2]);
  await bench.leaf.configure({ ...leafOptions, as: 65077 });
  await bench.peer({ peerAs: 65077 });
  await bench.leafHas(first, [1, 2]);
  const other = new Bird(bench.lab, "stranger");
  await other.start({ ...leafOptions, localAddress: addresses.stranger.v4 });
  await bench.peer({ neighborAddress: addresses.stranger.v4 });
  await other.established();
  await other.hasNextHops(`${first}/32`, hops(1, 2));
  await bench.leafHas(first, []);
  assertMatch(await bench.leaf.log(), /Received: (Peer de-configured|Other configuration change)/);
});

managerTest(
  "a peer that is deleted is told so, and one that comes back has the routes",
  async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.files.remove("bgppeer");
    await bench.leafHas(first, []);
    assertMatch(await bench.leaf.log(), /Received: Peer de-configured/);
    await bench.peer();
    await bench.leafHas(first, [1, 2]);
  },
);

managerTest(
  "a thousand Services come and go without a transition of the session",
  async (bench) => {
    await bench.files.write("big", manifests.eip("big", "198.18.0.0/20"));
    await bench.service({ name: "web", requested: first });
    await bench.leafHas(first, [1, 2]);
    const many = Array.from({ length: 1000 }, (_, index) => `many-${index}`)
      .flatMap((name) => [manifests.service({ name }), manifests.endpointSlice(name, [1, 2])]);
    await bench.files.write("many", ...many);
    await until("the leaf has all", async () => (await bench.leaf.routeCount()) === 1001, {
      timeout: 30_000,
    });
    await bench.files.remove("many");
    await until("the leaf has one", async () => (await bench.leaf.routeCount()) === 1, {
      timeout: 30_000,
    });
    const session = await bench.leaf.session();
    assertEquals(session.state, "Established");
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

managerTest(
  "a second manager on the same port ends with one clear line and code 1",
  async (bench) => {
    const second = startManager(bench.lab, { directory: bench.files.folder });
    assertEquals(await second.ended, 1);
    const lines = (await second.output()).trimEnd().split("\n")
      .filter((line) => !line.startsWith("{"));
    assertEquals(lines.length, 1, lines.join("\n"));
    assertStringIncludes(lines[0] ?? "", String(port));
    assertEquals(await bench.leaf.timesUp(), 1);
  },
);

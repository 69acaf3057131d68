/**
 * Sessions whose sockets have options, with the whole manager: what a leaf switch insists on, and what
 * happens to those who do not have it.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  addresses,
  Bird,
  type BirdOptions,
  Gobgp,
  leafBridge,
  manifests,
  nodeAddresses,
  plan,
  until,
} from "../../scripts/lab/mod.ts";
import { Frr } from "../../scripts/lab/frr.ts";
import {
  type Bench,
  hops,
  leafAs,
  leafOptions,
  managerTest,
  port,
  porterAs,
} from "./manager_case.ts";

const first = "203.0.113.1";

/** Both ways to connect: what porter's peer says, and what the leaf says. */
const ways = [
  { how: "porter dials", passiveMode: false },
  { how: "the leaf dials", passiveMode: true },
] as const;

/**
 * Asserts that the leaf hears nothing although both try. What it calls its session says less: it is
 * up, for the leaf, when porter's first messages came through and its own did not.
 */
async function staysDown(bench: Bench): Promise<void> {
  await bench.leafHas(first, []);
  const end = performance.now() + 1500;
  await until("both have tried for a while", async () => {
    assertEquals(await bench.leaf.nextHops(`${first}/32`), []);
    return performance.now() > end;
  });
}

/** The leaf holds on to a connection on which it hears nothing, for minutes. */
async function forget(bench: Bench): Promise<void> {
  await bench.leaf.ask("restart porter");
}

for (const { how, passiveMode } of ways) {
  managerTest(`GTSM: a leaf that insists on it takes who has it too: ${how}`, async (bench) => {
    const leaf: BirdOptions = {
      ...leafOptions,
      passive: !passiveMode,
      extra: ["ttl security on;"],
    };
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.peer({ passiveMode });
    await bench.leaf.configure(leaf);
    await staysDown(bench);
    await bench.peer({ passiveMode, ttlSecurity: 1 });
    await forget(bench);
    await bench.leafHas(first, [1, 2]);
    // The other way round: the leaf sends with a TTL of 1, as BGP does to a neighbour.
    await bench.leaf.configure({ ...leaf, extra: [] });
    await staysDown(bench);
  });
}

const password = "correct-horse";
const signed: BirdOptions = { ...leafOptions, extra: [`password "${password}";`] };
const passwordSecretRef = { name: "porter-bgp", key: "leaf" };

/** Writes the Secret with these keys. */
async function secret(bench: Bench, values: Readonly<Record<string, string>>): Promise<void> {
  await bench.files.write("secret", manifests.secret("porter-bgp", values));
}

for (const { how, passiveMode } of ways) {
  managerTest(`TCP MD5: no session without the leaf's password: ${how}`, async (bench) => {
    await bench.service({ name: "web" });
    await bench.leafHas(first, [1, 2]);
    await bench.leaf.configure({ ...signed, passive: !passiveMode });
    await bench.peer({ passiveMode });
    await staysDown(bench);
    await bench.peer({ passiveMode, passwordSecretRef });
    const said = await bench.reason("BgpPeer", "leaf", "PeerSecretMissing");
    assertStringIncludes(said, "there is no Secret porter-bgp");
    await secret(bench, { other: password });
    await until("the key is missed", async () => (await bench.log()).includes("no key leaf"));
    await secret(bench, { leaf: "" });
    await bench.reason("BgpPeer", "leaf", "PeerSecretInvalid");
    await secret(bench, { leaf: "battery staple" });
    await staysDown(bench);
    await secret(bench, { leaf: password });
    await bench.leafHas(first, [1, 2]);
    // Porter insists on it too.
    await bench.leaf.configure({ ...leafOptions, passive: !passiveMode });
    await staysDown(bench);
  });
}

managerTest(
  "another password restarts that session alone, and is told to nobody",
  async (bench) => {
    const other = new Bird(bench.lab, "stranger");
    await other.start({ ...leafOptions, localAddress: addresses.stranger.v4 });
    const peer = { name: "other", peerAs: leafAs, neighborAddress: addresses.stranger.v4 };
    await bench.files.write("other", manifests.bgpPeer(peer));
    await bench.service({ name: "web" });
    await other.hasNextHops(`${first}/32`, hops(1, 2));
    await bench.leaf.configure(signed);
    await secret(bench, { leaf: password });
    await bench.peer({ passwordSecretRef });
    await bench.leafHas(first, [1, 2]);
    await bench.leaf.configure({ ...leafOptions, extra: ['password "battery staple";'] });
    await secret(bench, { leaf: "battery staple" });
    await until("the session is the third", async () => (await bench.leaf.timesUp()) === 3);
    await bench.leafHas(first, [1, 2]);
    assertEquals(await other.timesUp(), 1);
    const printed = ["text", "json"].map((form) => plan(bench.files.folder, "--output", form));
    const told = [bench.log(), ...printed.map(async (each) => (await each).stdout)];
    const statuses = (pattern: string) =>
      bench.lab.run("manager", ["grep", "-rE", pattern, `${bench.files.folder}/.status`]);
    told.push(...["Established", "horse|battery|staple"].map(async (each) => {
      return (await statuses(each)).stdout;
    }));
    const texts = await Promise.all(told);
    assertEquals(texts.map((text) => text !== ""), [true, true, true, true, false]);
    assertEquals(texts.filter((text) => /horse|battery|staple/.test(text)), []);
  },
  { logLevel: "debug" },
);

managerTest("GoBGP and porter sign what they say to each other, whoever dials", async (bench) => {
  await bench.leaf.stop();
  await secret(bench, { leaf: password });
  await bench.service({ name: "web" });
  for (const { passiveMode } of ways) {
    const leaf = new Gobgp(bench.lab);
    await leaf.start({ ...leafOptions, passive: !passiveMode, password });
    await bench.peer({ passiveMode, passwordSecretRef });
    await leaf.hasNextHops(`${first}/32`, hops(1, 2));
    await leaf.stop();
  }
});

/** The link-local address of an interface. */
async function linkLocal(bench: Bench, role: string, name: string): Promise<string> {
  const text = await bench.lab.must(role, ["ip", "-6", "addr", "show", "dev", name]);
  return /inet6 (fe80:\S+)\//.exec(text)?.[1] ?? "";
}

managerTest(
  "a link-local leaf learns both families over one session, whoever dials",
  async (bench) => {
    const leaf = await linkLocal(bench, "leaf", leafBridge);
    const manager = await linkLocal(bench, "manager", "eth0");
    const options: BirdOptions = {
      ...leafOptions,
      localAddress: leaf,
      peerAddress: manager,
      extra: [`interface "${leafBridge}";`],
    };
    await bench.files.write("eip6", manifests.eip("six", "2001:db8:1::/124"));
    await bench.service({ name: "web" });
    const six = manifests.service({ name: "six", families: ["IPv6"] });
    await bench.files.write("service-six", six, manifests.endpointSlice("six", [1, 2], 6));
    const peer = { neighborAddress: leaf, interface: "eth0" };
    for (const { how, passiveMode } of ways) {
      await bench.leaf.configure({ ...options, passive: !passiveMode });
      await bench.peer({ ...peer, passiveMode });
      await bench.leafHas(first, [1, 2]);
      const hops6 = [1, 2].map((number) => nodeAddresses(number).v6);
      await bench.leaf.hasNextHops("2001:db8:1::/128", hops6);
      assertMatch(
        (await bench.leaf.session()).text,
        new RegExp(`Neighbor address: ${manager}`),
        how,
      );
      // From a source address of this host too.
      await bench.peer({ ...peer, passiveMode, sourceAddress: manager });
      await bench.leafHas(first, [1, 2]);
      await bench.files.remove("bgppeer");
      await bench.leafHas(first, []);
    }
  },
);

managerTest(
  "a leaf that is some hops away sees the TTL and the source address asked for",
  async (bench) => {
    await bench.lab.ip("manager", ["addr add 192.0.2.7/32 dev eth0"]);
    await bench.lab.ip("leaf", [
      `route add 192.0.2.7/32 via ${addresses.manager.v4}`,
      "addr add 192.0.2.1/32 dev lo",
    ]);
    await bench.lab.ip("manager", [`route replace 192.0.2.1/32 via ${addresses.leaf.v4}`]);
    const capture = bench.lab.spawn("leaf", "ttl", [
      ...["tcpdump", "-n", "-v", "-l", "-i", leafBridge, "src 192.0.2.7 and tcp"],
    ]);
    await bench.leaf.configure({
      ...leafOptions,
      localAddress: "192.0.2.1",
      peerAddress: "192.0.2.7",
      multihop: 3,
    });
    await bench.service({ name: "web" });
    await bench.peer({
      neighborAddress: "192.0.2.1",
      sourceAddress: "192.0.2.7",
      interface: "eth0",
      ebgpMultiHop: 3,
    });
    await until("the leaf has the route of both", async () => {
      const [route] = await bench.leaf.routes();
      const told = route?.paths.map((path) => path.attributes["BGP.next_hop"]).sort() ?? [];
      return told.join() === hops(1, 2).join();
    }, { otherwise: () => bench.log() });
    await capture.says(/ttl 3,/);
  },
);

/** A Node that has no IPv4 address. */
function nodeOfIpv6(number: number): string {
  const own = nodeAddresses(number);
  return manifests.node(number).replaceAll(own.v4, own.v6);
}

for (const { name, Leaf } of [{ name: "BIRD", Leaf: Bird }, { name: "GoBGP", Leaf: Gobgp }]) {
  managerTest(`${name} takes IPv4 prefixes with IPv6 next hops where it said so`, async (bench) => {
    await bench.leaf.stop();
    await bench.files.write("nodes", nodeOfIpv6(1), nodeOfIpv6(2), manifests.node(3));
    await bench.service({ name: "web" }, [1, 2, 3]);
    const hops6 = [1, 2].map((number) => nodeAddresses(number).v6);
    const leaf = new Leaf(bench.lab);
    await leaf.start({
      ...leafOptions,
      localAddress: addresses.leaf.v6,
      peerAddress: addresses.manager.v6,
      extendedNextHop: true,
    });
    await bench.peer({ neighborAddress: addresses.leaf.v6 });
    await leaf.hasNextHops(`${first}/32`, [...hops6, ...hops(3)]);
    await bench.service({ name: "web" }, [2]);
    await leaf.hasNextHops(`${first}/32`, hops6.slice(1));
    await bench.service({ name: "web" }, []);
    await leaf.hasNextHops(`${first}/32`, []);
    await leaf.stop();
  });
}

/** frr.conf of a leaf that insists on everything at once. */
function frrConfig(passive: boolean): string {
  const neighbor = `neighbor ${addresses.manager.v6}`;
  return `frr defaults traditional
router bgp ${leafAs}
 bgp router-id ${addresses.leaf.v4}
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
 ${neighbor} remote-as ${porterAs}
 ${neighbor} password ${password}
 ${neighbor} ttl-security hops 1
 ${neighbor} capability extended-nexthop
 ${neighbor} port ${port}
 ${neighbor} timers connect 1${passive ? `\n ${neighbor} passive` : ""}
 address-family ipv4 unicast
  ${neighbor} activate
  maximum-paths 8
`;
}

for (const { how, passiveMode } of ways) {
  managerTest(
    `FRR has password, GTSM and IPv6 next hops of IPv4 at once: ${how}`,
    async (bench) => {
      await bench.leaf.stop();
      await secret(bench, { leaf: password });
      await bench.files.write("nodes", ...[1, 2].map(nodeOfIpv6));
      await bench.service({ name: "web" });
      const leaf = new Frr(bench.lab, "leaf", frrConfig(!passiveMode));
      await leaf.start();
      const peer = { neighborAddress: addresses.leaf.v6, passiveMode, passwordSecretRef };
      await bench.peer({ ...peer, ttlSecurity: 1 });
      const wanted = [1, 2].map((number) => nodeAddresses(number).v6).sort().join();
      await until("FRR has the route of both", async () => {
        return (await leaf.nextHops(`${first}/32`)).join() === wanted;
      }, { otherwise: async () => `${await leaf.show()}\n${await bench.log()}` });
      await leaf.kill();
    },
  );
}

managerTest(
  "leaves that connect from a range have sessions, signed and as many as may be",
  async (bench) => {
    await bench.service({ name: "web" });
    await secret(bench, { leaf: password });
    await bench.leaf.configure(signed);
    const range = { peerAs: leafAs, listenRange: "172.30.0.0/24", passwordSecretRef };
    await bench.files.write("bgppeer", manifests.bgpPeer({ ...range, listenLimit: 1 }));
    await bench.leafHas(first, [1, 2]);
    const other = new Bird(bench.lab, "stranger");
    await other.start({ ...signed, localAddress: addresses.stranger.v4 });
    await until("the limit is told", async () => (await bench.log()).includes("its 1 sessions"));
    assertEquals(await other.nextHops(`${first}/32`), []);
    const before = await bench.leaf.timesUp();
    await bench.files.write("bgppeer", manifests.bgpPeer({ ...range, listenLimit: 2 }));
    await other.hasNextHops(`${first}/32`, hops(1, 2));
    assertEquals(await bench.leaf.timesUp(), before);
    const { value } = await bench.status("BgpPeer", "leaf", ({ status }) => {
      const { sessions } = status as { readonly sessions?: readonly Record<string, string>[] };
      return sessions?.length === 2 && sessions.every((each) => each.state === "Established") &&
        sessions;
    });
    assertEquals(value.map((each) => each.address), [addresses.leaf.v4, addresses.stranger.v4]);
  },
);

managerTest("a leaf that takes no IPv6 next hops for IPv4 is told the others", async (bench) => {
  await bench.files.write("nodes", nodeOfIpv6(1), manifests.node(2), manifests.node(3));
  await bench.service({ name: "web" }, [1, 2, 3]);
  await bench.leafHas(first, [2, 3]);
});

/**
 * Covering prefixes with packets: a real leaf has one route for many addresses, what a Service holds is
 * served, and what nobody holds ends at the node (docs/adr/0037).
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Lab, manifests, nodeAddresses, requests, until } from "../../scripts/lab/mod.ts";
import { leafOfAgents, nodeNumbers, Rack, scene } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";

const covering = { 4: "203.0.113.0/28", 6: "2001:db8:1::/124" } as const;
/** In the order in which they are given. */
const [web, api, local] = ["203.0.113.1", "203.0.113.2", "203.0.113.3"] as const;
/** Nobody ever holds them. */
const free = { 4: "203.0.113.13", 6: "2001:db8:1::d" } as const;

const pools = [
  `${manifests.eip(scene.pool, "203.0.113.0/24")}  bgp: { aggregationLength: 28 }\n`,
  `${manifests.eip("pool-v6", "2001:db8:1::/120")}  bgp: { aggregationLength: 124 }\n`,
];

/** Counts, on the leaf, packets from the client for an address, and those that come back from a node. */
async function countPackets(lab: Lab, addresses: readonly string[]): Promise<void> {
  const rules = addresses.flatMap((address) => {
    const family = address.includes(":") ? "ip6" : "ip";
    return ["client0 there", "rack back"].map((side) => {
      const [link, name] = side.split(" ");
      return `iifname "${link}" ${family} daddr ${address} counter comment "${address} ${name}"\n`;
    });
  });
  await lab.must("leaf", ["nft", "-f", "-"], {
    stdin: "table inet count {\n chain prerouting {\n" +
      `type filter hook prerouting priority -300;\n${rules.join("")}}\n}\n`,
  });
}

/** What the client is told when it connects to port 80. */
async function connect(lab: Lab, address: string): Promise<string> {
  const argv = ["timeout", "1.5", "bash", "-c", 'exec 3<>"/dev/tcp/$0/80"', address];
  const { code, stderr } = await lab.run("client", argv);
  if (code === 124) return "no answer";
  return /No route to host|Network is unreachable/.test(stderr) ? "unreachable" : `code ${code}`;
}

/** How many there were, and what the client was told. */
async function meets(
  lab: Lab,
  address: string,
): Promise<{ readonly answer: string; readonly there: number; readonly back: number }> {
  const count = async (side: string): Promise<number> => {
    const text = await lab.must("leaf", ["nft", "list", "table", "inet", "count"]);
    const line = text.split("\n").find((each) => each.includes(`"${address} ${side}"`));
    return Number(/packets (\d+)/.exec(line ?? "")?.[1] ?? NaN);
  };
  const before = [await count("there"), await count("back")];
  const answer = await connect(lab, address);
  const [there = NaN, back = NaN] = [await count("there"), await count("back")];
  return { answer, there: there - (before[0] ?? 0), back: back - (before[1] ?? 0) };
}

/** What BIRD counts of routes that it was told in so many sessions: any UPDATE for one moves a number. */
async function told(rack: Rack, sessions: number): Promise<readonly string[]> {
  const text = await rack.leaf.ask('show protocols all "porter*"');
  const lines = text.split("\n").filter((line) => /Import (updates|withdraws):/.test(line));
  assertEquals(text.match(/BGP state: +Established/g)?.length, sessions);
  assertEquals(lines.length, 4 * sessions, text);
  return lines;
}

/** Waits until no node has the address, or the prefix, any more. */
async function nodesLetGo(rack: Rack, text: string): Promise<void> {
  await until(`no node has ${text}`, async () => {
    const tables = await Promise.all(
      nodeNumbers.map((number) =>
        rack.lab.must(`node${number}`, ["ip", "route", "show", "table", "local", "proto", "179"])
      ),
    );
    return tables.every((table) => !table.includes(` ${text} `));
  }, { signal: rack.lab.signal });
}

labTest(
  "a covering prefix leads to what Services hold, and what nobody holds ends at the node",
  async (lab) => {
    const rack = await Rack.build(lab);
    await rack.manifests.write("eip", ...pools);
    rack.startManager();
    await countPackets(lab, [free[4], free[6], api]);
    await rack.writeService({ name: "web", policy: "Cluster" });
    await rack.kernelHas(covering[4], nodeNumbers);
    await rack.writeService({ name: "api", policy: "Cluster" }, [2]);
    await rack.ingress("api");
    await rack.writeService({ name: "local", policy: "Local" }, [1]);
    await rack.kernelHas(local, [1]);
    await rack.manifests.write(
      "service-six",
      manifests.service({ name: "six", policy: "Cluster", families: ["IPv6"] }),
      manifests.endpointSlice("six", [3], 6),
    );
    await rack.leaf.hasNextHops(covering[6], nodeNumbers.map((each) => nodeAddresses(each).v6));
    const prefixes = async (family: 4 | 6) =>
      (await rack.leaf.routes(family)).map(({ prefix }) => prefix).sort();
    assertEquals(await prefixes(4), [covering[4], `${local}/32`]);
    assertEquals(await prefixes(6), [covering[6]]);
    const [path] = (await rack.leaf.routes())[0]?.paths ?? [];
    assertEquals(path?.attributes["BGP.atomic_aggr"], undefined);
    assertEquals(path?.attributes["BGP.aggregator"], undefined);

    // Nobody discards yet: the reason for all this.
    const looped = await meets(lab, free[4]);
    assertEquals(looped.answer, "unreachable");
    assert(looped.back > 20, "the packets came back many times");

    rack.startAgents();
    for (const address of [web, api, local]) await rack.nodesTake(address);
    await rack.nodesTake("2001:db8:1::");
    for (const [address, names] of [[web, 3], [api, 3], [local, 1]] as const) {
      const { failures, answers } = await requests(lab, address, 80, 60);
      assertEquals(failures, []);
      assertEquals(Object.keys(answers).length, names, address);
    }
    assertEquals((await requests(lab, "2001:db8:1::", 80, 30)).failures, []);
    for (const address of [free[4], free[6]]) {
      const { answer, there, back } = await meets(lab, address);
      assertEquals([answer, back], ["unreachable", 0], address);
      assert(there >= 1, `${address} was not sent to the node`);
    }

    // One of several goes and comes: the leaf hears nothing, and what it held ends at the node.
    const before = await told(rack, 1);
    await rack.manifests.remove("service-api");
    await nodesLetGo(rack, api);
    const gone = await meets(lab, api);
    assertEquals([gone.answer, gone.back], ["unreachable", 0]);
    await rack.writeService({ name: "api", policy: "Cluster", requested: api }, [2]);
    await rack.nodesTake(api);
    assertEquals((await requests(lab, api, 80, 20)).failures, []);
    assertEquals(await told(rack, 1), before);
    const logs = async () => `${await rack.leaf.log()}\n${await rack.manager.output()}`;
    assertEquals(await rack.leaf.timesUp(), 1, await logs());

    // The last one goes.
    for (const name of ["api", "local"]) await rack.manifests.remove(`service-${name}`);
    await rack.kernelHas(local, []);
    await rack.kernelHas(covering[4], nodeNumbers);
    await rack.manifests.remove("service-web");
    await rack.kernelHas(covering[4], []);
    await nodesLetGo(rack, covering[4]);
  },
);

labTest("agents announce covering prefixes for their nodes, and discard the rest", async (lab) => {
  const rack = await Rack.build(lab);
  await rack.leaf.configure(leafOfAgents);
  await rack.writePeer({ speakers: { type: "Agents" } });
  await rack.manifests.write("eip", ...pools);
  rack.startManager();
  rack.startAgents();
  await countPackets(lab, [free[4]]);
  await rack.writeService({ name: "web", policy: "Cluster" }, [1]);
  await rack.kernelHas(covering[4], nodeNumbers);
  await rack.nodesTake(web);
  const { failures, answers } = await requests(lab, web, 80, 60);
  assertEquals(failures, []);
  assertEquals(Object.keys(answers).length, 3);
  const { answer, back } = await meets(lab, free[4]);
  assertEquals([answer, back], ["unreachable", 0]);
  const before = await told(rack, nodeNumbers.length);
  await rack.writeService({ name: "api", policy: "Cluster" }, [2]);
  await rack.nodesTake(api);
  assertEquals((await requests(lab, api, 80, 20)).failures, []);
  assertEquals(await told(rack, nodeNumbers.length), before);
  const notReady = [manifests.node(1), manifests.node(2, { ready: false }), manifests.node(3)];
  await rack.manifests.write("nodes", ...notReady);
  await rack.kernelHas(covering[4], [1, 3]);
});

/**
 * Another BGP daemon, as Calico's BIRD, holds port 179 on a manager's machine. Every way around it brings
 * porter's session up, and none touches the other daemon's.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Bird, Frr, type Lab, manifests, startAgent, until } from "../../scripts/lab/mod.ts";
import {
  BirdRouter,
  birdText,
  eip,
  frrText,
  meshState,
  Scene,
  topologiesNamed,
} from "../../scripts/lab/topologies/mod.ts";
import { labTest } from "./lab_case.ts";

const timers = { holdTime: 3, connectRetry: 1 };

/** BIRD waits five seconds before the first call of a session, and as many again after each. */
const callsSoon = "connect delay time 1; connect retry time 1";

/** The lab, its leaf switch, and the other daemon: on the manager's machine, and its peer. */
async function sharedPort(lab: Lab, name = "shared-port") {
  const [topology] = topologiesNamed(name);
  const [leafPart] = topology?.routers ?? [];
  assert(topology !== undefined && leafPart !== undefined);
  const scene = await Scene.build(lab, topology);
  const leaf = scene.routers.get("leaf1");
  const [mesh, far] = [scene.beside.get("manager1"), scene.beside.get("node1")];
  assert(leaf instanceof BirdRouter && mesh !== undefined && far !== undefined);
  await scene.tablesAreRight();
  await until("the mesh is up", async () => (await meshState(mesh)).up);
  return { scene, leaf, mesh, far, spec: leafPart.spec };
}

/**
 * The other daemon's session by what no second one has: a BGP session is one TCP connection (RFC 4271 section 8),
 * and the kernel gives each socket of a namespace a cookie of its own (ss(8), sk).
 */
async function meshSession(lab: Lab, mesh: Bird): Promise<string> {
  const text = await mesh.ask("show protocols all mesh");
  const [, neighbor = "none"] = /Neighbor address:\s+(\S+)/.exec(text) ?? [];
  const sockets = await lab.must("manager1", ["ss", "-Htne", "state", "established"]);
  const found = sockets.split("\n").filter((line) =>
    endOf(line.trim().split(/\s+/)[3] ?? "")[0] === neighbor
  )
    .flatMap((line) => /\bsk:(\w+)/.exec(line)?.[1] ?? []);
  assertEquals([/BGP state:\s+Established/.test(text), found.length], [true, 1], sockets + text);
  return `${neighbor} ${found[0]}`;
}

/** TCP connections of BGP on manager1: "local port -> remote port", without the mesh's. */
async function sessionPorts(scene: Scene, leaf = "172.30.0.1"): Promise<string> {
  const text = await scene.lab.must("manager1", ["ss", "-Htn", "state", "established"]);
  const ports = text.split("\n").flatMap((line) => {
    const [, , local = "", remote = ""] = line.trim().split(/\s+/);
    const [[, own], [address, far]] = [endOf(local), endOf(remote)];
    if (address !== leaf) return [];
    // The side that called has a port of no meaning.
    return [own === "17900" ? "called on 17900" : `calls ${far}`];
  });
  return ports.join(", ");
}

/** Address and port as ss(8) writes them; an IPv4 caller of a listener for both families is [::ffff:ADDRESS]. */
function endOf(text: string): readonly [string, string] {
  const at = text.lastIndexOf(":");
  const address = text.slice(0, at).replace(/^\[(.*)\]$/, "$1").replace(/^::ffff:/, "");
  return [address, text.slice(at + 1)];
}

labTest(
  "porter and another BGP daemon share a machine, each with its own sessions",
  async (lab) => {
    const { scene, leaf, mesh, far, spec } = await sharedPort(lab);
    const before = await meshSession(lab, mesh);

    const listening = await lab.must("manager1", ["ss", "-Htlnp"]);
    assertMatch(listening, /:179 .*"bird"/);
    assertMatch(listening, /:17900 .*"(deno|porter)"/);

    const peer = {
      ...timers,
      name: "leaf1",
      peerAs: spec.as,
      neighborAddress: "172.30.0.1",
    };
    const passiveLeaf = leaf.config.replaceAll("connect retry time 5;", "passive;");
    const ways = [
      {
        what: "we call the leaf's port 179",
        peer,
        config: passiveLeaf,
        ports: "calls 179",
      },
      {
        what: "the leaf calls our port",
        peer: { ...peer, passiveMode: true },
        config: birdText(spec).replaceAll("connect retry time 5", callsSoon),
        ports: "called on 17900",
      },
      {
        what: "we call a port of the leaf's that is not the usual one",
        peer: { ...peer, remotePort: 1790 },
        config: passiveLeaf.replaceAll("local as", "local port 1790 as"),
        ports: "calls 1790",
      },
    ];
    for (const { what, peer, config, ports } of ways) {
      await leaf.configure(config);
      await scene.files.write("bgppeer", manifests.bgpPeer(peer));
      await until(what, async () => (await sessionPorts(scene)) === ports, {
        otherwise: async () => `${await sessionPorts(scene)}\n${await scene.show()}`,
      });
      await scene.tablesAreRight();
      assertEquals(await meshSession(lab, mesh), before, what);
    }
    const [beside] = scene.topology.beside ?? [];
    assert(beside !== undefined);
    assertStringIncludes(await far.ask("show route"), beside.pods);
  },
);

labTest(
  "a leaf switch that calls port 179 only has its session, and the other daemon its own",
  async (lab) => {
    const { scene, leaf, mesh, far, spec } = await sharedPort(lab);
    const before = await meshSession(lab, mesh);
    assert(spec.managers !== undefined);
    const calls179 = { ...spec, managers: { ...spec.managers, port: 179 } };
    const peer = { ...timers, name: "leaf1", peerAs: spec.as, neighborAddress: spec.id };
    const forwarded = { ...peer, passiveMode: true, usingPortForward: true };
    await scene.files.write("bgppeer", manifests.bgpPeer(forwarded));
    await leaf.configure(
      birdText(calls179).replaceAll("connect retry time 5", callsSoon),
    );
    const addresses = ["172.30.0.2"];
    const machine = manifests.node(9, { name: "manager1", addresses, excluded: true });
    await scene.files.write("manager1", machine);
    const table = async () => {
      const { code, stdout } = await lab.run(
        "manager1",
        "nft list table inet porter_forward".split(" "),
      );
      return code === 0 ? stdout : "";
    };
    const tableIs = (what: string, wanted: (text: string) => boolean) =>
      until(what, async () => wanted(await table()), { otherwise: table });
    const start = () => startAgent(lab, "manager1", { directory: scene.files.folder });
    const rule =
      "ip saddr 172.30.0.1 ip daddr 172.30.0.2 fib daddr type local tcp dport 179 dnat ip " +
      "to 172.30.0.2:17900";
    const called = (what: string) =>
      until(what, async () => (await sessionPorts(scene)) === "called on 17900", {
        timeout: 40_000,
        otherwise: async () => `${await sessionPorts(scene)}\n${await scene.show()}`,
      });

    let agent = start();
    await called("BIRD calls port 179 and reaches porter");
    assertStringIncludes(await table(), rule);
    await scene.tablesAreRight();
    assertEquals(await meshSession(lab, mesh), before, "BIRD's session with its own peer");

    // The peer of the other daemon calls port 179 anew, beside the rule.
    await far.ask("restart mesh");
    const up = "the other daemon is reached on port 179";
    await until(up, async () => (await meshState(far)).up && (await meshState(mesh)).up);
    const renewed = await meshSession(lab, mesh);
    assert(renewed !== before, "a session that was restarted is another one");

    scene.managers.get("manager1")?.kill("SIGKILL");
    await tableIs("the rule goes with a killed manager", (text) => text === "");
    scene.startManager("manager1");
    await called("the manager that is back has its session");

    agent.kill("SIGKILL");
    await agent.ended;
    await scene.managers.get("manager1")?.stop();
    assertStringIncludes(await table(), rule, "what a killed agent leaves");
    agent = start();
    await tableIs("the next agent cleans up", (text) => text === "");
    scene.startManager("manager1");
    await tableIs("the rule is back", (text) => text.includes(rule));
    await lab.must("manager1", "nft flush chain inet porter_forward prerouting".split(" "));
    await tableIs("the rule is repaired", (text) => text.includes(rule));
    await called("the session is back");
    assertEquals(await meshSession(lab, mesh), renewed, "whatever became of porter and its rule");

    await leaf.kill();
    const frr = new Frr(lab, "leaf1", frrText(calls179).replaceAll("connect 5", "connect 1"));
    await frr.start();
    await called("FRR calls port 179 and reaches porter");
    const hops = scene.topology.nodes.map(({ internalIp }) => internalIp).sort();
    await until(
      "FRR has the paths",
      async () => `${await frr.nextHops(`${eip}/32`)}` === `${hops}`,
      {
        otherwise: () => frr.show(),
      },
    );

    assertEquals(await agent.stop(), 0);
    assertEquals(await table(), "", "the rule goes with the agent");
    assertEquals(await sessionPorts(scene), "called on 17900", "a session that is up stays");
  },
);

labTest("over IPv6 a leaf switch that calls port 179 has its session too", async (lab) => {
  const { scene, leaf, mesh, spec } = await sharedPort(lab, "shared-port-v6");
  const before = await meshSession(lab, mesh);
  assert(spec.managers !== undefined);
  const [own = ""] = spec.managers.addresses;
  const machine = manifests.node(9, { name: "manager1", addresses: [own], excluded: true });
  await scene.files.write("manager1", machine);
  const neighborAddress = "fd30::1";
  const peer = { ...timers, name: "leaf1", peerAs: spec.as, neighborAddress };
  await scene.files.write(
    "bgppeer",
    manifests.bgpPeer({ ...peer, passiveMode: true, usingPortForward: true }),
  );
  const calls179 = birdText({ ...spec, managers: { ...spec.managers, port: 179 } });
  await leaf.configure(calls179.replaceAll("connect retry time 5", callsSoon));
  startAgent(lab, "manager1", { directory: scene.files.folder });
  const table = "nft list table inet porter_forward".split(" ");
  await until("BIRD calls port 179 and reaches porter", async () => {
    const ports = await sessionPorts(scene, neighborAddress);
    return ports === "called on 17900";
  }, {
    otherwise: async () => `${await sessionPorts(scene, neighborAddress)}\n${await scene.show()}`,
  });
  assertStringIncludes(
    await lab.must("manager1", table),
    `ip6 saddr ${neighborAddress} ip6 daddr ${own} fib daddr type local tcp dport 179 dnat ip6 ` +
      `to [${own}]:17900`,
  );
  await scene.tablesAreRight();
  assertEquals(await meshSession(lab, mesh), before, "BIRD's session with its own peer");
});

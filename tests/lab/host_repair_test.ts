import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { diffHost, type HostObserved, type HostState, isSettled } from "../../lib/host/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { type Lab, pause, until } from "../../scripts/lab/mod.ts";
import { address, prefixOf } from "../host/fake_node.ts";
import {
  agentOn,
  buildNode,
  childrenOn,
  eips,
  hostState,
  node1,
  probe,
  type Rig,
  served,
  wholeState,
} from "./host_rig.ts";
import { labTest } from "./lab_case.ts";

const both: HostState = {
  ...hostState({ [eips.v4]: served, [eips.v6]: served }),
  discards: ["203.0.113.0/28", "2001:db8:10::/120"].map(prefixOf),
};

/** Milliseconds in which it is repaired, whatever it was. */
const soon = 1000;

/**
 * Does what somebody does and waits until the agent has undone it, by changes of its own, and soon
 * enough: its slow tick is every 30 s, so what is seen is the monitors' doing. What a look costs here is
 * not counted.
 */
async function repaired(
  lab: Lab,
  rig: Rig,
  wanted: HostState,
  argv: readonly string[],
): Promise<void> {
  const changes = (): number =>
    (rig.counts.get("nft -f") ?? 0) + (rig.counts.get("ip -batch") ?? 0);
  const before = { changes: changes(), state: await wholeState(lab) };
  await lab.must("node1", argv);
  const damaged = performance.now();
  const what = argv.join(" ");
  await until(
    `${what} is repaired`,
    async () =>
      changes() > before.changes && await wholeState(lab) === before.state &&
      isSettled(diffHost(wanted, await rig.kernel.observe())),
    { otherwise: () => wholeState(lab) },
  );
  const ms = (rig.changedAt() ?? Infinity) - damaged;
  console.log(ms.toFixed(0), what);
  assert(ms < soon, `${what}: repaired after ${ms} ms`);
}

const marked = ["table", "local", "proto", "179"];
const elsewhere = { v4: "203.0.113.99", v6: "2001:db8:10::99" };

const damages: readonly (readonly string[])[] = [
  ["ip", "route", "del", "local", eips.v4, "table", "local"],
  ["ip", "-6", "route", "del", "local", eips.v6, "table", "local"],
  ["ip", "route", "flush", ...marked],
  ["ip", "-6", "route", "flush", ...marked],
  ["ip", "route", "add", "local", elsewhere.v4, "dev", "lo", ...marked],
  ["ip", "-6", "route", "add", "local", elsewhere.v6, "dev", "lo", ...marked],
  ["ip", "route", "add", "local", eips.v4, "dev", "lo", ...marked, "metric", "9"],
  ["ip", "-6", "route", "add", "local", eips.v6, "dev", "lo", ...marked, "metric", "9"],
  ["ip", "route", "replace", "local", eips.v4, "dev", "eth0", ...marked],
  ["ip", "route", "del", "unreachable", "203.0.113.0/28", "table", "local"],
  ["ip", "-6", "route", "del", "unreachable", "2001:db8:10::/120", "table", "local"],
  ["ip", "route", "add", "unreachable", "203.0.113.96/28", ...marked],
  ["ip", "-6", "route", "add", "unreachable", "2001:db8:10::900/120", ...marked],
  ["ip", "route", "replace", "blackhole", "203.0.113.0/28", ...marked],
  ["nft", "delete", "table", "inet", "porter"],
  ["nft", "flush", "table", "inet", "porter"],
  ["nft", "flush", "chain", "inet", "porter", "guard4"],
  ["nft", "flush", "chain", "inet", "porter", "guard6"],
  ["nft", "flush", "set", "inet", "porter", "eips4"],
  ["nft", "flush", "set", "inet", "porter", "eips6"],
  ["nft", "delete", "element", "inet", "porter", "eips6", "{", eips.v6, "}"],
  ["nft", "delete", "element", "inet", "porter", "services4", "{", `${eips.v4} . tcp . 80`, "}"],
  ["nft", "add", "element", "inet", "porter", "services4", "{", `${eips.v4} . tcp . 22`, "}"],
  ["nft", "add", "element", "inet", "porter", "services6", "{", `${eips.v6} . tcp . 22`, "}"],
  ["nft", "add", "element", "inet", "porter", "eips4", "{", node1.v4, "}"],
  ["nft", "insert", "rule", "inet", "porter", "guard4", "accept"],
  ["nft", "add", "chain", "inet", "porter", "x"],
  ["nft", "chain", "inet", "porter", "prerouting", "{", "policy", "drop", ";", "}"],
];

labTest(
  "whatever somebody removes or adds is repaired within a second, as nft and ip monitor tell",
  async (lab) => {
    await buildNode(lab);
    const rig = agentOn(lab);
    await rig.want(both);
    for (const argv of damages) await repaired(lab, rig, both, argv);
    await rig.agent.stop();
  },
);

labTest("a rule that is deleted or rewritten is put back", async (lab) => {
  await buildNode(lab);
  const rig = agentOn(lab);
  await rig.want(both);
  for (const chain of ["prerouting", "guard4", "guard6", "refuse"]) {
    for (const edit of ["delete", "replace"]) {
      const listing = await lab.must("node1", [
        "nft",
        "-a",
        "list",
        "chain",
        "inet",
        "porter",
        chain,
      ]);
      const handle = /comment ".*" # handle (\d+)/.exec(listing)?.[1];
      assert(handle !== undefined, listing);
      const argv = ["nft", edit, "rule", "inet", "porter", chain, "handle", handle];
      await repaired(lab, rig, both, edit === "delete" ? argv : [...argv, "accept"]);
    }
  }
  await rig.agent.stop();
});

labTest("a whole flush of nftables takes the guard for moments only", async (lab) => {
  await buildNode(lab);
  const rig = agentOn(lab);
  await rig.want(both);
  await lab.must("node1", ["nft", "flush", "ruleset"]);
  await until(
    "the guard is back",
    async () => (await probe(lab, "client", `tcp ${eips.v4} 22`)) === "refused",
  );
  await rig.agent.stop();
});

labTest(
  "what a crash or another version left becomes what is wanted, and cleanup leaves what was there",
  async (lab) => {
    await buildNode(lab);
    // What is not ours, some of it near to ours.
    await lab.ip("node1", [
      // Names before numbers: ip -batch (6.1) takes a name it has seen for the last number it has seen.
      "route add local 203.0.113.200 dev lo table local proto static",
      "route add local 2001:db8:10::200 dev lo table local proto static",
      "route add unreachable 203.0.113.224/28 table local proto static",
      "route add unreachable 2001:db8:10::e00/120 dev lo table local proto static",
      "route add unreachable 203.0.113.208/28 table 101 proto 179",
      "route add 198.51.100.0/24 via 172.30.0.1 proto 179",
      "route add local 203.0.113.201 dev lo table 101 proto 179",
      "rule add to 203.0.113.201 lookup 101",
    ]);
    await lab.must("node1", ["nft", "-f", "-"], {
      stdin:
        "table ip porter { set eips4 { type ipv4_addr; }\n }\ntable inet porter2 { chain x { }\n }\n",
    });
    const before = await wholeState(lab);

    await lab.ip("node1", [
      "route add local 203.0.113.77 dev lo table local proto 179",
      "route add local 203.0.113.64/28 dev lo table local proto 179",
      "route add local 2001:db8:10::77 dev lo table local proto 179 metric 77",
      `route add local ${eips.v4} dev lo table local proto 179`,
      "route add unreachable 203.0.113.128/28 table local proto 179",
      "route add unreachable 2001:db8:10::700/120 dev lo table local proto 179",
    ]);
    await lab.must("node1", ["nft", "-f", "-"], {
      stdin:
        "table inet porter { set old { type ipv4_addr; flags interval; elements = { 203.0.113.0/24 }\n }\n" +
        "chain prerouting { type filter hook prerouting priority -90; policy drop; ip daddr @old drop; }\n }\n",
    });
    const rig = agentOn(lab);
    await rig.want(both);
    const after = await rig.kernel.observe();
    assertEquals(after.routes, [address(eips.v4), address(eips.v6)]);
    assertEquals(after.discards, both.discards);
    assertEquals(after.strayRoutes, []);
    assertEquals(after.table?.rulesIntact, true);
    assertEquals(after.table?.eips.map(formatAddress), [eips.v4, eips.v6]);

    await rig.agent.cleanup();
    assertEquals(await wholeState(lab), before);
    assertNotEquals(before.indexOf("table inet porter2"), -1);
    // Again is harmless, also for an agent that never ran.
    await agentOn(lab).agent.cleanup();
    assertEquals(await wholeState(lab), before);
  },
);

labTest("an agent killed between two steps is finished by the next one", async (lab) => {
  await buildNode(lab);
  const first = agentOn(lab);
  const nothing: HostObserved = {
    routes: [],
    discards: [],
    strayRoutes: [],
    foreignLocal: [],
    table: undefined,
  };
  // The guard was written, the routes were not.
  await first.kernel.apply({ ...diffHost(both, nothing), ipBatch: "" });
  const rig = agentOn(lab);
  await rig.want(both);
  assertEquals(await probe(lab, "client", `tcp ${eips.v4} 80`), "server");
  assertEquals(rig.counts.get("nft -f"), undefined);
  assertEquals(rig.counts.get("ip -batch"), 1);
  await rig.agent.stop();
});

labTest("an EIP that is the node's own address is refused by name and left alone", async (lab) => {
  await buildNode(lab);
  const rig = agentOn(lab);
  const wanted = hostState({ [node1.v4]: served, [node1.v6]: served, [eips.v4]: served });
  const status = await rig.want(wanted);
  assertEquals(status.eips, 1);
  assertEquals(status.refused, [
    { address: address(node1.v4), device: "eth0" },
    { address: address(node1.v6), device: "eth0" },
  ]);
  const refusals = rig.logged.filter(({ event }) => event === "host.address.refused");
  assertEquals(refusals.map(({ fields }) => fields["address"]), [node1.v4, node1.v6]);
  assertEquals(await probe(lab, "client", `tcp ${node1.v4} 22`), "daemon");
  assertEquals(await probe(lab, "client", `tcp ${node1.v6} 22`), "daemon");

  // Someone gives the node an EIP that it has taken in; and takes it away again.
  for (const [command, answer] of [["add", "daemon"], ["del", "refused"]] as const) {
    await lab.ip("node1", [`addr ${command} ${eips.v4}/32 dev lo`]);
    await until(
      `${command}: the EIP's port 22 meets: ${answer}`,
      async () => (await probe(lab, "client", `tcp ${eips.v4} 22`)) === answer,
    );
  }
  await rig.agent.stop();
});

labTest("5,000 EIPs are one batch and one script, and one more is another", async (lab) => {
  await buildNode(lab);
  const rig = agentOn(lab);
  const many: Record<string, readonly string[]> = {};
  for (let i = 0; i < 2500; i++) {
    many[`198.18.${i >> 8}.${i & 255}`] = ["tcp 80", "tcp 443"];
    many[`2001:db8:20::${(i + 1).toString(16)}`] = ["tcp 80", "udp 53"];
  }
  const changes = (): unknown => [rig.counts.get("nft -f"), rig.counts.get("ip -batch")];
  await rig.want(hostState(many));
  assertEquals(changes(), [1, 1]);
  assertEquals((await rig.kernel.observe()).routes.length, 5000);

  await rig.want(hostState({ ...many, [eips.v4]: served }));
  assertEquals(changes(), [2, 2]);
  assertEquals(await probe(lab, "client", `tcp ${eips.v4} 80`), "server");

  // Removed: the routes first, then the table.
  await rig.want({ eips: [] });
  assertEquals(changes(), [4, 3]);
  assertEquals(rig.counts.get("ip monitor"), 1);
  assertEquals(rig.counts.get("nft monitor"), 1);
  await rig.agent.stop();
});

labTest("at rest the agent runs two monitors and nothing else", async (lab) => {
  await buildNode(lab);
  const rig = agentOn(lab);
  await rig.want(both);
  // The monitors settle and tell of the agent's own change; then it is quiet.
  await pause(1_000);
  const before = new Map(rig.counts);
  await pause(1_000);
  assertEquals(rig.counts, before);
  const children = await childrenOn(lab);
  assertEquals(children.filter((name) => name === "ip" || name === "nft"), ["ip", "nft"]);
  await rig.agent.stop();
  await until("the monitors have ended", async () => {
    const left = await childrenOn(lab);
    return !left.includes("ip") && !left.includes("nft");
  });
});

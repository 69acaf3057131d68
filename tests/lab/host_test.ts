import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { addRoute, deleteRoute } from "../../lib/host/mod.ts";
import { type Lab } from "../../scripts/lab/mod.ts";
import { address } from "../host/fake_node.ts";
import {
  agentOn,
  buildNode,
  counted,
  eips,
  hostState,
  node1,
  ping,
  probe,
  served,
} from "./host_rig.ts";
import { labTest } from "./lab_case.ts";

const families = [
  { family: "ip", eip: eips.v4, own: node1.v4, exceeded: "Time to live exceeded" },
  { family: "ip6", eip: eips.v6, own: node1.v6, exceeded: "Time exceeded: Hop limit" },
] as const;

/** What each packet from the client meets, by target. */
async function met(
  lab: Lab,
  role: string,
  targets: readonly string[],
): Promise<Record<string, string>> {
  const answers = await Promise.all(targets.map((target) => probe(lab, role, target)));
  return Object.fromEntries(targets.map((target, i) => [target, answers[i] ?? ""]));
}

for (const { family, eip, own, exceeded } of families) {
  labTest(
    `without host state an EIP's packets loop between node and leaf (${family})`,
    async (lab) => {
      await buildNode(lab);
      const before = await counted(lab, family);
      assertEquals(await probe(lab, "client", `tcp ${eip} 81`), "unreachable");
      const after = await counted(lab, family);
      assert(after["back"]! - before["back"]! > 20, "the packets came back many times");
      assertEquals(await ping(lab, "client", eip), exceeded);
    },
  );

  labTest(
    `with the route alone an EIP exposes the host's daemons and NodePorts (${family})`,
    async (lab) => {
      await buildNode(lab);
      await agentOn(lab).kernel.apply({ nftScript: "", ipBatch: `${addRoute(address(eip))}\n` });
      assertEquals(await met(lab, "client", [`tcp ${eip} 22`, `tcp ${eip} 30080`]), {
        [`tcp ${eip} 22`]: "daemon",
        [`tcp ${eip} 30080`]: "nodeport",
      });
    },
  );

  labTest(`with the agent every packet meets what it shall (${family})`, async (lab) => {
    await buildNode(lab);
    const { agent, want } = agentOn(lab);
    await want(hostState({ [eips.v4]: served, [eips.v6]: served }));
    const table = {
      [`tcp ${eip} 80`]: "server",
      [`tcp ${eip} 443`]: "pod",
      [`udp ${eip} 53`]: "pod",
      [`tcp ${eip} 81`]: "refused",
      [`tcp ${eip} 22`]: "refused",
      [`tcp ${eip} 2222`]: "refused",
      [`tcp ${eip} 30080`]: "refused",
      [`udp ${eip} 161`]: "refused",
      [`udp ${eip} 80`]: "refused",
      [`udp ${eip} 9`]: "refused",
      [`tcp ${own} 22`]: "daemon",
      [`tcp ${own} 30080`]: "nodeport",
      [`udp ${own} 161`]: "daemon",
    };
    assertEquals(await met(lab, "client", Object.keys(table)), table);
    assertEquals(await ping(lab, "client", eip), "answered");

    // One SYN to a port that nobody serves: refused at once is no second SYN, no loop is nothing back.
    const before = await counted(lab, family);
    assertEquals(await probe(lab, "client", `tcp ${eip} 81`), "refused");
    const after = await counted(lab, family);
    assertEquals(after["there"]! - before["there"]!, 1);
    assertEquals(after["back"], 0);

    // What the node itself opens to the EIP is answered as anybody's, and its replies get through.
    assertEquals(await met(lab, "node1", [`tcp ${eip} 80`, `tcp ${eip} 22`, `tcp ${own} 22`]), {
      [`tcp ${eip} 80`]: "server",
      [`tcp ${eip} 22`]: "refused",
      [`tcp ${own} 22`]: "daemon",
    });
    await agent.stop();
  });
}

labTest(
  "neighbours are found again while the guard stands (ARP, IPv6 neighbour discovery)",
  async (lab) => {
    await buildNode(lab);
    const { agent, want } = agentOn(lab);
    await want(hostState({ [eips.v4]: served, [eips.v6]: served }));
    for (const { eip, own } of families) {
      for (const role of ["leaf", "node1"]) {
        const dev = role === "leaf" ? "rack" : "eth0";
        await lab.must(role, ["ip", "neigh", "flush", "dev", dev]);
      }
      assertEquals(await ping(lab, "leaf", own), "answered");
      assertEquals(await probe(lab, "client", `tcp ${eip} 80`), "server");
      const neighbours = await lab.must("leaf", ["ip", "neigh", "show", "dev", "rack"]);
      assert(neighbours.includes(`${own} lladdr`), neighbours);
    }
    await agent.stop();
  },
);

labTest(
  "a packet is served through the change of everything else, and when the agent goes",
  async (lab) => {
    await buildNode(lab);
    const { agent, want } = agentOn(lab);
    await want(hostState({ [eips.v4]: served }));
    // A connection a few milliseconds apart while EIPs and ports come and go and the table is rewritten.
    const loop = 'n=0; while [ $n -lt 60 ]; do n=$((n+1)); exec 3<>"/dev/tcp/$0/80" || exit 1; ' +
      'read -r -t 2 -N 6 x <&3; [ "$x" = server ] || exit 2; exec 3<&-; done; echo all';
    const requests = lab.run("client", ["bash", "-c", loop, eips.v4]);
    for (let n = 20; n < 30; n++) {
      await want(hostState({ [eips.v4]: [...served, `tcp ${n}`], [`203.0.113.${n}`]: served }));
      if (n % 3 === 0) await lab.must("node1", ["nft", "add", "chain", "inet", "porter", "junk"]);
    }
    const { code, stdout, stderr } = await requests;
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "all\n", stderr: "" });
    await agent.stop();
    assertEquals(await probe(lab, "client", `tcp ${eips.v4} 80`), "server");
    assertEquals(await probe(lab, "client", `tcp ${eips.v4} 22`), "refused");
  },
);

labTest(
  "route add is refused for an address the node has, where route replace would take it away",
  async (lab) => {
    await buildNode(lab);
    const { kernel } = agentOn(lab);
    const show = (): Promise<string> =>
      lab.must("node1", ["ip", "route", "show", "table", "local", "exact", node1.v4]);
    const before = await show();
    let refused = "";
    const batch = addRoute(address(node1.v4)) + "\n" + addRoute(address(eips.v4)) + "\n";
    await kernel.apply({ nftScript: "", ipBatch: batch }).catch((thrown) =>
      refused = String(thrown)
    );
    assertEquals(
      refused,
      `KernelError: Cannot apply "${addRoute(address(node1.v4))}": RTNETLINK answers: File exists`,
    );
    assertEquals(await show(), before);
    // The others of the batch were done.
    assertEquals((await kernel.observe()).routes, [address(eips.v4)]);
    // Neither does our removal hit the kernel's route, having another mark.
    await kernel.apply({ nftScript: "", ipBatch: deleteRoute(address(node1.v4)) + "\n" })
      .catch((thrown) => refused = String(thrown));
    assert(refused.includes("No such process"), refused);
    assertEquals(await show(), before);
    // The reason for all this: a later iproute2 or kernel that behaves better would fail here.
    const replace = addRoute(address(node1.v4)).replace("route add", "route replace");
    await kernel.apply({ nftScript: "", ipBatch: replace + "\n" });
    assertNotEquals(await show(), before);
  },
);

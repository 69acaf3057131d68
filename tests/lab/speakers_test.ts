/**
 * Agents that speak BGP for their nodes, to a leaf switch that takes one path of a neighbour.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { manifests, nodeAddresses, porterCommand, requests, until } from "../../scripts/lab/mod.ts";
import { leafOfAgents, nodeNumbers, Rack, scene } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";

const eip4 = "203.0.113.1";
const eip6 = "2001:db8:1::1";

labTest("agents announce their nodes to a leaf without ADD-PATH", async (lab) => {
  const rack = await Rack.build(lab);
  await rack.leaf.configure(leafOfAgents);
  await rack.writePeer({ speakers: { type: "Agents" } });
  await rack.manifests.write("eip6", manifests.eip("pool-v6", "2001:db8:1::1-2001:db8:1::9"));
  rack.startManager();
  rack.startAgents();
  await rack.manifests.write(
    "service-web",
    manifests.service({ name: "web", families: ["IPv4", "IPv6"], policy: "Local" }),
    manifests.endpointSlice("web", nodeNumbers, 4),
    manifests.endpointSlice("web", nodeNumbers, 6),
  );
  await rack.kernelHas(eip4, nodeNumbers);
  await rack.leaf.hasNextHops(`${eip6}/128`, nodeNumbers.map((each) => nodeAddresses(each).v6));
  await rack.nodesTake(eip4);
  const paths = (await rack.leaf.routes()).flatMap((route) => route.paths);
  assertEquals(paths.map((path) => path.protocol).sort(), ["porter", "porter2", "porter3"]);
  const all = await requests(lab, eip4, 80, 90);
  assertEquals(all.failures, []);
  assertEquals(Object.keys(all.answers).length, 3);
  // The BGP identifier is the node's own, and the manager has no part in it.
  assertMatch(
    (await rack.leaf.session()).text,
    new RegExp(`Neighbor ID:\\s+${leafOfAgents.peerAddress}\n`),
  );
  assert(!(await rack.manager.output()).includes("session.established"));
  assert(!(await rack.manager.output()).includes("listener.opened"));
  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) => JSON.stringify(status["conditions"]).includes("agents of 3 nodes"),
    "whose agents speak",
  );

  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) => status["speakersEstablished"] === 3 && status["speakersWanted"] === 3,
    "that all three agents have their session",
  );
  const asked = (command: "peers" | "routes", wanted: RegExp) =>
    until(`porter ${command} says ${wanted}`, async () => {
      const text = await lab.must("manager", porterCommand(command, "-o", "wide"));
      return wanted.test(text) && text;
    }, { signal: lab.signal, otherwise: () => lab.must("manager", porterCommand(command)) });
  await asked("peers", /^leaf .* Established +\d+s +6\/6 .* 3\/3 agents /m);
  await asked("routes", new RegExp(`^${eip4}/32 .* yes +node1,node2,node3 +1/1 `, "m"));

  const notReady = [manifests.node(1), manifests.node(2, { ready: false }), manifests.node(3)];
  await rack.manifests.write("nodes", ...notReady);
  await rack.kernelHas(eip4, [1, 3]);
  // Its session stays up: there is just nothing to say.
  assertEquals((await rack.leaf.log()).includes("porter2: State changed to down"), false);
  await rack.manifests.write("nodes", ...nodeNumbers.map((number) => manifests.node(number)));
  await rack.kernelHas(eip4, nodeNumbers);

  rack.agents.get(3)?.kill("SIGKILL");
  await rack.kernelHas(eip4, [1, 2]);
  rack.agents.get(2)?.kill("SIGTERM");
  await rack.kernelHas(eip4, [1]);
  assertMatch(await rack.leaf.log(), /porter2: Received: Administrative shutdown/);
});

labTest("agents speak with a password and GTSM, and say why when they cannot", async (lab) => {
  const rack = await Rack.build(lab);
  const extra = ['password "correct-horse";', "ttl security on;"];
  await rack.leaf.configure({ ...leafOfAgents, extra });
  const speakers = { type: "Agents" } as const;
  const passwordSecretRef = { name: "porter-bgp", key: "leaf" };
  // The leaf drops what comes with a lower TTL than 255, or unsigned.
  await rack.writePeer({ speakers, ttlSecurity: 1, passwordSecretRef });
  rack.startManager();
  rack.startAgents();
  await rack.manifests.write(
    "service-web",
    manifests.service({ name: "web", policy: "Local" }),
    manifests.endpointSlice("web", nodeNumbers, 4),
  );
  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) =>
      /PeerSecretMissing.*there is no Secret porter-bgp/.test(JSON.stringify(status["conditions"])),
    "why no agent has a session",
  );
  assertEquals(await rack.leaf.nextHops(`${eip4}/32`), []);
  await rack.manifests.write("secret", manifests.secret("porter-bgp", { leaf: "correct-horse" }));
  await rack.kernelHas(eip4, nodeNumbers);
  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) => status["speakersEstablished"] === 3,
    "that all three agents have their session",
  );
  // Unsigned, nobody is let in.
  await rack.writePeer({ speakers, ttlSecurity: 1 });
  await rack.kernelHas(eip4, []);
});

labTest(
  "what a port on its node keeps an agent from is in the statuses, under its name",
  async (lab) => {
    const rack = await Rack.build(lab);
    await rack.leaf.configure({ ...leafOfAgents, peerPort: scene.port, passive: false });
    const hold = "Deno.listen({ hostname: '0.0.0.0', port: 17900 }); " +
      "const s = (await import('node:dgram')).createSocket('udp4'); " +
      "s.bind(3784, '0.0.0.0', () => console.log('held'));";
    const holder = lab.spawn("node2", "holder", [Deno.execPath(), "eval", hold]);
    await holder.says(/held/);
    await rack.writePeer({
      speakers: { type: "Agents" },
      passiveMode: true,
      bfd: { interval: 300 },
    });
    rack.startManager();
    rack.startAgents();
    type Speaker = Readonly<Record<string, unknown>>;
    const reasons = ({ refusals }: Speaker) =>
      ((refusals ?? []) as readonly Speaker[]).map(({ reason }) => reason).join();
    await rack.status("BgpConf", "lab", ({ status }) => {
      const [first, ...others] = (status["speakers"] ?? []) as readonly Speaker[];
      return status["speakersWanted"] === 3 && status["speakersListening"] === 2 &&
        first?.["name"] === "node2" && reasons(first) === "ListenFailed" &&
        others.every((each) => each["listening"] === "*:17900");
    }, "that node2 cannot listen");
    await rack.status("BgpPeer", "leaf", ({ status }) => {
      const speakers = (status["speakers"] ?? []) as readonly Speaker[];
      const text = JSON.stringify(status["conditions"]);
      return speakers.filter((each) => reasons(each) === "BfdUnavailable").length === 1 &&
        /At agent node2: Cannot watch .* port 3784/.test(text);
    }, "that node2 cannot watch the leaf");
    await holder.stop();
    await rack.status(
      ...["BgpConf", "lab"] as const,
      ({ status }) =>
        status["speakersListening"] === 3 &&
        JSON.stringify(status["conditions"]).includes("All of 3 speakers listen"),
      "that all listen",
      // Its next try is up to 16 s away by then, its report 10 s later, and the manager looks every 10 s.
      { timeout: 45_000 },
    );
  },
);

import { assert, assertEquals } from "@std/assert";
import {
  addresses,
  Bird,
  buildFabric,
  Gobgp,
  kernelNextHops,
  type Lab,
  nodeAddresses,
  requests,
  serve,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";
import { ownAs, ownSpeaker, type Setting, SpeakerProcess } from "./speaker_process.ts";

const eip4 = "203.0.113.1";
const eip6 = "2001:db8:1::1";
const hops4 = [1, 2, 3].map((number) => nodeAddresses(number).v4);
const hops6 = [1, 2, 3].map((number) => nodeAddresses(number).v6);

/** One way to meet a leaf. */
interface Case {
  readonly dial: "porter dials" | "the leaf dials" | "both dial";
  readonly kind: "eBGP" | "iBGP";
  readonly paths: "ADD-PATH" | "one path";
}

const square: readonly Case[] = (["eBGP", "iBGP"] as const).flatMap((kind) =>
  (["ADD-PATH", "one path"] as const).flatMap((paths) =>
    (["porter dials", "the leaf dials"] as const).map((dial) => ({ dial, kind, paths }))
  )
);
const cases = [...square, { dial: "both dial", kind: "eBGP", paths: "ADD-PATH" } as const];

function leafOptions(test: Case) {
  return {
    as: leafAs(test),
    peerAs: ownAs,
    peerPort: ownSpeaker.port,
    passive: test.dial === "porter dials",
    addPaths: test.paths === "ADD-PATH",
  };
}

function leafAs(test: Case): number {
  return test.kind === "iBGP" ? ownAs : 65001;
}

function setting(test: Case, routes: Setting["routes"]): Setting {
  const passive = test.dial === "the leaf dials";
  const peer = { name: "leaf", address: addresses.leaf.v4, peerAs: leafAs(test), passive };
  return { speaker: ownSpeaker, peers: [peer], routes };
}

const routes: Setting["routes"] = [
  { prefix: `${eip4}/32`, nextHops: hops4 },
  { prefix: `${eip6}/128`, nextHops: hops6 },
];

/** What the leaf must have: all paths, or the best alone. */
function expected(test: Case, hops: readonly string[]): readonly string[] {
  return test.paths === "ADD-PATH" ? hops : hops.slice(0, 1);
}

/** Both leaf switches, as far as the cases go. */
type Leaf = Bird | Gobgp;

async function meet(lab: Lab, test: Case, leaf: Leaf): Promise<void> {
  const speaker = await SpeakerProcess.start(lab, setting(test, routes));
  try {
    await leaf.established();
    await leaf.hasNextHops(`${eip4}/32`, expected(test, hops4));
    await leaf.hasNextHops(`${eip6}/128`, expected(test, hops6));
    if (leaf instanceof Bird) await packetsPass(lab, test, leaf);
    const fewer = routes.map((route) => ({ ...route, nextHops: route.nextHops.slice(1) }));
    await speaker.say(setting(test, fewer));
    await leaf.hasNextHops(`${eip4}/32`, expected(test, hops4.slice(1)));
    await leaf.hasNextHops(`${eip6}/128`, expected(test, hops6.slice(1)));
    await speaker.say(setting(test, []));
    await leaf.hasNextHops(`${eip4}/32`, []);
    await leaf.hasNextHops(`${eip6}/128`, []);
  } catch (thrown) {
    throw new Error(`${thrown}\nThe speaker said:\n${await speaker.log()}`, { cause: thrown });
  }
}

/** Requests through both EIPs reach exactly the nodes that the leaf's kernel has as next hops. */
async function packetsPass(lab: Lab, test: Case, leaf: Bird): Promise<void> {
  for (const [eip, hops] of [[eip4, hops4], [eip6, hops6]] as const) {
    const prefix = `${eip}/${eip.includes(":") ? 128 : 32}`;
    const wanted = expected(test, hops);
    await until(`the leaf's kernel has ${prefix} via ${wanted}`, async () => {
      return (await kernelNextHops(lab, prefix)).join() === [...wanted].sort().join();
    }, { otherwise: () => leaf.ask("show route all") });
    const tally = await requests(lab, eip, 80, 100);
    assertEquals(tally.failures, []);
    const nodes = wanted.map((hop) => `node${hops.indexOf(hop) + 1}`);
    assertEquals(Object.keys(tally.answers).sort(), nodes);
  }
}

/** Nodes that take the EIPs in and answer. */
async function buildNodes(lab: Lab): Promise<void> {
  await Promise.all([1, 2, 3].map(async (number) => {
    await lab.ip(`node${number}`, [
      `route add local ${eip4}/32 dev lo table local`,
      `route add local ${eip6}/128 dev lo table local`,
    ]);
    await serve(lab, `node${number}`, [80]);
  }));
}

assert(cases.length === 9, "the matrix lost a case");

for (const test of cases) {
  const name = `${test.kind}, ${test.paths}, ${test.dial}`;

  labTest(`BIRD learns both EIPs, spreads packets and forgets them: ${name}`, async (lab) => {
    await buildFabric(lab, { nodes: 3 });
    await buildNodes(lab);
    const leaf = new Bird(lab);
    await leaf.start(leafOptions(test));
    await meet(lab, test, leaf);
  });

  labTest(`GoBGP learns both EIPs and forgets them: ${name}`, async (lab) => {
    await buildFabric(lab, { nodes: 0 });
    const leaf = new Gobgp(lab);
    await leaf.start(leafOptions(test));
    await meet(lab, test, leaf);
  });
}

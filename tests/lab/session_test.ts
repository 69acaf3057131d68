import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  addresses,
  Bird,
  buildFabric,
  type Lab,
  nodeAddresses,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";
import {
  ownAs,
  ownSpeaker,
  type PeerSetting,
  type RouteSetting,
  type Setting,
  SpeakerProcess,
} from "./speaker_process.ts";

const leafAs = 65001;
const leafOptions = { as: leafAs, peerAs: ownAs, peerPort: ownSpeaker.port, passive: true };
const leafPeer: PeerSetting = { name: "leaf", address: addresses.leaf.v4, peerAs: leafAs };
const eip = "203.0.113.1/32";
const hops = [nodeAddresses(1).v4, nodeAddresses(2).v4];
const oneRoute: readonly RouteSetting[] = [{ prefix: eip, nextHops: hops }];

function setting(routes = oneRoute, peers: readonly PeerSetting[] = [leafPeer]): Setting {
  return { speaker: ownSpeaker, peers, routes };
}

/** A leaf and a speaker that have found each other; the leaf has the one route. */
async function meet(lab: Lab, options: Partial<typeof leafOptions> & { holdTime?: number } = {}) {
  await buildFabric(lab, { nodes: 0, stranger: true });
  const leaf = new Bird(lab);
  await leaf.start({ ...leafOptions, ...options });
  const speaker = await SpeakerProcess.start(lab, setting());
  await leaf.established();
  await leaf.hasNextHops(eip, hops);
  return { leaf, speaker };
}

/**
 * Fails unless the session is the one that came up first. BIRD's "since" would not tell: it is made of
 * two clocks and moves by a millisecond now and then.
 */
async function assertUntouched(leaf: Bird): Promise<void> {
  const session = await leaf.session();
  assertEquals(session.state, "Established");
  assertEquals(await leaf.timesUp(), 1);
}

labTest("a thousand routes come and go without a transition of the session", async (lab) => {
  const { leaf, speaker } = await meet(lab);
  const many = Array.from({ length: 1000 }, (_, index) => ({
    prefix: `198.18.${index >> 8}.${index & 255}/32`,
    nextHops: hops,
  }));
  await speaker.say(setting([...oneRoute, ...many]));
  await until("the leaf has 1001 prefixes", async () => (await leaf.routeCount()) === 1001);
  await speaker.say(setting());
  await until("the leaf has one prefix", async () => (await leaf.routeCount()) === 1);
  await assertUntouched(leaf);
});

labTest("SIGTERM ends the session with a Cease that the leaf understands", async (lab) => {
  const { leaf, speaker } = await meet(lab);
  assertEquals(await speaker.process.stop(), 0);
  await leaf.hasNextHops(eip, []);
  const { value } = await until("the leaf saw it", async () => {
    return /Received: Administrative shutdown.*/.exec(await leaf.log()) ?? undefined;
  });
  assertMatch(value[0], /told to stop/);
});

for (const how of ["term", "kill"] as const) {
  labTest(`after the leaf has restarted (${how}) it has the routes again`, async (lab) => {
    const { leaf } = await meet(lab);
    await leaf.stop(how);
    await leaf.start(leafOptions);
    await leaf.established();
    await leaf.hasNextHops(eip, hops);
  });
}

labTest("a leaf that hangs is given up after the hold time, and found again", async (lab) => {
  const { leaf, speaker } = await meet(lab, { holdTime: 3 });
  leaf.signal("SIGSTOP");
  try {
    await speaker.process.says(/[Hh]old timer/);
  } finally {
    leaf.signal("SIGCONT");
  }
  await until("a second session is up", async () => {
    return (await leaf.timesUp()) === 2 && (await leaf.session()).state === "Established";
  });
  await leaf.hasNextHops(eip, hops);
});

/** What a stranger does to the BGP port, as a script for `deno eval`. */
const attacks: Readonly<Record<string, string>> = {
  "random bytes": "c.write(crypto.getRandomValues(new Uint8Array(65536)))",
  "an HTTP request": 'c.write(new TextEncoder().encode("GET / HTTP/1.1\\r\\n\\r\\n"))',
  "silence": "undefined",
};

for (const [name, attack] of Object.entries(attacks)) {
  labTest(`${name} from an unknown address does not touch the session`, async (lab) => {
    const { leaf, speaker } = await meet(lab);
    const target = JSON.stringify({ hostname: addresses.manager.v4, port: ownSpeaker.port });
    const script = `const one = async () => {
  const c = await Deno.connect(${target});
  const attack = Promise.resolve().then(() => ${attack}).catch(() => {});
  try {
    while ((await c.read(new Uint8Array(4096))) !== null);
  } catch { /* reset, because the speaker did not read what was sent */ }
  await attack;
  c.close();
};
const all = await Promise.allSettled(Array.from({ length: 50 }, one));
console.log(all.filter((each) => each.status === "fulfilled").length);`;
    const ended = await lab.must("stranger", [Deno.execPath(), "eval", "--no-config", script]);
    assertEquals(ended.trim(), "50", "the speaker ends every connection");
    await speaker.say(setting([...oneRoute, { prefix: "203.0.113.2/32", nextHops: hops }]));
    await leaf.hasNextHops("203.0.113.2/32", hops);
    await assertUntouched(leaf);
    const lines = (await speaker.log()).split("\n").filter((line) =>
      line.includes(addresses.stranger.v4) && !line.includes(" DEBUG ")
    );
    assert(lines.length >= 1, "the log does not name the stranger");
    assert(lines.length <= 2, `50 connections, ${lines.length} lines: not limited to one a minute`);
  });
}

labTest(
  "a second leaf with the wrong AS is refused by name; the first is not touched",
  async (lab) => {
    const { leaf, speaker } = await meet(lab);
    const other = new Bird(lab, "stranger");
    await other.start({ ...leafOptions, as: 64999, localAddress: addresses.stranger.v4 });
    const peers = [leafPeer, { name: "other", address: addresses.stranger.v4, peerAs: leafAs }];
    await speaker.say(setting(oneRoute, peers));
    await until("the other leaf was told why", async () => {
      return /Received: Bad peer AS/.test(await other.log());
    });
    await speaker.process.says(/peer=other.*64999/);
    await assertUntouched(leaf);
  },
);

labTest(
  "another hold time resets that session once, and the leaf keeps the routes",
  async (lab) => {
    const { leaf, speaker } = await meet(lab);
    await speaker.say(setting(oneRoute, [{ ...leafPeer, holdTime: 30 }]));
    await until("a second session is up", async () => {
      return (await leaf.timesUp()) === 2 && (await leaf.session()).state === "Established";
    }, { otherwise: () => speaker.log() });
    await leaf.hasNextHops(eip, hops);
    assertMatch((await leaf.session()).text, /Hold timer:\s+\S+\/30/);
    assertMatch(await speaker.log(), /holdTime/);
    assertMatch(await leaf.log(), /Neighbor graceful restart detected/);
  },
);

labTest("a peer with another sendMax has that many paths without a reset", async (lab) => {
  const { leaf, speaker } = await meet(lab);
  await speaker.say(setting(oneRoute, [{ ...leafPeer, addPathSendMax: 1 }]));
  await leaf.hasNextHops(eip, hops.slice(0, 1));
  await speaker.say(setting(oneRoute, [{ ...leafPeer, addPathSendMax: 8 }]));
  await leaf.hasNextHops(eip, hops);
  assertEquals(await leaf.timesUp(), 1);
});

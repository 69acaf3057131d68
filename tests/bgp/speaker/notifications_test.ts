/**
 * Every NOTIFICATION that has a name: provoked by a peer played by hand where porter sends it, with the
 * reason where it never does; and told in words in status and log where a peer sends it. A name without
 * a row in either table fails.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Ipv4, ipv4 } from "../../../lib/net/mod.ts";
import {
  cease,
  ceaseSubcode,
  type Notification,
  notification,
  notificationNames,
  type Open,
} from "../../../lib/bgp/wire/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, peerAt, type Talker, talkerOpen } from "./bench.ts";

const leaf = peerAt(1, { passive: true });
const address = leaf.address as Ipv4;

/** "code/subcode" of all that have a name; each code has the subcode 0 besides. */
const known = Object.entries(notificationNames).flatMap(([code, { subcodes }]) =>
  ["0", ...Object.keys(subcodes)].map((subcode) => `${code}/${subcode}`)
);

interface Scene {
  readonly bench: Bench;
  readonly talker: Talker;
}

/** A peer in OpenSent. */
async function called(): Promise<Scene> {
  const bench = new Bench();
  await bench.start(leaf);
  return { bench, talker: await bench.connect(address) };
}

/** A peer whose session is up. */
async function up(change: Partial<Open> = {}): Promise<Scene> {
  const scene = await called();
  await scene.talker.establish(leaf, change);
  return scene;
}

function raw(type: number, body: readonly number[], length = 19 + body.length): Uint8Array {
  const marker = new Array<number>(16).fill(255);
  return Uint8Array.from([...marker, length >> 8, length & 255, type, ...body]);
}

/** An UPDATE of these attributes and prefixes, both as bytes. */
function update(attributes: readonly number[], nlri: readonly number[] = []): Uint8Array {
  return raw(2, [0, 0, attributes.length >> 8, attributes.length & 255, ...attributes, ...nlri]);
}

type Provocation = () => Promise<Talker>;

/** The answer to these bytes in OpenSent. */
const toCaller = (bytes: Uint8Array): Provocation => async () => {
  const { talker } = await called();
  await talker.raw(bytes);
  return talker;
};

/** The answer to these bytes in Established. */
const toSession = (bytes: Uint8Array): Provocation => async () => {
  const { talker } = await up();
  await talker.raw(bytes);
  return talker;
};

/** The answer to an OPEN. */
const toOpen = (change: Partial<Open>): Provocation => async () => {
  const { talker } = await called();
  await talker.say(talkerOpen(leaf, change));
  return talker;
};

/** What a session is told when this is done to the speaker. */
const onceUp =
  (act: (bench: Bench) => unknown, change: Partial<Open> = {}): Provocation => async () => {
    const { bench, talker } = await up(change);
    void act(bench);
    return talker;
  };

const restart: Partial<Open> = {
  capabilities: [...talkerOpen(leaf).capabilities, {
    kind: "graceful-restart",
    restarting: false,
    notification: true,
    restartTime: 90,
    families: [],
  }],
};
const reserved = "a subcode says more, and there is one for everything that porter finds";

/** How each is provoked, or why it is never sent. */
const sent: Readonly<Record<string, Provocation | string>> = {
  "1/0": reserved,
  "1/1": toCaller(new Uint8Array(19)),
  "1/2": toCaller(raw(4, [], 18)),
  "1/3": toCaller(raw(9, [])),
  // 10 bytes of an OPEN, and one optional parameter that is cut off.
  "2/0": toCaller(raw(1, [4, 0xfc, 1, 0, 90, 10, 0, 1, 1, 1, 2])),
  "2/1": toCaller(raw(1, [3, 0xfc, 1, 0, 90, 10, 0, 1, 1, 0])),
  "2/2": toOpen({ as: 65099, capabilities: [] }),
  "2/3": toOpen({ bgpId: ipv4(0) }),
  "2/4": toCaller(raw(1, [4, 0xfc, 1, 0, 90, 10, 0, 1, 1, 2, 1, 0])),
  "2/5": "deprecated by RFC 4271",
  "2/6": toOpen({ holdTime: 2 }),
  "2/7": toOpen({ capabilities: [{ kind: "multiprotocol", afi: 25, safi: 70 }] }),
  "2/11": "roles (RFC 9234) are not configured",
  "3/0": reserved,
  "3/1": toSession(update([0x40, 1, 200])),
  "3/2": toSession(update([0x40, 99, 0])),
  "3/3": "what misses an attribute is treated as withdrawn (RFC 7606 section 3 d)",
  "3/4": toSession(update([0xc0, 1, 1, 0])),
  "3/5": toSession(update([0x40, 1, 2, 0, 0])),
  "3/6": toSession(update([0x40, 1, 1, 7])),
  "3/7": "deprecated by RFC 4271",
  "3/8": toSession(update([0x40, 3, 4, 0, 0, 0, 0])),
  "3/9": toSession(update([0x80, 14, 2, 0, 1])),
  "3/10": toSession(update([], [33, 10, 0, 0, 0, 0])),
  "3/11": toSession(update([0x40, 2, 1, 2])),
  "4/0": onceUp((bench) => bench.clock.advance(90_000)),
  "5/0": reserved,
  "5/1": toCaller(raw(4, [])),
  "5/2": async () => {
    const { talker } = await called();
    await talker.say(talkerOpen(leaf));
    await talker.say(talkerOpen(leaf));
    return talker;
  },
  "5/3": async () => {
    const { talker } = await up();
    await talker.say(talkerOpen(leaf));
    return talker;
  },
  "6/0": reserved,
  "6/1": "received routes are counted, kept bounded and never used, so there is no limit",
  "6/2": onceUp((bench) => bench.speaker.close()),
  "6/3": onceUp((bench) => bench.speaker.setPeers([])),
  "6/4": "there is no command that resets a session",
  "6/5": async () => {
    const { bench } = await up();
    return await bench.connect(ipv4(0xc6336401));
  },
  "6/6": onceUp((bench) => bench.speaker.setPeers([{ ...leaf, peerAs: 64999 }])),
  "6/7": async () => {
    const { bench, talker } = await called();
    await bench.connect(address);
    return talker;
  },
  "6/8": "memory is bounded for each peer, so none is cut off for the sake of others",
  "6/9": onceUp((bench) => bench.speaker.close(), restart),
  "6/10": onceUp((bench) => bench.speaker.setUnreachable(new Set([leaf.name]))),
  "7/0": reserved,
  "7/1": toSession(raw(5, [0, 1, 1, 1, 0])),
  "8/0": "a peer that takes no byte cannot be told (docs/rfc_notes.md, RFC 9687)",
};

Deno.test("every NOTIFICATION that has a name is provoked, or known never to be sent", () => {
  assertEquals(Object.keys(sent).sort(), [...known].sort());
  const never = Object.values(sent).filter((each) => typeof each === "string");
  assert(never.every((reason) => reason.length > 15));
  // A subcode that code asks for is one that is sent, or the table would be a way to forget it.
  const unsent = Object.values(ceaseSubcode).filter((sub) => typeof sent[`6/${sub}`] === "string");
  assertEquals(unsent, [1, 4, 8]);
});

for (const [key, provoke] of Object.entries(sent)) {
  if (typeof provoke === "string") continue;
  Deno.test(`NOTIFICATION ${key} is sent to who provokes it`, async () => {
    assertEquals(await (await provoke()).farewell(), key);
  });
}

const text = (code: number, subcode: number, data: readonly number[] = []): Notification =>
  notification(code, subcode, Uint8Array.from(data));

const zeros = (length: number): number[] => new Array<number>(length).fill(0);
const noCapability = "OPEN Message Error/Unsupported Capability";
const evpn = "multiprotocol l2vpn-evpn";

/** What peers may say beside what has a name: data, texts, and what nobody knows. */
const said: readonly (readonly [Notification, string])[] = [
  [text(1, 2, [0, 18]), "Message Header Error/Bad Message Length: length 18"],
  [text(1, 3, [9]), "Message Header Error/Bad Message Type: type 9"],
  [text(2, 1, [0, 3]), "OPEN Message Error/Unsupported Version Number: the peer speaks 3"],
  [text(2, 2, [0xfd, 0xe9]), "OPEN Message Error/Bad Peer AS: AS 65001"],
  [text(2, 12), "OPEN Message Error/subcode 12"],
  [text(3, 11, [1]), "UPDATE Message Error/Malformed AS_PATH: data 0x01"],
  [text(2, 7, [1, 4, 0, 2, 0, 1]), `${noCapability}: multiprotocol ipv6-unicast`],
  [text(2, 7, [70, 0, 1, 4, 0, 25, 0, 70]), `${noCapability}: enhanced-route-refresh, ${evpn}`],
  [text(2, 7, [1, 9, 0]), `${noCapability}: data 0x010900`],
  [text(2, 7, [1, 1, 0]), `${noCapability}: data 0x010100`],
  [text(3, 3, [3]), "UPDATE Message Error/Missing Well-known Attribute: NEXT_HOP"],
  [text(3, 3, [99]), "UPDATE Message Error/Missing Well-known Attribute: attribute 99"],
  [
    text(3, 6, [0x40, 1, 1, 7]),
    "UPDATE Message Error/Invalid ORIGIN Attribute: ORIGIN, data 0x40010107",
  ],
  [text(5, 3, [1]), "Finite State Machine Error/Unexpected Message in Established: OPEN"],
  [text(5, 1, [77]), "Finite State Machine Error/Unexpected Message in OpenSent: data 0x4d"],
  [
    text(6, 1, [0, 1, 1, 0, 0, 0, 100]),
    "Cease/Maximum Number of Prefixes Reached: ipv4-unicast, at most 100",
  ],
  [
    cease("administrative-shutdown", "back at 9"),
    'Cease/Administrative Shutdown: "back at 9"',
  ],
  [cease("administrative-reset", "new card"), 'Cease/Administrative Reset: "new card"'],
  [text(6, 2, [9, 65]), "Cease/Administrative Shutdown: data 0x0941"],
  [text(6, 9, [6, 4]), "Cease/Hard Reset: Cease/Administrative Reset"],
  [text(6, 9, [6, 2, 2, 104, 105]), 'Cease/Hard Reset: Cease/Administrative Shutdown: "hi"'],
  [text(6, 99), "Cease/subcode 99"],
  [text(9, 0), "error 9/0"],
  [text(255, 255, [1]), "error 255/255: data 0x01"],
  [text(9, 0, zeros(65)), `error 9/0: data 0x${"00".repeat(64)}... of 65 bytes`],
  [
    text(2, 7, zeros(40)),
    `${noCapability}: ${Array.from({ length: 16 }, () => "capability-0").join(", ")} and 4 more`,
  ],
];

/** What has a name is told by it. */
const named = known.map((key): readonly [Notification, string] => {
  const [code = 0, subcode = 0] = key.split("/").map(Number);
  const names = notificationNames[code];
  const sub = names?.subcodes[subcode];
  return [text(code, subcode), `${names?.name}${sub === undefined ? "" : `/${sub}`}`];
});

Deno.test("what the RFCs have named is what the table names", () => {
  const count = (code: number) => Object.keys(notificationNames[code]?.subcodes ?? {}).length;
  // RFC 4271 with 5492 and 9234; 6608; 4486, 8538 and 9384; 7313; 9687.
  assertEquals([1, 2, 3, 4, 5, 6, 7, 8, 9].map(count), [3, 8, 11, 0, 3, 10, 1, 0, 0]);
  assertEquals(notificationNames[6]?.subcodes[10], "BFD Down");
  assertEquals(notificationNames[8]?.name, "Send Hold Timer Expired");
});

Deno.test("every NOTIFICATION of a peer is told in words in status and log", async () => {
  assert(named.length + said.length > 55);
  for (const [message, words] of [...named, ...said]) {
    const { bench, talker } = await up();
    await talker.say(message);
    await settle();
    const reason = `the peer sent ${words}`;
    const [status] = bench.speaker.peers();
    assertEquals([status?.state, status?.lastError], ["Idle", reason]);
    const [entry] = bench.logged("session.ended");
    assertEquals([entry?.level, entry?.fields["reason"]], ["warn", reason]);
    assertEquals(entry?.fields["peer"], leaf.name);
  }
});

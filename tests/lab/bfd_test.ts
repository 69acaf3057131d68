/**
 * lib/bfd and porter's manager against BIRD's and FRR's BFD: their own session tables, and how soon
 * each side is down when every packet is lost without any link going down.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  addresses,
  Bird,
  buildFabric,
  checkout,
  Frr,
  logEntries,
  manifests,
  nodeAddresses,
  type Process,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { cut, mend } from "../../scripts/lab/cut.ts";
import { labTest } from "./lab_case.ts";
import { type Bench, leafAs, leafOptions, managerTest, port, porterAs } from "./manager_case.ts";
import type { TargetText } from "./bfd_child.ts";

/** BIRD's BFD at 100 ms x 3 for single-hop and multi-hop, and these sessions of its own. */
function birdBfd(...neighbors: readonly string[]): string {
  const timing = "interval 100 ms; idle tx interval 1 s; multiplier 3;";
  const lines = neighbors.map((neighbor) => `neighbor ${neighbor};`);
  return `protocol bfd { interface "*" { ${timing} }; multihop { ${timing} }; ${lines.join(" ")} }`;
}

/** Addresses of the neighbours that BIRD's own table shows as Up with these timers, sorted. */
async function birdUp(
  leaf: Bird,
  interval = "0.100",
  timeout = "0.300",
): Promise<readonly string[]> {
  const rows = (await leaf.ask("show bfd sessions")).split("\n").map((line) =>
    line.trim().split(/ +/)
  );
  return rows.filter(([, , state]) => state === "Up")
    .filter((row) => row.includes(interval) && row.includes(timeout))
    .map(([address]) => address ?? "").sort();
}

const fast = { minTx: 100, minRx: 100, detectMult: 3 };

/** What a child's last line says of its sessions. */
interface Said {
  readonly at: number;
  readonly sessions: readonly {
    readonly name: string;
    readonly state: string;
    readonly failed: boolean;
  }[];
}

async function lines(child: Process): Promise<readonly Said[]> {
  return (await child.output()).split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Said);
}

labTest(
  "four sessions with BIRD: both families, single-hop and multi-hop, up, cut, and up again",
  async (lab) => {
    await buildFabric(lab, { nodes: 0 });
    const { leaf: theirs, manager: ours } = addresses;
    const leaf = new Bird(lab);
    await leaf.start({
      ...{ as: leafAs, peerAs: porterAs, peerPort: port, passive: true },
      protocols: [birdBfd(
        `${ours.v4} dev "rack"`,
        `${ours.v6} dev "rack"`,
        `${ours.v4} local ${theirs.v4} multihop yes`,
        `${ours.v6} local ${theirs.v6} multihop yes`,
      )],
    });
    const targets: readonly TargetText[] = [
      { name: "4", address: theirs.v4, encapsulation: "single-hop", ...fast },
      { name: "6", address: theirs.v6, encapsulation: "single-hop", ...fast },
      { name: "far4", address: theirs.v4, encapsulation: "multi-hop", ...fast },
      { name: "far6", address: theirs.v6, encapsulation: "multi-hop", ...fast },
    ];
    const argv = [Deno.execPath(), "run", "--quiet", "--allow-net", "--allow-ffi"];
    const script = `${checkout}/tests/lab/bfd_child.ts`;
    const child = lab.spawn("manager", "bfd", [...argv, script, JSON.stringify(targets)]);
    const allUp = async () => {
      const said = (await lines(child)).at(-1);
      return said?.sessions.length === 4 && said.sessions.every(({ state }) => state === "Up") &&
        (await birdUp(leaf)).join() === [ours.v4, ours.v4, ours.v6, ours.v6].sort().join();
    };
    const look = {
      signal: lab.signal,
      otherwise: async () => `${await child.output()}\n${await leaf.ask("show bfd sessions")}`,
    };
    await until("all four are Up in both tables", allUp, look);
    const at = await cut(lab, "manager");
    await until("all four have failed here, and BIRD has none Up", async () => {
      const said = (await lines(child)).at(-1);
      return said?.sessions.every(({ failed }) => failed) === true &&
        (await birdUp(leaf)).length === 0;
    }, look);
    const took = (await lines(child)).flatMap((said) => {
      const failed = said.sessions.filter((each) => each.failed);
      return failed.length === 4 ? [said.at - at] : [];
    })[0] ?? Infinity;
    console.log(`  cut until all four sessions are down here: ${took} ms`);
    assert(took < 3000, `${took} ms; the agreed detection time is 300 ms`);
    await mend(lab, "manager");
    await until("all four are Up again", allUp, look);
    assertEquals(await child.stop(), 0);
    await until(
      "BIRD was told that it is by hand",
      async () => (await birdUp(leaf)).length === 0,
      look,
    );
  },
);

/** Waits until porter and the leaf are Up at 100 ms x 3, and the status says so. */
async function watched(bench: Bench): Promise<void> {
  await bench.status("BgpPeer", "leaf", ({ status }) => {
    const bfd = status["bfd"] as Readonly<Record<string, unknown>> | undefined;
    return bfd?.state === "Up" && bfd.detectionTime === 300 && bfd.transmitInterval === 100;
  });
}

/** When an entry of the manager's log was written, in milliseconds since the epoch. */
async function loggedAt(bench: Bench, event: string, after: number): Promise<number> {
  const { value } = await until(`the manager logs ${event}`, async () => {
    const entries = await logEntries(bench.manager);
    return entries.find((each) => each.event === event && Date.parse(each.time) >= after);
  }, { signal: bench.lab.signal, otherwise: () => bench.log() });
  return Date.parse(value.time);
}

const fastPeer = { bfd: { interval: 100 }, holdTime: 90 };

managerTest(
  "BIRD: a cut ends the session on both sides within the detection time",
  async (bench) => {
    const { leaf, lab } = bench;
    await bench.peer(fastPeer);
    await bench.service({ name: "web" });
    await bench.leafHas("203.0.113.1", [1, 2]);
    await watched(bench);
    assertEquals(await birdUp(leaf), [addresses.manager.v4]);
    const cutAt = await cut(lab, "manager");
    const start = performance.now();
    await leaf.hasNextHops("203.0.113.1/32", []);
    const gone = performance.now() - start;
    const down = await loggedAt(bench, "bfd.down", cutAt);
    const ended = await loggedAt(bench, "session.ended", cutAt);
    console.log(
      `  cut until bfd.down ${down - cutAt} ms, session.ended ${ended - cutAt} ms, ` +
        `the leaf's route gone ${gone.toFixed(0)} ms (hold time 90 s)`,
    );
    assert(ended - cutAt < 5000 && gone < 5000, "this was the hold timer, not BFD");
    const entries = await logEntries(bench.manager);
    assertMatch(
      String(entries.findLast((each) => each.event === "session.ended")?.["reason"]),
      /BFD says .*sent Cease\/BFD Down/,
    );
    await bench.status(
      "BgpPeer",
      "leaf",
      ({ status }) =>
        (status["bfd"] as { state?: string } | undefined)?.state === "Down" &&
        String(status["lastError"]).includes("BFD"),
    );
    await mend(lab, "manager");
    await bench.leafHas("203.0.113.1", [1, 2]);
    await watched(bench);
  },
  { leaf: { ...leafOptions, extra: ["bfd on;"], protocols: [birdBfd()] } },
);

managerTest("a taken UDP port is refused for the peer by name, and BGP goes on", async (bench) => {
  const { lab } = bench;
  const hold = "const s = (await import('node:dgram')).createSocket('udp4'); " +
    "s.bind(3784, '0.0.0.0', () => console.log('held'));";
  const holder = lab.spawn("manager", "holder", [Deno.execPath(), "eval", hold]);
  await holder.says(/held/);
  await bench.peer(fastPeer);
  assertMatch(await bench.reason("BgpPeer", "leaf", "BfdUnavailable"), /port 3784.*ss -lunp/);
  await bench.service({ name: "web" });
  await bench.leafHas("203.0.113.1", [1, 2]);
  await holder.stop();
  await until("the refusal is over", async () => {
    return (await logEntries(bench.manager)).some((each) =>
      each.event === "refusal.over" && each["reason"] === "BfdUnavailable"
    );
  }, { signal: lab.signal, otherwise: () => bench.log() });
});

/** One peer that it waits for, watched with BFD at 100 ms x 3. */
const frrConfig = `router bgp ${leafAs}
 no bgp ebgp-requires-policy
 neighbor ${addresses.manager.v4} remote-as ${porterAs}
 neighbor ${addresses.manager.v4} bfd
 neighbor ${addresses.manager.v4} bfd profile fast
`;

const frrBfd = `bfd
 profile fast
  transmit-interval 100
  receive-interval 100
`;

labTest("FRR: cut, and taken down by hand, which ends no session", async (lab) => {
  await buildFabric(lab, { nodes: 0 });
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  await files.write(
    "all",
    manifests.bgpConf({ as: porterAs, routerId: addresses.manager.v4, port }),
    manifests.bgpPeer({
      ...{ peerAs: leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1, ...fastPeer },
    }),
    manifests.node(1),
    manifests.eip("pool", "203.0.113.1"),
    manifests.service({ name: "web" }),
    manifests.endpointSlice("web", [1]),
  );
  const frr = new Frr(lab, "leaf", frrConfig, { bfd: frrBfd });
  await frr.start();
  const manager = startManager(lab, { directory: files.folder });
  const look = {
    signal: lab.signal,
    otherwise: async () =>
      `${await manager.output()}\n${await frr.ask("show bfd peers")}\n${await frr.ask(
        "show bgp summary",
      )}`,
  };
  const isUp = async () => {
    const [session] = await frr.bfdPeers();
    return session?.status === "up" && session["receive-interval"] === 100 &&
      session["remote-transmit-interval"] === 100 && session["remote-detect-multiplier"] === 3 &&
      (await frr.nextHops("203.0.113.1/32")).join() === nodeAddresses(1).v4;
  };
  await until("FRR's own table has the session and the route", isUp, look);
  const ended = async (after: number) =>
    (await logEntries(manager)).find((each) =>
      each.event === "session.ended" && Date.parse(each.time) >= after
    );
  const before = Date.now();
  await frr.configure("bfd", `peer ${addresses.manager.v4}`, "shutdown");
  await until("porter heard AdminDown", async () => {
    return (await manager.output()).includes("the other side has taken it down by hand");
  }, look);
  await frr.configure("bfd", `peer ${addresses.manager.v4}`, "no shutdown");
  await until("FRR's own table has both again", isUp, look);
  assertEquals(await ended(before), undefined, "AdminDown is no failure (RFC 5882 section 3.2)");
  const at = await cut(lab, "manager");
  const { value } = await until("porter ended the session", () => ended(at), look);
  const { ms } = await until("FRR dropped the route", async () => {
    return (await frr.nextHops("203.0.113.1/32")).length === 0;
  }, look);
  console.log(
    `  cut until session.ended ${Date.parse(value.time) - at} ms; FRR dropped the route within ` +
      `${ms.toFixed(0)} ms more`,
  );
  assert(Date.parse(value.time) - at < 5000);
  await mend(lab, "manager");
  await until("FRR's own table has both again", isUp, look);
});

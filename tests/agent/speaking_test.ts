/**
 * What an agent says to leaf switches: its own node's part of the plan, from what is recorded.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type AgentSpeaker, Speaking } from "../../lib/agent/mod.ts";
import type {
  PeerConfig,
  PeerStatus,
  Route,
  SpeakerConfig,
  SpeakerStatus,
} from "../../lib/bgp/mod.ts";
import { formatAddress, formatPrefix } from "../../lib/net/mod.ts";
import { emptySnapshot, type Snapshot, type Speakers } from "../../lib/objects/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { bgpConf, bgpPeer, eip, node, service, slice, snapshot } from "../support/objects.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SaidMonitor } from "../support/said_monitor.ts";

class RecordingSpeaker implements AgentSpeaker {
  config: SpeakerConfig | undefined;
  peerConfigs: readonly PeerConfig[] = [];
  routes: readonly string[] = [];
  closedWith: string | undefined;
  keptRoutes: boolean | undefined;
  listenError: string | undefined;
  unreachable: readonly string[] = [];

  configure(config: SpeakerConfig | undefined): void {
    this.config = config;
  }
  setPeers(all: readonly PeerConfig[]): void {
    this.peerConfigs = all;
  }
  setRoutes(all: Iterable<Route>): void {
    this.routes = Array.from(
      all,
      ({ prefix, paths }) =>
        `${formatPrefix(prefix)} via ${paths.map((path) => formatAddress(path.nextHop)).join(" ")}`,
    );
  }
  setUnreachable(names: ReadonlySet<string>): void {
    this.unreachable = [...names];
  }
  peers(): readonly PeerStatus[] {
    return [];
  }
  status(): SpeakerStatus {
    const { listenError } = this;
    return { connectionsRefused: 0, ...(listenError !== undefined && { listenError }) };
  }
  close(text?: string, { keepRoutes = false } = {}): Promise<void> {
    this.closedWith = text ?? "";
    this.keptRoutes = keepRoutes;
    return Promise.resolve();
  }
}

/** One agent, the objects that it sees, and a clock. */
class Bench {
  readonly clock = new FakeClock();
  readonly speaker = new RecordingSpeaker();
  readonly monitor = new SaidMonitor();
  readonly speaking: Speaking;
  subscribers = 0;
  changes = 0;
  #snapshot: Snapshot;
  #changed: () => void = () => {};

  constructor(snapshot: Snapshot, nodeName = "node1") {
    this.#snapshot = snapshot;
    const store = {
      snapshot: () => this.#snapshot,
      subscribe: (changed: () => void) => {
        this.subscribers++;
        this.#changed = changed;
        return () => this.subscribers--;
      },
    };
    const { clock, speaker } = this;
    this.speaking = new Speaking({
      ...{ node: nodeName, store, speaker, clock, log: silentLog },
      bfd: (onChange) => {
        this.monitor.onChange = onChange;
        return this.monitor;
      },
      onChange: () => this.changes++,
    });
    this.speaking.start();
  }

  /** The objects change. */
  async see(snapshot: Snapshot): Promise<void> {
    this.#snapshot = snapshot;
    this.#changed();
    await this.clock.advance(10);
  }
}

const basics = {
  eips: [eip("pool")],
  bgpConfs: [bgpConf("conf")],
  bgpPeers: [
    bgpPeer("leaf", "10.0.0.1", {
      speakers: { type: "Agents", nodeSelector: { requirements: [] } },
    }),
  ],
  nodes: [node("node1", ["10.0.0.11"]), node("node2", ["10.0.0.12"])],
};
const held = { held: { "203.0.113.7": "pool" } };

/** Two Services: one everywhere, one on node2 only. */
const world = snapshot({
  ...basics,
  services: [
    service("everywhere", held),
    service("there", { externalTrafficPolicy: "Local", held: { "203.0.113.8": "pool" } }),
  ],
  endpointSlices: [slice("everywhere", ["node1"]), slice("there", ["node2"])],
});

Deno.test("an agent announces its node, and only where the node is a next hop", async () => {
  const one = new Bench(world, "node1");
  const two = new Bench(world, "node2");
  await one.clock.advance(10);
  await two.clock.advance(10);
  assertEquals(one.speaker.routes, ["203.0.113.7/32 via 10.0.0.11"]);
  assertEquals(two.speaker.routes, [
    "203.0.113.7/32 via 10.0.0.12",
    "203.0.113.8/32 via 10.0.0.12",
  ]);
  assertEquals(one.speaker.peerConfigs.map((each) => each.name), ["leaf"]);
  assertEquals(one.speaker.config?.as, 64620);
});

Deno.test("an agent goes on with its own node's part of what the brake holds", async () => {
  const made = bgpConf("conf");
  const brake = { maxWithdrawn: 40, within: 10_000, minRoutes: 1 };
  const bgpConfs = [{ ...made, spec: { ...made.spec, brake } }];
  const braked = { ...world, bgpConfs };
  const [one, two] = [new Bench(braked, "node1"), new Bench(braked, "node2")];
  for (const bench of [one, two]) {
    await bench.clock.advance(10);
    await bench.see({ ...braked, services: [] });
  }
  assertEquals(one.speaker.routes, ["203.0.113.7/32 via 10.0.0.11"]);
  assertEquals(two.speaker.routes.length, 2);
  assertEquals([one.speaking.said.held, two.speaking.said.held], [2, 2], "alike");
});

Deno.test("an agent says nothing when its node is out, and nothing of what is not recorded", async () => {
  const bench = new Bench(world);
  await bench.clock.advance(10);
  const nodes = [node("node1", ["10.0.0.11"], { ready: false }), node("node2", ["10.0.0.12"])];
  await bench.see({ ...world, nodes });
  assertEquals(bench.speaker.routes, []);
  await bench.see(world);
  assertEquals(bench.speaker.routes.length, 1);
  await bench.see({ ...world, services: [service("everywhere")] });
  assertEquals(bench.speaker.routes, []);
});

Deno.test("an agent ends its sessions when no peer selects its node, or the node is gone", async () => {
  const bench = new Bench(world);
  await bench.clock.advance(10);
  await bench.see({ ...world, bgpPeers: [bgpPeer("leaf", "10.0.0.1")] });
  assertEquals([bench.speaker.config, bench.speaker.peerConfigs], [undefined, []]);
  await bench.see(world);
  assertEquals(bench.speaker.peerConfigs.length, 1);
  await bench.see({ ...world, nodes: [] });
  assertEquals([bench.speaker.config, bench.speaker.peerConfigs], [undefined, []]);
});

Deno.test("an agent says nothing before it knows everything, and goes on while it knows less", async () => {
  const bench = new Bench({ ...emptySnapshot, complete: false });
  await bench.clock.advance(10);
  assertEquals(bench.speaker.config, undefined);
  assertEquals(bench.speaking.pulse.missing.length, 1);
  await bench.see(world);
  assertEquals(bench.speaking.pulse, { overdueMs: 0, missing: [] });
  await bench.see({ ...emptySnapshot, complete: false });
  assertEquals(bench.speaker.routes.length, 1);
});

Deno.test("an agent that stops ends its sessions, and does nothing afterwards", async () => {
  const bench = new Bench(world);
  await bench.clock.advance(10);
  await bench.speaking.stop();
  assertEquals([bench.speaker.closedWith, bench.subscribers], ["porter agent stops", 0]);
  assertEquals(bench.speaker.keptRoutes, true);
  await bench.see({ ...world, nodes: [] });
  assertEquals(bench.speaker.routes.length, 1);
});

Deno.test("an agent watches its leaf switch where the BgpPeer says so, and ends what BFD has lost", async () => {
  const bfd = { minTx: 100, minRx: 100, detectMultiplier: 3 };
  const speakers: Speakers = { type: "Agents", nodeSelector: { requirements: [] } };
  const bench = new Bench({ ...world, bgpPeers: [bgpPeer("leaf", "10.0.0.1", { bfd, speakers })] });
  await bench.clock.advance(10);
  const { monitor, speaker, speaking } = bench;
  assertEquals(monitor.targets.map(({ name }) => name), ["BgpPeer leaf"]);
  assertEquals(bench.changes, 1, "told of the plan");
  monitor.say("Up", false);
  assertEquals([speaker.unreachable, bench.changes], [[], 2]);
  monitor.say("Down", true);
  assertEquals([speaker.unreachable, bench.changes], [["leaf"], 3]);
  assertEquals(speaking.said.bfd.map(({ state }) => state), ["Down"]);
  monitor.why = "the port is taken";
  assertEquals(speaking.said.refusals.map(({ object, reason }) => [object.name, reason]), [
    ["leaf", "BfdUnavailable"],
  ]);
  // What the managers are to know of it.
  speaker.listenError = "port 179 is held by bird";
  const { conf, refusals = [] } = speaking.state;
  assertEquals([conf?.kind, refusals.map(({ object, reason }) => [object.kind, reason])], [
    "BgpConf",
    [["BgpConf", "ListenFailed"], ["BgpPeer", "BfdUnavailable"]],
  ]);
  await bench.see(world);
  assertEquals(monitor.targets, []);
  await speaking.stop({ keepRoutes: false });
  assertEquals([speaker.keptRoutes, monitor.closed], [false, true]);
});

Deno.test("a port that an agent cannot listen on keeps it from being ready", async () => {
  const bench = new Bench(world);
  await bench.clock.advance(10);
  bench.speaker.listenError = "port 179 is held by bird";
  assertEquals(bench.speaking.pulse.missing, ["port 179 is held by bird"]);
});

Deno.test("an agent knows why it has no session with a peer that it shall speak to", async () => {
  const peers = (["leaf", "elsewhere", "managers"] as const).map((name, index) =>
    bgpPeer(name, `10.0.0.${index + 1}`, {
      passwordSecretRef: { name: "nobody", key: "password" },
      ...(name === "managers" ? {} : {
        speakers: {
          type: "Agents",
          nodeSelector: {
            requirements: name === "leaf"
              ? []
              : [{ key: "rack", operator: "In" as const, values: ["9"] }],
          },
        },
      }),
    })
  );
  const bench = new Bench({ ...world, bgpPeers: peers, secrets: [] });
  await bench.clock.advance(10);
  const said = () =>
    (bench.speaking.state.without ?? []).map(({ object, reason }) => [object.name, reason]);
  assertEquals(said(), [["leaf", "PeerSecretMissing"]]);
  await bench.see(world);
  assertEquals(said(), []);
});

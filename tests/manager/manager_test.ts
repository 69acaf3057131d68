import { assert, assertEquals } from "@std/assert";
import type {
  PeerConfig,
  PeerStatus,
  Route,
  SpeakerConfig,
  SpeakerStatus,
} from "../../lib/bgp/mod.ts";
import { type ManagedSpeaker, Manager } from "../../lib/manager/mod.ts";
import { formatAddress, formatPrefix, parseAddress } from "../../lib/net/mod.ts";
import {
  type Clock,
  type Leadership,
  type Log,
  type LogFields,
  soleLeader,
  type StatusPatch,
  type Store,
} from "../../lib/ports/mod.ts";
import { type MemoryStore, openMemoryStore } from "../../lib/store/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

class RecordingSpeaker implements ManagedSpeaker {
  routes: readonly Route[] = [];
  peerConfigs: readonly PeerConfig[] = [];
  config: SpeakerConfig | undefined;
  closedWith: string | undefined;
  listenError: string | undefined;
  onChange: () => void = () => {};
  /** Every set of routes that was said, as "prefix via a b". */
  readonly said: string[][] = [];

  configure(config: SpeakerConfig | undefined): void {
    this.config = config;
  }
  setPeers(all: readonly PeerConfig[]): void {
    this.peerConfigs = all;
  }
  setRoutes(all: Iterable<Route>, { more = false }: { readonly more?: boolean } = {}): void {
    this.more.push(more);
    this.routes = [...all];
    this.said.push(this.routes.map(routeText));
  }
  unreachable: ReadonlySet<string> = new Set();
  setUnreachable(names: ReadonlySet<string>): void {
    this.unreachable = names;
  }
  sessions: readonly PeerStatus[] = [];
  /** How often somebody looked at the sessions. */
  looks = 0;
  peers(): readonly PeerStatus[] {
    this.looks++;
    return this.sessions;
  }
  status(): SpeakerStatus {
    const { listenError } = this;
    return { connectionsRefused: 0, ...listenError === undefined ? {} : { listenError } };
  }
  /** Of every set of routes that was said: whether further ones were said to come. */
  readonly more: boolean[] = [];
  keptRoutes: boolean | undefined;
  close(text?: string, { keepRoutes }: { readonly keepRoutes?: boolean } = {}): Promise<void> {
    this.closedWith = text ?? "";
    this.keptRoutes = keepRoutes;
    return Promise.resolve();
  }
}

function routeText({ prefix, paths }: Route): string {
  return `${formatPrefix(prefix)} via ${paths.map((p) => formatAddress(p.nextHop)).join(" ")}`;
}

class RecordingLog implements Log {
  readonly entries: { readonly event: string; readonly fields: LogFields }[] = [];
  debug = (event: string, fields: LogFields = {}): void =>
    void this.entries.push({ event, fields });
  info = this.debug;
  warn = this.debug;
  error = this.debug;
  with = (): Log => this;
  count(event: string): number {
    return this.entries.filter((each) => each.event === event).length;
  }
}

const group = "network.kubesphere.io/v1alpha1";
const conf = {
  apiVersion: group,
  kind: "BgpConf",
  metadata: { name: "conf" },
  spec: { as: 64620, routerID: "172.30.0.10", port: 17900 },
};
const peer = {
  apiVersion: group,
  kind: "BgpPeer",
  metadata: { name: "leaf" },
  spec: { config: { peerAs: 64600, neighborAddress: "172.30.0.1" } },
};
const eip = {
  apiVersion: group,
  kind: "Eip",
  metadata: { name: "edge" },
  spec: { address: "203.0.113.32-203.0.113.33" },
};
const node = (name: string, address: string): unknown => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: {
    addresses: [{ type: "InternalIP", address }],
    conditions: [{ type: "Ready", status: "True" }],
  },
});
const service = (name: string, annotations: Record<string, string> = {}): unknown => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default", annotations },
  spec: {
    type: "LoadBalancer",
    loadBalancerClass: "porter.kubesphere.io/porter",
    externalTrafficPolicy: "Local",
    ports: [{ port: 80, protocol: "TCP" }],
  },
});
const slice = (serviceName: string, nodes: readonly string[]): unknown => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: `${serviceName}-1`,
    namespace: "default",
    labels: { "kubernetes.io/service-name": serviceName },
  },
  addressType: "IPv4",
  endpoints: nodes.map((nodeName) => ({
    addresses: ["10.1.0.1"],
    nodeName,
    conditions: { ready: true },
  })),
});
const base = [conf, peer, eip, node("n1", "172.30.0.11"), node("n2", "172.30.0.12")];

interface Bench {
  readonly store: MemoryStore;
  readonly clock: FakeClock;
  readonly speaker: RecordingSpeaker;
  readonly log: RecordingLog;
  readonly manager: Manager;
}

function bench(
  raws: readonly unknown[],
  wrap = (store: MemoryStore): Store => store,
  leadership: Leadership = soleLeader,
): Bench {
  const store = openMemoryStore(raws);
  const clock = new FakeClock();
  const speaker = new RecordingSpeaker();
  const log = new RecordingLog();
  const manager = new Manager({
    store: wrap(store),
    speaker: (onChange) => {
      speaker.onChange = onChange;
      return speaker;
    },
    clock,
    log,
    leadership,
  });
  return { store, clock, speaker, log, manager };
}

function ingressOf(store: Store, name: string): string[] {
  const found = store.snapshot().services.find((each) => each.ref.name === name);
  return (found?.holds ?? []).filter((each) => each.inStatus).map((each) =>
    formatAddress(each.address)
  );
}

Deno.test("Manager gives a Service its EIP, writes it, and then announces it", async () => {
  const { store, clock, speaker, manager } = bench([...base, service("web"), slice("web", ["n1"])]);
  manager.start();
  await clock.advance(50);
  assertEquals(ingressOf(store, "web"), ["203.0.113.32"]);
  assertEquals(speaker.said.at(0), [], "nothing is announced before the record is written");
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.11"]);
  assertEquals(speaker.config?.as, 64620);
  assertEquals(speaker.peerConfigs.map((each) => each.name), ["leaf"]);
  await manager.stop();
});

Deno.test("Manager holds End-of-RIB back until what is planned is recorded, two seconds at most", async () => {
  const objects = [...base, service("web"), slice("web", ["n1"])];
  const recorded = bench(objects);
  recorded.manager.start();
  await recorded.clock.advance(50);
  assertEquals([recorded.speaker.said.at(0), recorded.speaker.more.at(0)], [[], true]);
  assertEquals([recorded.speaker.said.at(-1)?.length, recorded.speaker.more.at(-1)], [1, false]);
  await recorded.manager.stop();

  const leadership: Leadership = { leads: false, subscribe: () => () => {} };
  const { clock, speaker, manager } = bench(objects, (store) => store, leadership);
  manager.start();
  await clock.advance(1_990);
  assertEquals([speaker.config?.as, speaker.said.at(-1), speaker.more.at(-1)], [64620, [], true]);
  await clock.advance(20);
  assertEquals([speaker.said.at(-1), speaker.more.at(-1)], [[], false]);
  await manager.stop();
});

Deno.test("Manager follows endpoints, and withdraws when the last one goes", async () => {
  const { store, clock, speaker, manager } = bench([
    ...base,
    service("web"),
    slice("web", ["n1", "n2"]),
  ]);
  manager.start();
  await clock.advance(50);
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.11 172.30.0.12"]);
  store.setObjects([...base, service("web"), slice("web", ["n2"])]);
  await clock.advance(50);
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.12"]);
  store.setObjects([...base, service("web"), slice("web", [])]);
  await clock.advance(50);
  assertEquals(speaker.said.at(-1), []);
  assertEquals(ingressOf(store, "web"), ["203.0.113.32"], "the address stays");
  await manager.stop();
});

Deno.test("Manager keeps every address across a restart", async () => {
  const objects = [...base, service("b"), slice("b", ["n1"])];
  const { store, clock, manager } = bench(objects);
  manager.start();
  await clock.advance(50);
  await manager.stop();
  // "a" would come before "b" if addresses were dealt out anew.
  store.setObjects([...objects, service("a"), slice("a", ["n2"])]);
  const speaker = new RecordingSpeaker();
  const again = new Manager({ store, speaker: () => speaker, clock, log: new RecordingLog() });
  again.start();
  await clock.advance(50);
  assertEquals(ingressOf(store, "b"), ["203.0.113.32"]);
  assertEquals(ingressOf(store, "a"), ["203.0.113.33"]);
  await again.stop();
});

Deno.test("Manager says nothing and writes nothing from an incomplete snapshot", async () => {
  const patches: StatusPatch[] = [];
  let complete = false;
  const { clock, speaker, manager, store } = bench(
    [...base, service("web"), slice("web", ["n1"])],
    (store) => ({
      ...store,
      snapshot: () => ({ ...store.snapshot(), complete }),
      subscribe: (changed) => store.subscribe(changed),
      patch: (all) => {
        patches.push(...all);
        return store.patch(all);
      },
    }),
  );
  manager.start();
  await clock.advance(1000);
  assertEquals([patches.length, speaker.said.length], [0, 0]);
  assertEquals(speaker.config, undefined);
  complete = true;
  store.setObjects([...base, service("web"), slice("web", ["n1", "n2"])]);
  await clock.advance(50);
  assert(patches.length > 0 && speaker.said.length > 0);
  await manager.stop();
});

Deno.test("Manager keeps announcing while the store cannot be written, and tries again", async () => {
  let broken = false;
  let tries = 0;
  const { store, clock, speaker, log, manager } = bench(
    [...base, service("web"), slice("web", ["n1"])],
    (store) => ({
      ...store,
      patch: (all) => {
        tries++;
        return broken ? Promise.reject(new Error("No space left")) : store.patch(all);
      },
    }),
  );
  manager.start();
  await clock.advance(50);
  broken = true;
  store.setObjects([
    ...base,
    service("web"),
    slice("web", ["n1"]),
    service("api"),
    slice("api", ["n2"]),
  ]);
  tries = 0;
  await clock.advance(5000);
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.11"], "web stays, api waits");
  assertEquals(log.count("status.write-failed"), tries);
  assert(tries >= 3 && tries <= 5, `backs off: ${tries} tries in 5 s`);
  broken = false;
  await clock.advance(10_000);
  assertEquals(speaker.said.at(-1), [
    "203.0.113.32/32 via 172.30.0.11",
    "203.0.113.33/32 via 172.30.0.12",
  ]);
  await manager.stop();
});

Deno.test("Manager never announces an address for a Service before its holder let go", async () => {
  const take = { "eip.porter.kubesphere.io/v1alpha1": "203.0.113.32" };
  const { store, clock, speaker, manager } = bench([...base, service("web"), slice("web", ["n1"])]);
  manager.start();
  await clock.advance(50);
  // "web" goes and "api" wants its address in one and the same change.
  store.setObjects([...base, service("api", take), slice("api", ["n2"])]);
  const before = speaker.said.length;
  await clock.advance(50);
  assertEquals(speaker.said[before], [], "withdrawn at once");
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.12"]);
  await manager.stop();
});

Deno.test("Manager tells a refusal once, as log, event and status, and when it is over", async () => {
  const three = ["a", "b", "c"].flatMap((name) => [service(name), slice(name, ["n1"])]);
  const { store, clock, log, manager } = bench([...base, ...three]);
  manager.start();
  await clock.advance(50);
  for (let change = 0; change < 5; change++) {
    store.setObjects([...base, node("n3", `172.30.0.2${change}`), ...three]);
    await clock.advance(50);
  }
  const refused = log.entries.filter((each) => each.event === "refused");
  assertEquals(refused.map((each) => [each.fields.object, each.fields.reason]), [
    ["Service default/c", "PoolExhausted"],
  ]);
  assertEquals(store.events.filter((each) => each.reason === "PoolExhausted").length, 1);
  const status = store.snapshot().services.find((each) => each.ref.name === "c")?.status;
  assert(JSON.stringify(status).includes("PoolExhausted"));
  store.setObjects([...base, ...three.slice(2)]);
  await clock.advance(50);
  assertEquals(log.count("refusal.over"), 1);
  assertEquals(ingressOf(store, "c"), ["203.0.113.32"]);
  await manager.stop();
});

Deno.test("Manager shows a port that cannot be listened on in the status of the BgpConf", async () => {
  const { store, clock, speaker, manager } = bench(base);
  speaker.listenError = "Cannot listen on port 17900: address in use";
  manager.start();
  await clock.advance(50);
  const status = JSON.stringify(store.snapshot().bgpConfs[0]?.status);
  assert(status.includes("ListenFailed") && status.includes("17900"), status);
  const told = () => store.events.filter(({ reason }) => reason === "ListenFailed").length;
  assertEquals(told(), 1);
  speaker.onChange();
  await clock.advance(200);
  assertEquals(told(), 1, "a fact is told once, however often the socket is tried");
  speaker.listenError = undefined;
  speaker.onChange();
  await clock.advance(500);
  assert(!JSON.stringify(store.snapshot().bgpConfs[0]?.status).includes("ListenFailed"));
  await manager.stop();
});

Deno.test("Manager says in a BgpPeer's status that its socket options may not be set", async () => {
  const peer = {
    apiVersion: group,
    kind: "BgpPeer",
    metadata: { name: "leaf" },
    spec: {
      config: { peerAs: 64513, neighborAddress: "10.0.0.1" },
      transport: { ttlSecurity: 1 },
    },
  };
  const { store, clock, speaker, manager } = bench([...base, peer]);
  const address = parseAddress("10.0.0.1");
  assert(address !== undefined);
  const counts = { flaps: 0, prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 };
  const refused = "Cannot give a socket options: porter was started without --allow-ffi";
  speaker.sessions = [{
    ...{ name: "leaf", address, peerAs: 64513, state: "Idle", since: 0, refused, ...counts },
    ...{ prefixesHeldBack: 0, peerCapabilities: [], messagesSent: {}, messagesReceived: {} },
  }];
  manager.start();
  await clock.advance(50);
  const status = JSON.stringify(store.snapshot().bgpPeers[0]?.status);
  assert(status.includes("SocketOptionsDenied") && status.includes("--allow-ffi"), status);
  // Nobody waits for it, neither: what cannot come up keeps no rolling update from going on.
  assertEquals(manager.pulse.missing, []);
  await manager.stop();
});

Deno.test("Manager writes nothing when nothing changes, however often sessions wake it", async () => {
  let patches = 0;
  const { clock, speaker, manager } = bench(
    [...base, service("web"), slice("web", ["n1"])],
    (store) => ({
      ...store,
      patch: (all) => {
        patches += all.length;
        return store.patch(all);
      },
    }),
  );
  manager.start();
  await clock.advance(1000);
  const before = patches;
  for (let turn = 0; turn < 20; turn++) {
    speaker.onChange();
    await clock.advance(200);
  }
  assertEquals(patches, before);
  await manager.stop();
});

Deno.test("Manager.stop() says why to the peers and plans no more", async () => {
  const { store, clock, speaker, manager } = bench([...base, service("web"), slice("web", ["n1"])]);
  manager.start();
  await clock.advance(50);
  await manager.stop({ keepRoutes: true });
  assertEquals(speaker.closedWith, "porter manager stops");
  assertEquals(speaker.keptRoutes, true);
  const said = speaker.said.length;
  store.setObjects(base);
  await clock.advance(1000);
  await settle();
  assertEquals([speaker.said.length, clock.pending], [said, 0]);
});

Deno.test("Manager that does not lead announces what is recorded and writes nothing", async () => {
  const leader = { leads: false, told: (): void => {} };
  const leadership: Leadership = {
    get leads() {
      return leader.leads;
    },
    subscribe: (changed) => {
      leader.told = changed;
      return () => {};
    },
  };
  const objects = [...base, service("web"), slice("web", ["n1"])];
  const { store, clock, speaker, manager } = bench(objects, (store) => store, leadership);
  manager.start();
  await clock.advance(50);
  assertEquals(ingressOf(store, "web"), []);
  assertEquals([speaker.said.at(-1), store.events.length], [[], 0]);
  // Another one leads and writes; this one speaks of it too.
  const other = new Manager({
    store,
    speaker: () => new RecordingSpeaker(),
    clock,
    log: new RecordingLog(),
  });
  other.start();
  await clock.advance(50);
  await other.stop();
  assertEquals(speaker.said.at(-1), ["203.0.113.32/32 via 172.30.0.11"]);
  const told = store.events.length;
  // It takes over: nothing is told twice, and what comes next is written.
  leader.leads = true;
  leader.told();
  await clock.advance(50);
  assertEquals(store.events.length, told);
  store.setObjects([...objects, service("api"), slice("api", ["n2"])]);
  await clock.advance(50);
  assertEquals(ingressOf(store, "api"), ["203.0.113.33"]);
  await manager.stop();
});

/** A session as the speaker shows it. */
function session(state: PeerStatus["state"]): PeerStatus {
  const address = parseAddress("172.30.0.1");
  assert(address !== undefined);
  return {
    ...{ name: "leaf", address, peerAs: 64600, state, since: 0, flaps: 0 },
    ...{ peerCapabilities: [], prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 },
    ...{ prefixesHeldBack: 0, messagesSent: {}, messagesReceived: {} },
  };
}

Deno.test("Manager.pulse names what is missing: the objects, then sessions that still come", async () => {
  let complete = false;
  const { store, clock, speaker, manager } = bench(base, (store) => ({
    ...store,
    snapshot: () => ({ ...store.snapshot(), complete }),
    subscribe: (changed) => store.subscribe(changed),
  }));
  speaker.sessions = [session("Connect")];
  manager.start();
  await clock.advance(50);
  assertEquals(manager.pulse.missing, ["not every kind of object was listed yet"]);
  complete = true;
  store.setObjects([...base, service("web")]);
  assertEquals(manager.pulse.missing, ["no plan was made yet"]);
  await clock.advance(50);
  assertEquals(manager.pulse.missing, ["the session with BgpPeer leaf is Connect"]);
  speaker.sessions = [session("Established")];
  assertEquals(manager.pulse, { overdueMs: 0, missing: [] });
  // A leaf switch that stays away must not hold up a rolling update for ever.
  speaker.sessions = [session("Active")];
  await clock.advance(140_000);
  assertEquals(manager.pulse.missing, ["the session with BgpPeer leaf is Active"]);
  await clock.advance(10_000);
  assertEquals(manager.pulse, { overdueMs: 0, missing: [] });
  await manager.stop();
});

Deno.test("Manager.pulse tells how late a plan is", async () => {
  const store = openMemoryStore(base);
  const fake = new FakeClock();
  let stalled = 0;
  const clock: Clock = {
    now: () => fake.now(),
    monotonic: () => fake.monotonic() + stalled,
    after: (ms, fn) => fake.after(ms, fn),
  };
  const speaker = new RecordingSpeaker();
  const manager = new Manager({ store, speaker: () => speaker, clock, log: new RecordingLog() });
  manager.start();
  stalled = 5000;
  assertEquals(manager.pulse.overdueMs, 5000);
  await fake.advance(50);
  assertEquals(manager.pulse.overdueMs, 0);
  await manager.stop();
});

Deno.test("Manager looks at its sessions once a pass", async () => {
  const { clock, speaker, manager } = bench([...base, service("web"), slice("web", ["n1"])]);
  manager.start();
  await clock.advance(5_000);
  const before = speaker.looks;
  speaker.onChange();
  await clock.advance(150);
  assertEquals(speaker.looks - before, 1);
  await manager.stop();
});

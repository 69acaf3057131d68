import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  diagnose,
  type PeerReport,
  type StatusReport,
  type Symptoms,
} from "../../lib/report/mod.ts";

const now = 1_000_000;

const manager: StatusReport = {
  ...{ version: "9.9.9", mode: "manager" as const, source: {}, startedAt: 1, now, leads: true },
  ...{ missing: [], faults: [], services: [], node: null, serveClassless: false },
  speaker: {
    ...{ conf: "conf", as: 64512, routerId: "192.0.2.2", port: 179 },
    ...{ listening: true, listenError: null, connectionsRefused: 0 },
  },
};

/** As sysctl prints them. */
function filters(values: Readonly<Record<string, number>>): string {
  return Object.entries(values).map(([name, value]) => `net.ipv4.conf.${name}.rp_filter = ${value}`)
    .join("\n");
}

const well: Symptoms = {
  manager,
  peers: [],
  brake: undefined,
  agent: { node: "node1", missing: [], eips: [] },
  listeners: "",
  sysctls: new Map([
    ["net.ipv4.ip_forward", "1"],
    ["net.ipv6.conf.all.forwarding", "1"],
  ]),
  reversePath: {
    filters: filters({ all: 0, eth0: 2, "eth1/100": 0, cali1: 1 }),
    addresses: "2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\\       valid_lft",
    routes: "default via 192.0.2.1 dev eth0 \n198.51.100.0/24 via inet6 fe80::1 dev eth1.100",
  },
  silence: {},
  tables: "table ip kube-proxy\ntable inet porter",
  ipvs: false,
  now,
};

const peer: PeerReport = {
  ...{
    name: "leaf",
    address: "192.0.2.1",
    peerAs: 64513,
    speakers: "Managers" as const,
    nodes: [],
  },
  ...{
    state: "Established",
    since: 1,
    flaps: 0,
    lastError: null,
    bfd: null,
    holdTime: 90,
    families: ["ipv4"],
  },
  ...{ addPath: [], capabilities: [], pathsSent: 1, messages: { sent: {}, received: {} } },
  prefixes: { wanted: 1, sent: 1, received: 0, heldBack: 0 },
  ...{ agents: [], agentsUp: null },
  hints: ["The peer does not receive ADD-PATH for ipv4"],
};

function speaker(change: Partial<NonNullable<StatusReport["speaker"]>>): StatusReport {
  assert(manager.speaker !== null);
  return { ...manager, speaker: { ...manager.speaker, ...change } };
}

const sick: readonly (Partial<Symptoms> & {
  readonly name: string;
  readonly what: string;
  readonly verdict: string;
  readonly says: RegExp;
})[] = [
  {
    name: "a port that another program has",
    manager: speaker({ listening: false, listenError: "Cannot listen on port 179" }),
    listeners: 'LISTEN 0 8 0.0.0.0:179 0.0.0.0:* users:(("bird",pid=812,fd=7))',
    ...{ what: "BGP port", verdict: "broken", says: /bird \(pid 812\) has it/ },
  },
  {
    name: "a brake that holds",
    brake: {
      ...{ conf: "conf", settings: null, since: now - 120_000, routes: 8, percent: 80 },
      ...{ held: [], services: [], moreServices: 0 },
    },
    ...{ what: "brake", verdict: "warning", says: /WithdrawalsHeld: 8 routes.*porter brake/ },
  },
  {
    name: "no manager",
    manager: undefined,
    silence: { manager: "Cannot ask the manager at 127.0.0.1:7985: nobody listens there" },
    ...{ what: "manager", verdict: "unknown", says: /nobody listens there/ },
  },
  {
    name: "a kind that RBAC does not let read",
    manager: { ...manager, missing: ["Eip: cannot be read: 403: forbidden"] },
    ...{ what: "manager", verdict: "broken", says: /403: forbidden/ },
  },
  {
    name: "a clock that is off",
    now: now + 5000,
    ...{ what: "clock", verdict: "broken", says: /5000 ms.*NTP/ },
  },
  {
    name: "a peer without ADD-PATH",
    peers: [peer],
    ...{ what: "BgpPeer leaf", verdict: "warning", says: /ADD-PATH/ },
  },
  {
    name: "a node that does not forward",
    sysctls: new Map([...well.sysctls, ["net.ipv4.ip_forward", "0"]]),
    ...{
      what: "net.ipv4.ip_forward",
      verdict: "warning",
      says: /sysctl -w net\.ipv4\.ip_forward=1/,
    },
  },
  {
    name: "a strict reverse path filter on every interface",
    reversePath: { ...well.reversePath, filters: filters({ all: 1, eth0: 0, "eth1/100": 0 }) },
    ...{
      what: "rp_filter",
      verdict: "warning",
      says: /strict on eth0, eth1\.100: .*all\.rp_filter=2/,
    },
  },
  {
    name: "a strict reverse path filter on one interface of two, whatever new ones get",
    reversePath: {
      ...well.reversePath,
      filters: filters({ all: 0, default: 2, eth0: 0, "eth1/100": 1 }),
    },
    ...{ what: "rp_filter", verdict: "warning", says: /strict on eth1\.100: / },
  },
  {
    name: "a reverse path filter that cannot be read",
    reversePath: { ...well.reversePath, filters: undefined },
    ...{ what: "rp_filter", verdict: "unknown", says: /cannot be read/ },
  },
  {
    name: "a setting that cannot be read",
    sysctls: new Map(),
    ...{ what: "net.ipv4.ip_forward", verdict: "unknown", says: /cannot be read/ },
  },
  {
    name: "kube-proxy in IPVS mode",
    ipvs: true,
    ...{ what: "kube-proxy", verdict: "warning", says: /IPVS/ },
  },
  {
    name: "no kube-proxy",
    tables: "table inet porter",
    ...{ what: "kube-proxy", verdict: "warning", says: /no rules/ },
  },
  {
    name: "an EIP on an interface",
    agent: {
      ...{ node: "node1", missing: [] },
      eips: [{ address: "203.0.113.7", ports: [], present: false, refused: "eth0" }],
    },
    ...{ what: "host state", verdict: "broken", says: /203\.0\.113\.7 is on eth0/ },
  },
  {
    name: "no agent",
    agent: undefined,
    silence: { agent: "Cannot ask the agent at 127.0.0.1:7986: nobody listens there" },
    ...{ what: "host state", verdict: "unknown", says: /nobody listens there/ },
  },
];

Deno.test("diagnose() finds nothing where all is well", () => {
  const findings = diagnose(well);
  assertEquals(findings.map(({ verdict }) => verdict), findings.map(() => "fine"));
  assertEquals(findings.length, 8);
});

for (const { name, what, verdict, says, ...symptoms } of sick) {
  Deno.test(`diagnose() finds ${name}`, () => {
    const found = diagnose({ ...well, ...symptoms }).filter((each) => each.what === what);
    assertEquals(found.map((each) => each.verdict), [verdict]);
    assertMatch(found[0]?.says ?? "", says);
  });
}

Deno.test("a strict reverse path filter takes nothing away where there is one way, or a loose all", () => {
  const finding = (values: Readonly<Record<string, number>>, routes: string) =>
    diagnose({
      ...well,
      reversePath: { ...well.reversePath, filters: filters(values), routes },
    }).find(({ what }) => what === "rp_filter");
  const alone = finding({ all: 0, eth0: 1, cali1: 1 }, "default via 192.0.2.1 dev eth0 ");
  assertEquals(alone?.verdict, "fine");
  assertMatch(alone?.says ?? "", /strict on eth0, the only way/);
  assertEquals(
    finding({ all: 2, eth0: 1, eth1: 1 }, "default via 1.2.3.4 dev eth1")?.verdict,
    "fine",
  );
});

/**
 * The lab's network: client - leaf - { manager, node1, node2, ... }. The leaf has a bridge with the
 * manager and the nodes on one subnet, so that a route's next hops are third parties there (RFC 4271
 * section 5.1.3), as in a rack. All addresses are outside 10.96.0.0/12, the usual range of Services.
 *
 * @module
 */

import type { Lab } from "./lab.ts";
import { must } from "./command.ts";

/** An IPv4 and an IPv6 address of a namespace. */
export interface Addresses {
  readonly v4: string;
  readonly v6: string;
}

/** Where everybody is. */
export const addresses = {
  leaf: { v4: "172.30.0.1", v6: "fd30::1" },
  manager: { v4: "172.30.0.2", v6: "fd30::2" },
  /** The API server, where there is one (scripts/cluster). */
  control: { v4: "172.30.0.3", v6: "fd30::3" },
  stranger: { v4: "172.30.0.66", v6: "fd30::66" },
  client: { v4: "172.30.1.2", v6: "fd30:0:0:1::2" },
  leafToClient: { v4: "172.30.1.1", v6: "fd30:0:0:1::1" },
} as const satisfies Record<string, Addresses>;

/** The addresses of node 1, 2, 3, ... */
export function nodeAddresses(number: number): Addresses {
  return { v4: `172.30.0.${10 + number}`, v6: `fd30::${(16 + number).toString(16)}` };
}

/** The bridge of the leaf. */
export const leafBridge = "rack";

/** What to build. */
export interface FabricOptions {
  readonly nodes: number;
  /** Another machine of the rack, that porter knows nothing of. */
  readonly stranger?: boolean;
}

/** Builds the namespaces, the links, the addresses and the static routes. */
export async function buildFabric(lab: Lab, options: FabricOptions): Promise<void> {
  await buildLeaf(lab);
  await joinRack(lab, "manager", addresses.manager);
  for (let number = 1; number <= options.nodes; number++) {
    await joinRack(lab, `node${number}`, nodeAddresses(number));
  }
  if (options.stranger === true) await joinRack(lab, "stranger", addresses.stranger);
}

/** Makes a namespace that forwards as a router or a node of Kubernetes does. */
export async function addMachine(lab: Lab, role: string): Promise<void> {
  await lab.addNamespace(role);
  await lab.sysctl(role, {
    ...noDad,
    // Without it a packet for an EIP that a node does not know would just vanish.
    "net/ipv4/ip_forward": 1,
    "net/ipv6/conf/all/forwarding": 1,
    // ECMP by addresses and ports: the connections of one client spread too (ip-sysctl.rst).
    "net/ipv4/fib_multipath_hash_policy": 1,
    "net/ipv6/fib_multipath_hash_policy": 1,
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    // A redirect would teach the nodes shortcuts that a real switch does not give.
    "net/ipv4/conf/all/send_redirects": 0,
    "net/ipv4/conf/default/send_redirects": 0,
  });
}

/** Without it the first seconds of IPv6 go by while link-local addresses are tentative (RFC 4862). */
const noDad = {
  "net/ipv6/conf/default/accept_dad": 0,
  "net/ipv6/conf/default/dad_transmits": 0,
} as const;

async function buildLeaf(lab: Lab): Promise<void> {
  await addMachine(lab, "leaf");
  await lab.addNamespace("client");
  await lab.sysctl("client", noDad);
  await veth(lab, { role: "client", name: "eth0" }, { role: "leaf", name: "client0" });
  await lab.ip("leaf", [
    `link add ${leafBridge} type bridge forward_delay 0`,
    `addr add ${addresses.leaf.v4}/24 dev ${leafBridge}`,
    `addr add ${addresses.leaf.v6}/64 dev ${leafBridge} nodad`,
    `link set ${leafBridge} up`,
    `addr add ${addresses.leafToClient.v4}/24 dev client0`,
    `addr add ${addresses.leafToClient.v6}/64 dev client0 nodad`,
    `link set client0 up`,
  ]);
  await lab.ip("client", [
    `addr add ${addresses.client.v4}/24 dev eth0`,
    `addr add ${addresses.client.v6}/64 dev eth0 nodad`,
    `link set eth0 up`,
    `route add default via ${addresses.leafToClient.v4}`,
    `route add ::/0 via ${addresses.leafToClient.v6}`,
  ]);
}

/** Makes a machine of the rack: a namespace on the leaf's bridge. */
export async function joinRack(lab: Lab, role: string, own: Addresses): Promise<void> {
  await addMachine(lab, role);
  await veth(lab, { role, name: "eth0" }, { role: "leaf", name: `${role}0` });
  await lab.ip("leaf", [`link set ${role}0 master ${leafBridge}`, `link set ${role}0 up`]);
  await lab.ip(role, [
    `addr add ${own.v4}/24 dev eth0`,
    `addr add ${own.v6}/64 dev eth0 nodad`,
    `link set eth0 up`,
    `route add default via ${addresses.leaf.v4}`,
    `route add ::/0 via ${addresses.leaf.v6}`,
  ]);
}

/** One end of a cable. */
export interface End {
  readonly role: string;
  readonly name: string;
}

/** A cable whose ends are made inside the namespaces: the host never sees them. */
export async function veth(lab: Lab, a: End, b: End): Promise<void> {
  await must([
    ...["ip", "link", "add", "name", a.name, "netns", lab.ns(a.role), "type", "veth"],
    ...["peer", "name", b.name, "netns", lab.ns(b.role)],
  ], { signal: lab.signal });
}

/** Packets and bytes that the leaf has sent towards a machine of the rack since it was built. */
export async function sentTowards(lab: Lab, role: string): Promise<number> {
  const text = await lab.must("leaf", ["ip", "-s", "-j", "link", "show", "dev", `${role}0`]);
  const links = JSON.parse(text) as { stats64: { tx: { packets: number } } }[];
  return links[0]?.stats64.tx.packets ?? 0;
}

/** The gateways of a prefix in a router's kernel, sorted as text; none without a route. */
export async function kernelNextHops(
  lab: Lab,
  prefix: string,
  role = "leaf",
): Promise<readonly string[]> {
  const family = prefix.includes(":") ? "-6" : "-4";
  const text = await lab.must(role, ["ip", family, "-j", "route", "show", prefix]);
  const routes = (text.trim() === "" ? [] : JSON.parse(text)) as readonly KernelRoute[];
  const gateways = routes.flatMap((route) =>
    (route.nexthops ?? [route]).map((hop) => hop.gateway ?? "")
  );
  return gateways.filter((gateway) => gateway !== "").sort();
}

interface KernelRoute {
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

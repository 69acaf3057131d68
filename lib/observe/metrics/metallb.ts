/**
 * What MetalLB calls its metrics (`--metrics-compat=metallb`), so that dashboards and alerts that
 * people have go on working. Names, labels and types are MetalLB's, whatever promtool thinks of them:
 * some gauges end in _total.
 *
 * @module
 */

import type { PeerStatus } from "../../bgp/model/mod.ts";
import { type Family as AddressFamily, formatAddress } from "../../net/mod.ts";
import type { Eip } from "../../objects/mod.ts";
import { nextHopsOf, type PoolPlan, routeOf, type ServicePlan } from "../../plan/mod.ts";
import { type Family, flag, plain, type Sample } from "./family.ts";
import type { ManagerState } from "./manager_state.ts";
import type { WideFamily } from "./wide.ts";

/** The rows. */
export const metallbFamilies: readonly Family<ManagerState>[] = [
  pool("addresses_total", "Number of usable IP addresses per pool.", (each) => each.poolSize),
  pool("ipv4_addresses_total", "Number of usable IPv4 addresses per pool.", sizeOf(4)),
  pool("ipv6_addresses_total", "Number of usable IPv6 addresses per pool.", sizeOf(6)),
  pool("addresses_in_use_total", "Number of IP addresses in use per pool.", (each) => each.usage),
  pool("ipv4_addresses_in_use_total", "Number of IPv4 addresses in use per pool.", inUse(4)),
  pool("ipv6_addresses_in_use_total", "Number of IPv6 addresses in use per pool.", inUse(6)),
  pool(
    "services_allocated_total",
    "Number of Services that have an address of the pool.",
    ({ used }) => new Set(used.map(({ service }) => `${service.namespace}/${service.name}`)).size,
  ),
  {
    name: "metallb_k8s_client_config_loaded_bool",
    type: "gauge",
    help: "1 if the configuration was loaded at least once.",
    labels: [],
    read: ({ pass }) => plain(flag(pass !== undefined)),
    foreign: true,
  },
  {
    name: "metallb_k8s_client_config_stale_bool",
    type: "gauge",
    help: "1 if an object with errors is ignored, and its last good version is in force.",
    labels: [],
    read: ({ pass }) =>
      plain(flag(pass?.snapshot.faults.some((each) => each.severity === "error") ?? false)),
    foreign: true,
  },
  peer(
    "session_up",
    "gauge",
    "BGP session state (1 is up, 0 is down).",
    (each) => flag(each.state === "Established"),
  ),
  peer(
    "announced_prefixes_total",
    "gauge",
    "Prefixes that are announced on the session.",
    (each) => each.prefixesSent,
  ),
  peer("updates_total", "counter", "UPDATEs sent.", sent("update")),
  peer("opens_sent", "counter", "OPENs sent.", sent("open")),
  peer("opens_received", "counter", "OPENs received.", received("open")),
  peer("notifications_sent", "counter", "NOTIFICATIONs sent.", sent("notification")),
  peer("updates_total_received", "counter", "UPDATEs received.", received("update")),
  peer("keepalives_sent", "counter", "KEEPALIVEs sent.", sent("keepalive")),
  peer("keepalives_received", "counter", "KEEPALIVEs received.", received("keepalive")),
  peer("route_refresh_sent", "counter", "ROUTE-REFRESHs sent.", sent("route-refresh")),
  peer("total_sent", "counter", "Messages sent.", (each) => sum(each.messagesSent)),
  peer("total_received", "counter", "Messages received.", (each) => sum(each.messagesReceived)),
];

/** Which Service is announced at which address through which node. */
export const metallbAnnounced: WideFamily<ServicePlan> = {
  name: "metallb_speaker_announced",
  help: "Services being announced through this node, and at which address.",
  labels: ["service", "protocol", "node", "ip"],
  read: (planned) =>
    planned.assignments.filter(({ address }) => routeOf(planned.routes, address) !== undefined)
      .flatMap(({ address }) =>
        nextHopsOf(planned).filter((hop) =>
          hop.address !== undefined && hop.family === address.family
        )
          .map(({ node }) =>
            [
              [
                `${planned.service.namespace}/${planned.service.name}`,
                "bgp",
                node,
                formatAddress(address),
              ],
              1,
            ] as const
          )
      ),
};

function pool(
  name: string,
  help: string,
  value: (pool: PoolPlan, eip: Eip | undefined) => number,
): Family<ManagerState> {
  return {
    ...{ name: `metallb_allocator_${name}`, type: "gauge", help, labels: ["pool"], foreign: true },
    read: ({ pass }) =>
      (pass?.plan.pools ?? []).map((each): Sample => {
        const eip = pass?.snapshot.eips.find(({ ref }) => ref.name === each.eip.name);
        return [{ pool: each.eip.name }, value(each, eip)];
      }),
  };
}

function sizeOf(family: AddressFamily): (pool: PoolPlan, eip: Eip | undefined) => number {
  return ({ poolSize }, eip) => {
    const range = eip?.spec.range;
    return range !== undefined && "first" in range && range.first.family === family ? poolSize : 0;
  };
}

function inUse(family: AddressFamily): (pool: PoolPlan) => number {
  return ({ used }) =>
    new Set(
      used.filter(({ address }) => address.family === family)
        .map(({ address }) => address.value),
    ).size;
}

function peer(
  name: string,
  type: "gauge" | "counter",
  help: string,
  value: (peer: PeerStatus) => number,
): Family<ManagerState> {
  return {
    ...{ name: `metallb_bgp_${name}`, type, help, labels: ["peer", "vrf"], foreign: true },
    read: ({ sessions, pass }) =>
      sessions.map((each): Sample => {
        const port = pass?.plan.peers.find(({ name }) => name === each.name)?.port ?? 179;
        const text = formatAddress(each.address);
        const host = each.address.family === 6 ? `[${text}]` : text;
        return [{ peer: `${host}:${port}`, vrf: "default" }, value(each)];
      }),
  };
}

function sent(type: string): (peer: PeerStatus) => number {
  return ({ messagesSent }) => messagesSent[type] ?? 0;
}

function received(type: string): (peer: PeerStatus) => number {
  return ({ messagesReceived }) => messagesReceived[type] ?? 0;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, each) => total + each, 0);
}

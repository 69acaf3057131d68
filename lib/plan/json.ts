/**
 * A plan as plain data for programs: addresses and prefixes as text, everything else as it is.
 *
 * @module
 */

import { type Address, formatAddress, formatPrefix } from "../net/mod.ts";
import { formatRef } from "../refusal/mod.ts";
import { attributesText } from "./attributes_text.ts";
import type { Plan, ServicePlan } from "./model.ts";
import type { NodeHostState } from "./render.ts";
import { nextHopsOf } from "./service_plan.ts";

/** Gives what `JSON.stringify` can write. */
export function planToJson(plan: Plan, hostStates: readonly NodeHostState[]): unknown {
  const { complete, conf, speaker, pools } = plan;
  return {
    complete,
    services: plan.services.map(serviceToJson),
    routes: plan.routes.map(({ prefix, paths }) => ({
      prefix: formatPrefix(prefix),
      nextHops: paths.map((each) => formatAddress(each.nextHop)),
      attributes: paths.map((each) => attributesText(each.attributes).slice(2)),
    })),
    pools: pools.map((each) => ({
      ...each,
      eip: formatRef(each.eip),
      used: each.used.map(({ address, service }) => ({
        address: formatAddress(address),
        service: formatRef(service),
      })),
    })),
    speaker: speaker === undefined || conf === undefined ? null : {
      conf: formatRef(conf),
      as: speaker.as,
      routerId: formatAddress(speaker.routerId),
      port: speaker.listen?.port ?? null,
    },
    peers: plan.peers.map(({ localAddress, listenRange, ...peer }) => ({
      ...peer,
      ...(listenRange !== undefined && {
        listenRange: { ...listenRange, prefix: formatPrefix(listenRange.prefix) },
      }),
      address: formatAddress(peer.address),
      ...(localAddress !== undefined && { localAddress: formatAddress(localAddress) }),
      attributes: attributesText(peer.attributes ?? {}).slice(2),
    })),
    bfd: plan.bfd.map(({ localAddress, ...each }) => ({
      ...each,
      address: formatAddress(each.address),
      ...(localAddress !== undefined && { localAddress: formatAddress(localAddress) }),
    })),
    agentPeers: plan.agentPeers.map(({ peer, nodes }) => ({ name: peer.name, nodes })),
    hostStates: hostStates.map(({ node, state }) => ({
      node,
      eips: state.eips.map(({ address, ports }) => ({ address: formatAddress(address), ports })),
      discards: (state.discards ?? []).map(formatPrefix),
    })),
    refusals: plan.refusals.map((each) => ({ ...each, object: formatRef(each.object) })),
  };
}

function serviceToJson(planned: ServicePlan): unknown {
  const { service, ours, assignments, released } = planned;
  return {
    service: formatRef(service),
    ours,
    assignments: assignments.map(({ address, pool, by, standing }) => ({
      address: formatAddress(address),
      pool,
      by,
      standing,
    })),
    released: released.map(formatAddress),
    nextHops: nextHopsOf(planned).map((hop) => ({ ...hop, ...textOf(hop.address) })),
  };
}

function textOf(address: Address | undefined): { readonly address?: string } {
  return address === undefined ? {} : { address: formatAddress(address) };
}

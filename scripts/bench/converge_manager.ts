/**
 * A whole manager over a store in memory, for `converge.ts`: it announces its Services, waits for
 * SIGUSR2, gives every one of them a pod on one more node, and prints when it did each.
 *
 *     deno run -A scripts/bench/converge_manager.ts 10 1000 0    10 peers, 1,000 Services, all at once
 *     deno run -A scripts/bench/converge_manager.ts 10 1000 5    one every 5 ms
 *
 * @module
 */

import { Speaker } from "../../lib/bgp/mod.ts";
import { Manager } from "../../lib/manager/mod.ts";
import type { EndpointSlice, Snapshot } from "../../lib/objects/mod.ts";
import { silentLog, type Store } from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { systemClock, tcpTransport } from "../../lib/system/mod.ts";
import { asNumbers, ends, endsOf } from "./leaf.ts";
import { cluster, grown } from "./world.ts";

/**
 * BgpConf and BgpPeers live in a store as everywhere; Services are the measurement's own, so that a
 * change costs what the manager makes of it and not what reading it did.
 */
function openStore(peers: number, services: number): Store & { change(index: number): void } {
  const settings = openMemoryStore(bgpObjects(peers));
  const world = cluster(services);
  const slices: EndpointSlice[] = [...world.endpointSlices];
  const joined = (): Snapshot => {
    const { bgpConfs, bgpPeers } = settings.snapshot();
    return { ...world, complete: true, bgpConfs, bgpPeers, endpointSlices: slices.slice() };
  };
  let snapshot = joined();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    snapshot = joined();
    for (const listener of listeners) listener();
  };
  settings.subscribe(changed);
  return {
    snapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // The Services hold their addresses from the start: there is nothing of theirs to be written.
    patch: (patches) => settings.patch(patches),
    record: () => {},
    close: () => settings.close(),
    change(index) {
      slices[index] = grown(index);
      changed();
    },
  };
}

function bgpObjects(peers: number): unknown[] {
  const apiVersion = "network.kubesphere.io/v1alpha1";
  const conf = { as: asNumbers.sender, routerID: ends.sender, port: 179 };
  return [
    { apiVersion, kind: "BgpConf", metadata: { name: "default" }, spec: conf },
    ...Array.from({ length: peers }, (_, i) => ({
      apiVersion,
      kind: "BgpPeer",
      metadata: { name: `leaf${i}` },
      spec: {
        config: { peerAs: asNumbers.leaf, neighborAddress: endsOf(i).leaf },
        transport: { passiveMode: true },
        addPaths: { sendMax: 8 },
      },
    })),
  ];
}

/** Changes all, so many milliseconds after each other; gives when, in milliseconds since the epoch. */
async function changeAll(change: (index: number) => void, services: number, gap: number) {
  const times: number[] = [];
  const start = performance.now();
  for (let index = 0; index < services; index++) {
    const wait = start + index * gap - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    times.push(performance.timeOrigin + performance.now());
    change(index);
  }
  return times;
}

function main(peers: number, services: number, gap: number): void {
  const store = openStore(peers, services);
  const manager = new Manager({
    store,
    clock: systemClock,
    log: silentLog,
    speaker: (onChange) =>
      new Speaker({
        transport: tcpTransport(),
        clock: systemClock,
        random: Math.random,
        log: silentLog,
        onChange,
      }),
  });
  Deno.addSignalListener("SIGUSR2", async () => {
    const times = await changeAll(store.change, services, gap);
    console.error(`changed ${JSON.stringify(times)}`);
  });
  manager.start();
  console.error("ready");
}

if (import.meta.main) {
  const [peers, services, gap] = Deno.args.map(Number);
  main(peers ?? 1, services ?? 1000, gap ?? 0);
}

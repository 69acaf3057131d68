/**
 * One measurement, without a network: routes of three paths each into the RIB, packed into all
 * UPDATEs for a peer with ADD-PATH; then the next hops of one route change. With "plan" the routes
 * come from planning as many Services, with "routes" they are just there.
 *
 *     deno run -A scripts/bench/pack.ts plan 10000
 *
 * @module
 */

import type { Route } from "../../lib/bgp/model/mod.ts";
import { AdjRibOut, LocRib, type PeerView } from "../../lib/bgp/rib/mod.ts";
import { initialCodec } from "../../lib/bgp/wire/mod.ts";
import { Planner } from "../../lib/plan/mod.ts";
import { peakMegabytes, report } from "./measure.ts";
import { cluster, ecmpRoutes, withMovedPods } from "./world.ts";

/** What is measured. Times in milliseconds, memory in MiB. */
export interface PackResult {
  readonly routes: number;
  readonly paths: number;
  /** With all objects there (for "plan"), before anything else. */
  readonly memoryBefore: number;
  /** 0 for "routes". */
  readonly plan: number;
  /** Into the Loc-RIB. */
  readonly set: number;
  /** All UPDATEs for one peer. */
  readonly pack: number;
  readonly bytes: number;
  readonly memoryPeak: number;
  /** One Service changed: plan, RIB and UPDATE. */
  readonly onePlan: number;
  readonly oneSet: number;
  readonly onePack: number;
}

const view: PeerView = {
  internal: false,
  localAs: 64512,
  codec: { ...initialCodec, as4: true, addPathSend: [4, 6] },
  families: [4, 6],
  sendMax: 8,
  nextHop: "keep",
  localAddresses: {},
  maxPrefixes: 1_000_000,
  attributes: {},
};

function drain(out: AdjRibOut): number {
  let bytes = 0;
  for (let next = out.next(65536); next; next = out.next(65536)) bytes += next.length;
  return bytes;
}

/** Where routes come from: all of them, and then those after one change. */
interface Source {
  routes(): readonly Route[];
  changed(): readonly Route[];
}

function planned(count: number): Source {
  const snapshot = cluster(count);
  const moved = withMovedPods(snapshot, count >> 1);
  const planner = new Planner();
  return {
    routes: () => planner.plan(snapshot).routes,
    changed: () => planner.plan(moved).routes,
  };
}

function given(count: number): Source {
  let routes: Route[] = [];
  return {
    routes: () => routes = ecmpRoutes(count),
    changed: () => {
      const index = count >> 1;
      const [from, to] = [routes[index], routes[index + 1]];
      return from && to ? routes.with(index, { ...from, paths: to.paths }) : routes;
    },
  };
}

async function main(kind: string, count: number): Promise<PackResult> {
  const source = kind === "plan" ? planned(count) : given(count);
  const rib = new LocRib();
  const memoryBefore = await peakMegabytes("self");
  const clock = stopwatch();
  const routes = source.routes();
  const plan = kind === "plan" ? clock() : 0 * clock();
  rib.set(routes);
  const set = clock();
  const out = new AdjRibOut(rib, view);
  const bytes = drain(out);
  const pack = clock();
  const memoryPeak = await peakMegabytes("self");
  const paths = out.sentPaths;
  if (paths !== 3 * count) throw new Error(`${paths} paths for ${count} routes`);
  clock();
  const after = source.changed();
  const onePlan = kind === "plan" ? clock() : 0 * clock();
  out.changed(rib.set(after));
  const oneSet = clock();
  if (drain(out) === 0) throw new Error("the change was not seen");
  const onePack = clock();
  const times = { plan, set, pack, onePlan, oneSet, onePack };
  return { routes: routes.length, paths, bytes, memoryBefore, memoryPeak, ...times };
}

/** Milliseconds since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return last - before;
  };
}

if (import.meta.main) report(await main(Deno.args[0] ?? "routes", Number(Deno.args[1] ?? 10_000)));

/**
 * One measurement, without a network: routes of three paths each into the RIB, packed into all
 * UPDATEs for a peer with ADD-PATH; then the next hops of one route change. With "plan" the routes
 * come from planning as many Services, with "routes" they are just there.
 *
 *     deno run -A --v8-flags=--expose-gc scripts/bench/pack.ts plan 10000
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
  /** What the program takes, before there is anything to plan. */
  readonly memoryEmpty: number;
  /** What lives of the objects that are planned, as a store keeps them; 0 for "routes". */
  readonly memoryObjects: number;
  /** What lives of all the rest on top of that: plan, RIB and what the peer was told. */
  readonly memoryAdded: number;
  /** 0 for "routes". */
  readonly plan: number;
  /** Into the Loc-RIB. */
  readonly set: number;
  /** All UPDATEs for one peer. */
  readonly pack: number;
  readonly bytes: number;
  /** What the process held at most, with garbage. */
  readonly memoryPeak: number;
  /** One Service changed: plan, RIB and UPDATE; the median of several. */
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

/** So many single changes are measured, one after the other. */
const singles = 21;

/** Where routes come from: all of them, and then those after one change more. */
interface Source {
  routes(): readonly Route[];
  changed(step: number): readonly Route[];
}

function planned(count: number): Source {
  let snapshot = cluster(count);
  const planner = new Planner();
  return {
    routes: () => planner.plan(snapshot).routes,
    changed(step) {
      snapshot = withMovedPods(snapshot, (step * 7919) % count);
      return planner.plan(snapshot).routes;
    },
  };
}

function given(count: number): Source {
  let routes: Route[] = [];
  return {
    routes: () => routes = ecmpRoutes(count),
    changed(step) {
      const index = (step * 7919) % count;
      const [from, to] = [routes[index], routes[(index + 1) % count]];
      return from && to ? routes = routes.with(index, { ...from, paths: to.paths }) : routes;
    },
  };
}

async function main(kind: string, count: number): Promise<PackResult> {
  const isPlan = kind === "plan";
  const memoryEmpty = await peakMegabytes("self");
  const empty = heap();
  const source = isPlan ? planned(count) : given(count);
  const objects = heap();
  const clock = stopwatch();
  const rib = new LocRib();
  const routes = source.routes();
  const plan = isPlan ? clock() : 0 * clock();
  rib.set(routes);
  const set = clock();
  const out = new AdjRibOut(rib, view);
  const bytes = drain(out);
  const pack = clock();
  const memoryPeak = await peakMegabytes("self");
  const memoryAdded = heap() - objects;
  const paths = out.sentPaths;
  if (paths !== 3 * count) throw new Error(`${paths} paths for ${count} routes`);
  const ones = Array.from({ length: singles }, (_, step) => {
    clock();
    const after = source.changed(step);
    const onePlan = isPlan ? clock() : 0 * clock();
    out.changed(rib.set(after));
    const oneSet = clock();
    if (drain(out) === 0) throw new Error("the change was not seen");
    return { onePlan, oneSet, onePack: clock() };
  });
  const one = {
    onePlan: median(ones.map((each) => each.onePlan)),
    oneSet: median(ones.map((each) => each.oneSet)),
    onePack: median(ones.map((each) => each.onePack)),
  };
  const memory = { memoryEmpty, memoryObjects: objects - empty, memoryAdded, memoryPeak };
  return { routes: routes.length, paths, bytes, plan, set, pack, ...memory, ...one };
}

/** MiB that live in the heap; needs --v8-flags=--expose-gc. */
function heap(): number {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure memory without --v8-flags=--expose-gc");
  gc();
  return Math.round(Deno.memoryUsage().heapUsed / 2 ** 20);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
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

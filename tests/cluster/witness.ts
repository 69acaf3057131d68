/**
 * Looks all the time at what must never happen: an address that moves, one that two Services have, a
 * next hop that the leaf has twice, a route without a Service or a Service without its route for longer
 * than five seconds.
 *
 * @module
 */

import type { KubeObject } from "../../scripts/cluster/mod.ts";
import { pause } from "../../scripts/lab/mod.ts";
import type { Site } from "./site.ts";

/** So long routes and Services may differ, milliseconds. */
const allowed = 5_000;

/** What may differ for longer, while something is broken. */
export type Excuse = "missing" | "stray";

/** Watches a site. */
export class Witness {
  /** What should not have been, in words. */
  readonly findings: string[] = [];
  /** How long routes and Services differed at the most, while nothing was excused; milliseconds. */
  longest = 0;
  readonly #site: Site;
  readonly #stop = new AbortController();
  readonly #addressOf = new Map<string, string>();
  /** What differs, and since when. */
  readonly #since = new Map<string, number>();
  readonly #told = new Set<string>();
  #services: readonly ServiceView[] = [];
  #excused: ReadonlySet<Excuse> = new Set();
  #looking: Promise<void> = Promise.resolve();
  #looks = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Begins to look. */
  start(): void {
    this.#looking = this.#watch();
  }

  /** Passes over these from now on; with none, the five seconds begin now. */
  excuse(...what: readonly Excuse[]): void {
    this.#excused = new Set(what);
    this.#since.clear();
  }

  /** Waits until it has looked twice from now on, and saw no difference. */
  async atRest(): Promise<void> {
    const from = this.#looks;
    while (this.#looks < from + 2 || this.#since.size > 0) {
      if (this.findings.length > 0 || this.#stop.signal.aborted) return;
      await pause(50);
    }
  }

  /** Ends it. Throws when looking itself failed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      this.#looks++;
      await pause(150);
    }
  }

  async #look(): Promise<void> {
    const before = this.#services;
    this.#services = await this.#readServices();
    const routes = await this.#readRoutes();
    this.#judgeAddresses();
    const now = performance.now();
    // Read before or after the routes: either may be the older look.
    const wanted = new Set([...before, ...this.#services].flatMap(({ ip }) => ip ?? []));
    const held = new Set(this.#services.flatMap(({ ip }) => ip ?? []));
    for (const ip of held) {
      this.#differs("missing", `${ip} has no route`, !routes.has(ip), now);
    }
    for (const [ip, hops] of routes) {
      this.#differs("stray", `${ip} is routed and no Service has it`, !wanted.has(ip), now);
      if (new Set(hops).size !== hops.length) this.#find(`${ip} has a next hop twice: ${hops}`);
    }
    for (const key of [...this.#since.keys()]) {
      const ip = key.split(" ", 1)[0] ?? "";
      const gone = key.endsWith("has no route") ? !held.has(ip) : !routes.has(ip);
      if (gone) this.#since.delete(key);
    }
  }

  #differs(kind: Excuse, what: string, differs: boolean, now: number): void {
    if (!differs || this.#excused.has(kind)) return void this.#since.delete(what);
    const since = this.#since.get(what) ?? now;
    this.#since.set(what, since);
    this.longest = Math.max(this.longest, now - since);
    if (now - since > allowed) this.#find(`${what} for ${allowed / 1000} seconds`);
  }

  #judgeAddresses(): void {
    const holders = new Map<string, string>();
    for (const { name, uid, ip } of this.#services) {
      if (ip === undefined) continue;
      const other = holders.get(ip);
      if (other !== undefined) this.#find(`${ip} is given to ${other} and to ${name}`);
      holders.set(ip, name);
      const had = this.#addressOf.get(uid) ?? ip;
      if (had !== ip) this.#find(`${name} had ${had} and now has ${ip}`);
      this.#addressOf.set(uid, ip);
    }
  }

  #find(what: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.findings.push(what);
  }

  /** What the API server has; while it is away, what it had. */
  async #readServices(): Promise<readonly ServiceView[]> {
    const path = "/api/v1/namespaces/default/services?resourceVersion=0";
    const answer = await this.#site.cluster.request<{ readonly items: readonly KubeObject[] }>(
      "GET",
      path,
    ).catch(() => undefined);
    return answer?.status === 200 ? answer.body.items.map(viewOf) : this.#services;
  }

  async #readRoutes(): Promise<ReadonlyMap<string, readonly string[]>> {
    const text = await this.#site.lab.must("leaf", "ip -4 -j route show proto bird".split(" "));
    const routes = (text.trim() === "" ? [] : JSON.parse(text)) as readonly KernelRoute[];
    return new Map(routes.map(({ dst, gateway, nexthops }) => [
      dst,
      (nexthops ?? [{ gateway }]).map((hop) => hop.gateway ?? ""),
    ]));
  }
}

interface ServiceView {
  readonly name: string;
  readonly uid: string;
  readonly ip: string | undefined;
}

interface KernelRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

function viewOf({ metadata, status }: KubeObject): ServiceView {
  const { ingress } = (status as { readonly loadBalancer?: { ingress?: { ip: string }[] } })
    .loadBalancer ?? {};
  return { name: metadata.name, uid: String(metadata.uid), ip: ingress?.[0]?.ip };
}

/**
 * What a user of kubectl sees: fields explained, columns filled, and one Event for each fact, whoever leads.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import type { Cluster } from "../../scripts/cluster/mod.ts";
import { pause, until } from "../../scripts/lab/mod.ts";
import { crdFiles } from "../../scripts/crds.ts";
import { clusterTest } from "./cluster_case.ts";
import { eip, serviceOf, Site } from "./site.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every field below a schema, as kubectl names it, with what is said of it. */
function* fieldsOf(schema: Schema, path: string): Iterable<readonly [string, Schema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field];
    yield* fieldsOf(field, `${path}.${name}`);
    if (field.items !== undefined) yield* fieldsOf(field.items, `${path}.${name}`);
  }
}

/** kubectl breaks lines. */
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

/** `kubectl explain` of a kind's spec and status names each field and says what it is. */
async function explained(cluster: Cluster): Promise<void> {
  let count = 0;
  for (const text of crdFiles().values()) {
    const { spec } = parse(text);
    const { kind } = spec.names;
    const root = spec.versions[0].schema.openAPIV3Schema as Schema;
    for (const part of ["spec", "status"] as const) {
      const schema = root.properties?.[part];
      assert(schema !== undefined);
      for (const [path, { description = "" }] of fieldsOf(schema, `${kind}.${part}`)) {
        assert(description.length > 5, `${path}: "${description}"`);
        count++;
      }
      const said = flat(await cluster.kubectl(["explain", `${kind.toLowerCase()}.${part}`]));
      for (const [name, { description }] of Object.entries(schema.properties ?? {})) {
        assertMatch(said, new RegExp(` ${name} <[^>]+>`), said);
        assert(said.includes(flat(description ?? "").slice(0, 60)), `${name}: ${said}`);
      }
    }
  }
  assert(count > 100, `${count} fields`);
}

/** The one row of `kubectl get -o wide`, by the names of the columns. */
async function row(cluster: Cluster, kind: string): Promise<Readonly<Record<string, string>>> {
  const text = await cluster.kubectl(["get", kind, "-o", "wide"]);
  const [head = "", line = ""] = text.trimEnd().split("\n");
  const starts = [...head.matchAll(/\S+/g)];
  return Object.fromEntries(
    starts.map((each, at) => [each[0], line.slice(each.index, starts[at + 1]?.index).trim()]),
  );
}

async function columnsFilled(site: Site): Promise<void> {
  const { cluster } = site;
  const pool = await row(cluster, "eip");
  assertEquals([pool["USAGE"], pool["READY"], pool["REASON"]], ["1", "True", "Ready"]);
  assert(Number(pool["TOTAL"]) > 1, JSON.stringify(pool));
  const wanted = { STATE: "Established", PREFIXES: "1", "SPEAKERS-UP": "2", OF: "2" };
  let seen: unknown;
  await until("the peer's columns are filled", async () => {
    const peer = await row(cluster, "bgppeer");
    seen = peer;
    return Object.entries(wanted).every(([name, value]) => peer[name] === value) &&
      peer["PEER-AS"] === "65001" && peer["ADDRESS"] === "172.30.0.1" &&
      peer["ACCEPTED"] === "True";
  }, { timeout: 30_000, otherwise: () => Promise.resolve(JSON.stringify(seen)) });
  const ready = "--for=condition=SpeakersReady";
  await cluster.kubectl(["wait", "bgpconf", "--all", ready, "--timeout=30s"]);
  const conf = await row(cluster, "bgpconf");
  assertEquals(
    [conf["AS"], conf["PORT"], conf["ACCEPTED"], conf["SPEAKERS"], conf["LISTENING"], conf["OF"]],
    ["65000", "17900", "True", "True", "2", "2"],
  );
}

interface Told {
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly series?: unknown;
}

/** The Events of an object, in the order of their reasons; one that was told again has a "+". */
async function eventsOf({ cluster }: Site, kind: string, name: string): Promise<string> {
  const path = "/apis/events.k8s.io/v1/events";
  const { items } = await cluster.admin.must<{ items: readonly Told[] }>("GET", path);
  return items.filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
    .map(({ reason, series }) => series === undefined ? reason : `${reason}+`).sort().join(" ");
}

/** Waits until the Events are these, and sees that they stay so. */
async function toldOnce(site: Site, wanted: string): Promise<void> {
  await until(`the Events of web are ${wanted}`, async () => {
    return await eventsOf(site, "Service", "web") === wanted;
  }, { timeout: 30_000, otherwise: () => eventsOf(site, "Service", "web") });
  await pause(2000);
  assertEquals(await eventsOf(site, "Service", "web"), wanted);
}

clusterTest("kubectl explains, shows, and tells each fact once", async (cluster) => {
  const site = await Site.build(cluster, "nftables");
  await explained(cluster);
  await columnsFilled(site);

  const given = "AddressAssigned Announced";
  await toldOnce(site, given);
  // What is planned anew a hundred times is no new fact.
  for (let at = 0; at < 20; at++) {
    await cluster.kubectl(["annotate", "--overwrite", "service", "web", `touched=${at}`]);
  }
  await toldOnce(site, given);
  // Nor is that another one leads; one that ends in order gives its Lease away at once.
  const leader = await site.leader();
  await site.manager(leader).stop();
  assert(await site.leader() !== leader);
  site.startManager(leader);
  await site.managerReady(leader);
  await toldOnce(site, given);
  assertEquals(await site.ingress("web"), eip);

  // What only the loops know, of an object of no namespace.
  const cap = JSON.stringify({ spec: { export: { maxPrefixes: 1 } } });
  await cluster.kubectl(["patch", "bgppeer", "leaf", "--type=merge", "-p", cap]);
  await cluster.apply(serviceOf("second"));
  await until("the cap that is reached is an Event of the BgpPeer", async () => {
    return await eventsOf(site, "BgpPeer", "leaf") === "RouteCapReached";
  }, { timeout: 30_000, otherwise: () => eventsOf(site, "BgpPeer", "leaf") });
  for (const object of serviceOf("second")) {
    await cluster.admin.must("DELETE", await cluster.admin.pathOf(object));
  }

  await cluster.kubectl(["delete", "service", "web"]);
  await site.routed([]);
  await toldOnce(site, "AddressAssigned AddressReleased Announced Withdrawn");
}, { nodes: 2 });

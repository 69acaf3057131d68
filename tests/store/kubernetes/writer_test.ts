/** In which order a write is shown, and what keeps back what. */

import { assertEquals } from "@std/assert";
import { claimsSize, type KindName } from "../../../lib/objects/mod.ts";
import type { RequestOptions, RestClient } from "../../../lib/store/mod.ts";
import { ApiError } from "../../../lib/store/kubernetes/errors.ts";
import { KubernetesObjects } from "../../../lib/store/kubernetes/objects.ts";
import type { Raw } from "../../../lib/store/kubernetes/raw.ts";
import { RefusedWrites } from "../../../lib/store/kubernetes/refused_writes.ts";
import { resources } from "../../../lib/store/kubernetes/resources.ts";
import { Writer } from "../../../lib/store/kubernetes/writer.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

const service = (resourceVersion: string, status: unknown) => ({
  metadata: { name: "web", namespace: "shop", uid: "s", resourceVersion },
  spec: { type: "LoadBalancer" },
  status,
});

/** A cache in which these were listed. */
function known(lists: Partial<Record<KindName, readonly Raw[]>>): KubernetesObjects {
  const objects = new KubernetesObjects(Object.keys(lists) as KindName[]);
  for (const [kind, raws] of Object.entries(lists)) {
    const resource = resources[kind as KindName];
    objects.listStarts(resource);
    objects.listItems(resource, raws);
    objects.listEnds(resource);
  }
  objects.refresh();
  return objects;
}

/** A writer into that cache, of an API server that answers so. */
function writerOf(
  { clock, objects, performRequest }: {
    readonly clock: FakeClock;
    readonly objects: KubernetesObjects;
    readonly performRequest: (options: RequestOptions) => Promise<unknown>;
  },
  show: () => void,
): Writer {
  return new Writer({
    client: { performRequest } as RestClient,
    ...{ clock, objects, show },
    refused: new RefusedWrites(clock, () => 0.5, () => {}),
    signal: new AbortController().signal,
  });
}

Deno.test("a Service is shown as soon as it is written, whatever else of the call is still under way", async () => {
  const clock = new FakeClock();
  const peer = {
    metadata: { name: "leaf", uid: "p", resourceVersion: "1" },
    spec: { config: { peerAs: 64600, neighborAddress: "10.0.0.1" } },
  };
  const objects = known({ Service: [service("1", {})], BgpPeer: [peer] });
  const ingress = [{ ip: "203.0.113.32", ipMode: "VIP" }];
  const asked: string[] = [];
  const peers = Promise.withResolvers<unknown>();
  const performRequest = ({ path }: RequestOptions): Promise<unknown> => {
    asked.push(path);
    return path.includes("services")
      ? Promise.resolve(service("2", { loadBalancer: { ingress } }))
      : peers.promise;
  };
  const shown: unknown[] = [];
  const writer = writerOf({ clock, objects, performRequest }, () => {
    objects.refresh();
    shown.push(objects.snapshot.services[0]?.status.loadBalancer);
  });
  const written = writer.write([
    {
      object: { kind: "Service", namespace: "shop", name: "web" },
      status: { loadBalancer: { ingress } },
    },
    { object: { kind: "BgpPeer", namespace: "", name: "leaf" }, status: { state: "Idle" } },
  ]);
  await settle();
  assertEquals(asked.length, 2);
  assertEquals(shown, [{ ingress }]);
  peers.resolve({ ...peer, metadata: { ...peer.metadata, resourceVersion: "2" } });
  await written;
});

const eipRef = (name: string) => ({ kind: "Eip", namespace: "", name });
const serviceRef = (name: string) => ({ kind: "Service", namespace: "shop", name });
const rawEip = (name: string, resourceVersion = "1", status: unknown = {}) => ({
  metadata: { name, uid: name, resourceVersion },
  spec: { address: "203.0.113.0/24", protocol: "bgp" },
  status,
});
const rawService = (name: string, resourceVersion = "1") => ({
  ...service(resourceVersion, {}),
  metadata: { name, namespace: "shop", uid: name, resourceVersion },
});

/** A writer over two Eips and two Services; `refuses` says what the API server answers to a path. */
function writerOver(refuses: (path: string) => ApiError | undefined): {
  readonly clock: FakeClock;
  readonly objects: KubernetesObjects;
  readonly writer: Writer;
  /** The names of the objects that were asked to be written. */
  readonly asked: () => readonly string[];
} {
  const clock = new FakeClock();
  const objects = known({
    Eip: [rawEip("big"), rawEip("small")],
    Service: [rawService("a"), rawService("b")],
  });
  const asked: string[] = [];
  const performRequest = ({ path }: RequestOptions): Promise<unknown> => {
    const name = path.split("/").at(-2) ?? "";
    asked.push(name);
    const no = refuses(path);
    if (no !== undefined) return Promise.reject(no);
    return Promise.resolve(path.includes("eips") ? rawEip(name, "2") : rawService(name, "2"));
  };
  const writer = writerOf({ clock, objects, performRequest }, () => void objects.refresh());
  return { clock, objects, writer, asked: () => asked.splice(0).sort() };
}

const claims = (count: number) => ({
  used: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`203.0.113.${index}`, `shop/service${index}`]),
  ),
});
const taking = [
  { object: eipRef("big"), status: claims(100), ifUnchanged: "1" },
  { object: eipRef("small"), status: claims(1), ifUnchanged: "1" },
  { object: serviceRef("a"), status: { x: 1 }, ifUnchanged: "1", after: [eipRef("big")] },
  { object: serviceRef("b"), status: { x: 1 }, ifUnchanged: "1", after: [eipRef("small")] },
];
const tooLarge = new ApiError("PATCH ...: 500: etcdserver: request is too large", { code: 500 });

Deno.test("an Eip that is too large keeps back its own Services, and nothing else", async () => {
  const { objects, writer, asked } = writerOver((path) =>
    path.includes("eips/big/") ? tooLarge : undefined
  );
  await writer.write(taking);
  assertEquals(asked(), ["b", "big", "small"]);
  const size = claimsSize(claims(100).used);
  const [fault, ...others] = objects.snapshot.faults;
  assertEquals([fault?.object, fault?.claimsAtMost], [eipRef("big"), Math.floor(size * 0.75)]);
  assertEquals([fault?.severity, others], ["warning", []]);

  // With fewer claims it is written at once, and keeps being told how many it takes.
  const served = writerOver(() => undefined);
  await served.writer.write(taking);
  assertEquals(served.asked(), ["a", "b", "big", "small"]);
  assertEquals(served.objects.snapshot.faults, []);
});

Deno.test("an Eip that is too large whatever is claimed of it is left out for a while", async () => {
  const { clock, objects, writer, asked } = writerOver((path) =>
    path.includes("eips/big/") ? tooLarge : undefined
  );
  const patches = [{ object: eipRef("big"), status: { usage: 1 } }, ...taking.slice(1)];
  await writer.write(patches);
  assertEquals(objects.snapshot.faults.map(({ severity }) => severity), ["error"]);
  assertEquals(asked(), ["b", "big", "small"]);
  await writer.write(patches.slice(0, 1));
  assertEquals(asked(), []);
  await clock.advance(2000);
  await writer.write(patches.slice(0, 1));
  assertEquals(asked(), ["big"]);
});

Deno.test("an Eip drops no claim of a Service that could not be let go", async () => {
  const refused = new ApiError("PATCH ...: 422: a webhook says no", { code: 422 });
  const { writer, asked } = writerOver((path) =>
    path.includes("services/a/") ? refused : undefined
  );
  const patches = [
    { object: serviceRef("a"), status: { x: null }, ifUnchanged: "1" },
    { object: eipRef("big"), status: claims(1), after: [serviceRef("a")] },
    { object: eipRef("small"), status: claims(1) },
    { object: serviceRef("b"), status: { x: 1 }, after: [eipRef("big")] },
  ];
  await writer.write(patches);
  assertEquals(asked(), ["a", "small"]);
  // Nor while the Service is not tried again.
  await writer.write(patches);
  assertEquals(asked(), ["small"]);
});

/** In which order a write is shown. */

import { assertEquals } from "@std/assert";
import type { RequestOptions, RestClient } from "../../../lib/store/mod.ts";
import { KubernetesObjects } from "../../../lib/store/kubernetes/objects.ts";
import { RefusedWrites } from "../../../lib/store/kubernetes/refused_writes.ts";
import { resources } from "../../../lib/store/kubernetes/resources.ts";
import { Writer } from "../../../lib/store/kubernetes/writer.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

const service = (resourceVersion: string, status: unknown) => ({
  metadata: { name: "web", namespace: "shop", uid: "s", resourceVersion },
  spec: { type: "LoadBalancer" },
  status,
});

Deno.test("a Service is shown as soon as it is written, whatever else of the call is still under way", async () => {
  const clock = new FakeClock();
  const objects = new KubernetesObjects(["Service", "BgpPeer"]);
  const peer = {
    metadata: { name: "leaf", uid: "p", resourceVersion: "1" },
    spec: { config: { peerAs: 64600, neighborAddress: "10.0.0.1" } },
  };
  for (
    const [resource, raw] of [[resources.Service, service("1", {})], [
      resources.BgpPeer,
      peer,
    ]] as const
  ) {
    objects.listStarts(resource);
    objects.listItems(resource, [raw]);
    objects.listEnds(resource);
  }
  objects.refresh();
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
  const writer = new Writer({
    client: { performRequest } as RestClient,
    clock,
    objects,
    refused: new RefusedWrites(clock, () => 0.5, () => {}),
    signal: new AbortController().signal,
    show: () => {
      objects.refresh();
      shown.push(objects.snapshot.services[0]?.status.loadBalancer);
    },
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

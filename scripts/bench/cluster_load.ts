/**
 * The Services of `bench:cluster`, and how they are created and deleted: by a bare client, many at once.
 *
 * @module
 */

import type { Client, KubeObject } from "../cluster/mod.ts";

/** So many requests are under way at once, as in the figures this is compared with. */
export const parallel = 50;

/** Where the Services are. */
const namespace = "default";

/** The Service of a number. */
export function nameOf(index: number): string {
  return `bench-${index}`;
}

/** Creates the Service of a number, and then its EndpointSlice, with an endpoint on each of three nodes. */
export async function create(client: Client, index: number): Promise<void> {
  const name = nameOf(index);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: {
      type: "LoadBalancer",
      loadBalancerClass: "porter.kubesphere.io/porter",
      externalTrafficPolicy: "Local",
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80 }],
    },
  };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [1, 2, 3].map((node) => ({
      addresses: [`10.244.${node}.${index % 250 + 2}`],
      nodeName: `node${node}`,
      conditions: { ready: true },
    })),
    ports: [{ port: 80 }],
  } satisfies KubeObject & Record<string, unknown>;
  await client.must("POST", pathOf("services"), service);
  await client.must("POST", pathOf("endpointslices"), slice);
}

/** Creates so many. */
export async function createAll(client: Client, count: number): Promise<void> {
  await each(count, (index) => create(client, index));
}

/** Writes an address into the status of so many. */
export async function patchAll(client: Client, count: number): Promise<void> {
  await each(count, (index) => {
    const ingress = [{ ip: `100.65.${index >> 8}.${index & 255}`, ipMode: "VIP" }];
    const path = `${pathOf("services")}/${nameOf(index)}/status`;
    return client.patch(path, { status: { loadBalancer: { ingress } } });
  });
}

/** Deletes so many. */
export async function deleteAll(client: Client, count: number): Promise<void> {
  await each(count, async (index) => {
    await client.must("DELETE", `${pathOf("services")}/${nameOf(index)}`);
    await client.must("DELETE", `${pathOf("endpointslices")}/${nameOf(index)}`);
  });
}

/** Does it for 0 to count - 1, so many at once. */
async function each(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (next < count) await work(next++);
  }));
}

interface ServiceEvent {
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
  };
}

/** Notes when each Service has an address in its status, until it is closed. */
export class StatusWatch {
  readonly #closing = new AbortController();
  readonly #seen = new Map<string, number>();
  readonly #done: Promise<void>;

  /** Watches from now on. */
  constructor(client: Client) {
    this.#done = this.#run(client);
  }

  /** When the Service of a number was seen with an address, by performance.now(). */
  seen(index: number): number | undefined {
    return this.#seen.get(nameOf(index));
  }

  /** Watches no more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(client: Client): Promise<void> {
    const path = `${pathOf("services")}?watch=1`;
    for await (const { object } of client.lines<ServiceEvent>(path, this.#closing.signal)) {
      const { name } = object.metadata;
      if ((object.status?.loadBalancer?.ingress ?? []).length === 0 || this.#seen.has(name)) {
        continue;
      }
      this.#seen.set(name, performance.now());
    }
  }
}

function pathOf(resource: "services" | "endpointslices"): string {
  const group = resource === "services" ? "api/v1" : "apis/discovery.k8s.io/v1";
  return `/${group}/namespaces/${namespace}/${resource}`;
}

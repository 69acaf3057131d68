/**
 * `porter manager` as it is run: the executable, over a directory of manifests, with a leaf that may connect
 * to it. Ended in order afterwards.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BgpClient } from "./bgp_client.ts";
import { start } from "./porter.ts";

const leafAs = 64513;

/** A BgpConf that listens at this port, and a BgpPeer that calls. */
export const peerObjects = (port: number): string =>
  `apiVersion: network.kubesphere.io/v1alpha1
kind: BgpConf
metadata: { name: default }
spec: { as: 64512, routerID: 192.0.2.2, port: ${port} }
---
apiVersion: network.kubesphere.io/v1alpha1
kind: BgpPeer
metadata: { name: leaf1 }
spec:
  config: { peerAs: ${leafAs}, neighborAddress: 127.0.0.1 }
  transport: { passiveMode: true }
`;

/** The same with a pool of one address, and a Service with an endpoint on one node. */
export const serviceObjects = (port: number): string =>
  `${peerObjects(port)}---
apiVersion: network.kubesphere.io/v1alpha1
kind: Eip
metadata: { name: public }
spec: { address: 203.0.113.7, protocol: bgp }
---
apiVersion: v1
kind: Service
metadata: { name: web, annotations: { lb.kubesphere.io/v1alpha1: porter } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.7], nodeName: node1, conditions: { ready: true } }]
---
apiVersion: v1
kind: Node
metadata: { name: node1 }
status:
  addresses: [{ type: InternalIP, address: 192.0.2.11 }]
  conditions: [{ type: Ready, status: "True" }]
`;

/** The same with a second Service, for which the pool has no address: "web" comes first by name. */
export const rivalObjects = (port: number): string =>
  `${serviceObjects(port)}---
apiVersion: v1
kind: Service
metadata: { name: wide, annotations: { lb.kubesphere.io/v1alpha1: porter } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
`;

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

/** A directory with these manifests while the body runs. */
export async function withDirectory(
  manifests: string,
  body: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/all.yaml`, manifests);
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A manager that runs. */
export class RunningManager {
  readonly dir: string;
  /** Where it listens for the leaf. */
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #leafs: BgpClient[] = [];
  #isAsked = false;
  #ended: Promise<string> | undefined;

  constructor(child: Deno.ChildProcess, dir: string, port: number) {
    this.#child = child;
    this.dir = dir;
    this.port = port;
  }

  /** Connects the leaf, and waits until it is told something. */
  async meet(): Promise<BgpClient> {
    const leaf = await BgpClient.connect(this.port, leafAs);
    this.#leafs.push(leaf);
    assert(await leaf.until("update"), "porter closed the session");
    return leaf;
  }

  /** Asks it to end. */
  signal(signal: Deno.Signal): void {
    this.#isAsked = true;
    this.#child.kill(signal);
  }

  /** Ends it in order, unless it was asked to already, and gives what it logged. */
  end(): Promise<string> {
    return this.#ended ??= this.#end();
  }

  /** Ends it somehow: the test has failed. */
  async abandon(): Promise<void> {
    try {
      this.signal("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end().catch(() => {});
  }

  async #end(): Promise<string> {
    if (!this.#isAsked) this.signal("SIGTERM");
    this.#leafs.forEach((leaf) => leaf.close());
    await this.#child.stdin.close();
    const { code, stdout, stderr } = await this.#child.output();
    const log = new TextDecoder().decode(stderr);
    assertEquals([code, stdout.length], [0, 0], log);
    return log;
  }
}

/** A manager with these arguments over a directory with these objects while the body runs. */
export async function withManager(
  args: readonly string[],
  objects: (port: number) => string,
  body: (manager: RunningManager) => Promise<void>,
): Promise<void> {
  const port = freePort();
  await withDirectory(objects(port), async (dir) => {
    const child = await start(["manager", "--directory", dir, ...args]);
    const manager = new RunningManager(child, dir, port);
    try {
      await body(manager);
    } catch (thrown) {
      await manager.abandon();
      throw thrown;
    }
    await manager.end();
  });
}

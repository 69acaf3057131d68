/**
 * A leaf, a directory of manifests and a manager, for tests that edit objects and look at the leaf.
 *
 * @module
 */

import {
  addresses,
  Bird,
  type BirdOptions,
  buildFabric,
  conditionsOf,
  type Lab,
  manifests,
  nodeAddresses,
  type Process,
  readStatus,
  startManager,
  type StatusFile,
  until,
  type Waited,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

/** The AS of porter and of the leaf. */
export const porterAs = 65000;
export const leafAs = 65001;

/** The pool most tests have: six addresses. */
export const poolAddress = "203.0.113.1-203.0.113.6";

/** Where the manager listens. */
export const port = 17900;

/** IPv4 addresses of nodes. */
export function hops(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => nodeAddresses(number).v4);
}

/** What a test works with. */
export class Bench {
  readonly lab: Lab;
  readonly leaf: Bird;
  readonly files: manifests.Manifests;
  manager: Process;

  constructor(lab: Lab, leaf: Bird, files: manifests.Manifests, manager: Process) {
    this.lab = lab;
    this.leaf = leaf;
    this.files = files;
    this.manager = manager;
  }

  /** Writes a Service and its slice with these nodes. */
  async service(spec: manifests.ServiceSpec, nodes: readonly number[] = [1, 2]): Promise<void> {
    const slice = manifests.endpointSlice(spec.name, nodes);
    await this.files.write(`service-${spec.name}`, manifests.service(spec), slice);
  }

  /** Writes the BgpPeer of the leaf. */
  async peer(more: Partial<manifests.BgpPeerSpec> = {}): Promise<void> {
    await this.files.write("bgppeer", manifests.bgpPeer({ ...leafPeer, ...more }));
  }

  /** Writes the BgpConf. */
  async conf(more: Partial<Parameters<typeof manifests.bgpConf>[0]> = {}): Promise<void> {
    await this.files.write("bgpconf", manifests.bgpConf({ ...conf, ...more }));
  }

  /** Waits until the leaf has the address with exactly these nodes as next hops. */
  async leafHas(address: string, nodes: readonly number[]): Promise<void> {
    await this.#explained(() =>
      this.leaf.hasNextHops(`${address}/32`, hops(...nodes)).then(() => {})
    );
  }

  /** Waits until a status has a condition with this reason. */
  async reason(kind: string, name: string, reason: string): Promise<string> {
    const { value } = await this.status(
      kind,
      name,
      (file) => conditionsOf(file).find((condition) => condition.reason === reason)?.message,
    );
    return value;
  }

  /** Waits until `look` finds something in a status. */
  status<T>(
    kind: string,
    name: string,
    look: (file: StatusFile) => T | undefined | false,
  ): Promise<Waited<T>> {
    const read = () => readStatus(this.files.folder, kind, name);
    return until(`the status of ${kind} ${name}`, async () => {
      const file = await read();
      return file === undefined ? undefined : look(file);
    }, {
      signal: this.lab.signal,
      otherwise: async () => `${Deno.inspect(await read(), { depth: 9 })}\n${await this.log()}`,
    });
  }

  /** Waits until the session has come up so many times in all, and is up. */
  async sessions(count: number): Promise<void> {
    await this.#explained(() =>
      until(`the session came up ${count} times`, async () => {
        return (await this.leaf.timesUp()) === count &&
          (await this.leaf.session()).state === "Established";
      }, { signal: this.lab.signal }).then(() => {})
    );
  }

  /** Everything the manager has logged. */
  log(): Promise<string> {
    return this.manager.output();
  }

  async #explained(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (thrown) {
      const log = (await this.log()).split("\n").slice(-30).join("\n");
      throw new Error(`${thrown instanceof Error ? thrown.message : thrown}\n${log}`, {
        cause: thrown,
      });
    }
  }
}

const leafPeer = {
  peerAs: leafAs,
  neighborAddress: addresses.leaf.v4,
  connectRetry: 1,
} satisfies manifests.BgpPeerSpec;

const conf = { as: porterAs, routerId: addresses.manager.v4, port };

/** What the leaf is told where a test says nothing else. */
export const leafOptions: BirdOptions = { as: leafAs, peerAs: porterAs, peerPort: port };

/** How a test begins. */
export interface Beginning {
  /** Objects there are at the start; left out means all but Services. */
  readonly objects?: "basics" | "none";
  /** Waits for the session; left out means yes, when there are objects. */
  readonly leaf?: BirdOptions;
  /** The manager waits for the leaf to connect; left out means that it connects too. */
  readonly passive?: boolean;
  /** What the manager logs; left out means "info". */
  readonly logLevel?: "debug" | "info";
  /** Nodes with a namespace of their own; the others only exist as objects. */
  readonly nodes?: number;
}

/** Registers a test with a leaf and a manager; the session is up when the body begins. */
export function managerTest(
  name: string,
  body: (bench: Bench) => Promise<void>,
  beginning: Beginning = {},
): void {
  labTest(name, async (lab) => {
    await buildFabric(lab, { nodes: beginning.nodes ?? 0, stranger: true });
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    const leaf = new Bird(lab);
    const begin = { directory: files.folder, logLevel: beginning.logLevel ?? "info" };
    if (beginning.objects !== "none") await writeBasics(files, beginning);
    const manager = startManager(lab, begin);
    const bench = new Bench(lab, leaf, files, manager);
    await leaf.start(beginning.leaf ?? leafOptions);
    await manager.says(/"manager\.started"/);
    if (beginning.objects !== "none") await bench.sessions(1);
    await body(bench);
  });
}

async function writeBasics(files: manifests.Manifests, { passive }: Beginning): Promise<void> {
  await files.write("bgpconf", manifests.bgpConf(conf));
  await files.write("bgppeer", manifests.bgpPeer({ ...leafPeer, passiveMode: passive === true }));
  await files.write("nodes", ...[1, 2, 3].map((number) => manifests.node(number)));
  await files.write("eip", manifests.eip("pool", poolAddress));
}

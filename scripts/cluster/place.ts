/**
 * Where a cluster's programs run: on this machine's loopback, or in a namespace of the lab's rack,
 * where the nodes reach them too.
 *
 * @module
 */

import { must } from "../lab/command.ts";
import { addresses, joinRack } from "../lab/fabric.ts";
import type { Lab } from "../lab/lab.ts";
import type { Process } from "../lab/process.ts";

/** A place to run programs. */
export interface Place {
  /** Where the API server listens. */
  readonly bind: string;
  /** Where this process reaches it. */
  readonly outside: string;
  /** Where the lab's namespaces reach it; the same as `outside` on loopback. */
  readonly inside: string;
  readonly ports: Ports;
  spawn(name: string, argv: readonly string[]): Process;
  /** Removes what it made in the namespace of this process. */
  leave(): Promise<void>;
}

/** TCP ports nobody else has. */
export interface Ports {
  readonly api: number;
  readonly etcd: number;
  readonly etcdPeer: number;
}

/** On loopback, beside everything else on this machine; needs no privilege. */
export function onLoopback(lab: Lab): Place {
  const taken: number[] = [];
  const port = () => freePort(taken);
  return {
    bind: "127.0.0.1",
    outside: "127.0.0.1",
    inside: "127.0.0.1",
    ports: { api: port(), etcd: port(), etcdPeer: port() },
    spawn: (name, argv) => lab.spawnHere(name, argv),
    leave: () => Promise.resolve(),
  };
}

/** Its own machine of the rack, with a cable to this process' namespace as well. */
export async function inRack(lab: Lab): Promise<Place> {
  await joinRack(lab, "control", addresses.control);
  const outside = await plugIn(lab, "control");
  return {
    bind: "0.0.0.0",
    outside,
    inside: addresses.control.v4,
    ports: { api: 6443, etcd: 2379, etcdPeer: 2380 },
    spawn: (name, argv) => lab.spawn("control", name, argv),
    // It would go with its namespace, but when the kernel finds the time.
    leave: () => lab.ip("control", ["link del host"]),
  };
}

/**
 * A cable between this process' namespace and one of the lab's; gives the far end's address. Both are
 * of 198.18.0.0/15, which is for tests of networks (RFC 2544) and which no network in use has, and by
 * chance, so that labs side by side differ. It goes when the lab's namespace goes.
 */
async function plugIn(lab: Lab, role: string): Promise<string> {
  const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
  const octets = (last: number) =>
    `198.${18 + (random >> 15)}.${(random >> 7) & 255}.${((random & 127) << 1) + last}`;
  const here = `porter${random.toString(16)}`;
  await must(["ip", "-batch", "-"], {
    signal: lab.signal,
    stdin: `link add name ${here} type veth peer name host netns ${lab.ns(role)}
link set ${here} addrgenmode none
addr add ${octets(0)}/31 dev ${here}
link set ${here} up
`,
  });
  await lab.ip(role, [`addr add ${octets(1)}/31 dev host`, "link set host up"]);
  return octets(1);
}

/**
 * Below the ports that the kernel gives to connections (ip_local_port_range), so that the port is
 * still free when the API server comes back after a while.
 */
function freePort(taken: number[]): number {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (taken.includes(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.AddrInUse)) throw thrown;
      continue;
    }
    taken.push(port);
    return port;
  }
  throw new Error("no free port between 20000 and 30000");
}

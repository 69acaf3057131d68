/**
 * Machines and cables of a topology, and what a power cut does to one of them: its ends of all cables go
 * down, the far ends lose their carrier, and nothing is said to anybody.
 *
 * @module
 */

import { addMachine, veth } from "../fabric.ts";
import type { Lab } from "../lab.ts";

/** One end of a cable; the address has a prefix length, and is left out for the port of a bridge. */
export interface End {
  readonly role: string;
  readonly device: string;
  readonly address?: string;
}

/** What a topology does to wire its machines. */
export type Wiring = Pick<Wires, "machines" | "cable" | "bridge" | "join" | "port" | "routes">;

/** The machines of a lab, and how they are wired. */
export class Wires {
  readonly #lab: Lab;
  readonly #devices = new Map<string, string[]>();
  readonly #routes = new Map<string, readonly string[]>();

  /** Nothing is there yet. */
  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Makes machines that forward, and do not send packets to where there is no carrier. */
  async machines(...roles: readonly string[]): Promise<void> {
    for (const role of roles) {
      await addMachine(this.#lab, role);
      await this.#lab.sysctl(role, {
        "net/ipv4/conf/all/ignore_routes_with_linkdown": 1,
        "net/ipv4/conf/default/ignore_routes_with_linkdown": 1,
        "net/ipv6/conf/all/ignore_routes_with_linkdown": 1,
        "net/ipv6/conf/default/ignore_routes_with_linkdown": 1,
        // A machine that comes back has its addresses, as it has those of IPv4.
        "net/ipv6/conf/all/keep_addr_on_down": 1,
        "net/ipv6/conf/default/keep_addr_on_down": 1,
      });
    }
  }

  /** Connects two machines. */
  async cable(a: End, b: End): Promise<void> {
    await veth(this.#lab, { role: a.role, name: a.device }, { role: b.role, name: b.device });
    for (const { role, device, address } of [a, b]) {
      this.#devices.set(role, [...this.#devices.get(role) ?? [], device]);
      await this.#lab.ip(role, [
        ...(address === undefined ? [] : [`addr add ${address} dev ${device}`]),
        `link set ${device} up`,
      ]);
    }
  }

  /** A switch within a machine: its ports are one network, on which the machine has an address. */
  async bridge(role: string, device: string, address: string): Promise<void> {
    await this.#lab.ip(role, [
      `link add ${device} type bridge forward_delay 0`,
      `addr add ${address} dev ${device}`,
      `link set ${device} up`,
    ]);
  }

  /** Connects a machine, as eth0, to a port of a bridge. */
  async join(role: string, address: string, to: { role: string; bridge: string }): Promise<void> {
    const port = `${role}p`;
    await this.cable({ role, device: "eth0", address }, { role: to.role, device: port });
    await this.port(to.role, port, to.bridge);
  }

  /** Makes a device a port of a bridge. */
  async port(role: string, device: string, bridge: string): Promise<void> {
    await this.#lab.ip(role, [`link set ${device} master ${bridge}`]);
  }

  /** Static routes, as `ip route` takes them; they come back with the machine. */
  async routes(role: string, lines: readonly string[]): Promise<void> {
    this.#routes.set(role, lines);
    await this.#lab.ip(role, lines.map((line) => `route replace ${line}`));
  }

  /** Cuts the machine off. */
  async cut(role: string): Promise<void> {
    await this.#lab.ip(role, this.#all(role).map((device) => `link set ${device} down`));
  }

  /** Connects it again. */
  async mend(role: string): Promise<void> {
    const routes = this.#routes.get(role) ?? [];
    await this.#lab.ip(role, [
      ...this.#all(role).map((device) => `link set ${device} up`),
      ...routes.map((line) => `route replace ${line}`),
    ]);
  }

  /** Packets that a machine has sent on all its cables. */
  async sent(role: string): Promise<number> {
    const text = await this.#lab.must(role, ["ip", "-s", "-j", "link"]);
    const links = JSON.parse(text) as readonly Link[];
    const devices = this.#all(role);
    return links.filter((link) => devices.includes(link.ifname))
      .reduce((sum, link) => sum + link.stats64.tx.packets, 0);
  }

  #all(role: string): readonly string[] {
    const devices = this.#devices.get(role);
    if (devices === undefined) throw new Error(`no such machine: ${role}`);
    return devices;
  }
}

interface Link {
  readonly ifname: string;
  readonly stats64: { readonly tx: { readonly packets: number } };
}

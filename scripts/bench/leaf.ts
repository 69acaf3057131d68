/**
 * BIRD at the far end of a measurement: it takes whole tables and does nothing with them. It says in
 * its log when the session came up, and over its control socket how many routes it holds.
 *
 * @module
 */

import { type Lab, must, type Process, until } from "../lab/mod.ts";
import { BirdControl } from "./bird_control.ts";

/** Addresses of the two ends of the cable. */
export const ends = { leaf: "10.255.0.1", sender: "10.255.0.2" } as const;

/** AS numbers of the two ends. */
export const asNumbers = { leaf: 64513, sender: 64512 } as const;

/**
 * The two ends of the session with this number, where there are several: BIRD has one session at a
 * time with an address of the other side.
 */
export function endsOf(peer: number): { readonly leaf: string; readonly sender: string } {
  return { leaf: `10.255.1.${peer + 1}`, sender: `10.255.2.${peer + 1}` };
}

const head = `log stderr all;
router id ${ends.leaf};
timeformat log iso long ms;
timeformat route iso long ms;
protocol device { scan time 60; }
`;

const config = `${head}protocol bgp sender {
  local ${ends.leaf} as ${asNumbers.leaf};
  neighbor ${ends.sender} as ${asNumbers.sender};
  direct;
  debug { states };
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  ipv4 { import all; export none; };
}
`;

/** A session from an address of its own, into a table of its own, with all paths of a prefix. */
function tableConfig(peer: number): string {
  const { leaf, sender } = endsOf(peer);
  return `ipv4 table of${peer};
protocol bgp sender${peer} {
  local ${leaf} as ${asNumbers.leaf};
  neighbor ${sender} as ${asNumbers.sender};
  direct;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  ipv4 { table of${peer}; import all; export none; add paths rx; };
}
`;
}

/** The two namespaces and the cable between them. */
export async function cable(lab: Lab): Promise<void> {
  for (const role of ["leaf", "sender"]) await lab.addNamespace(role);
  await must([
    ...["ip", "link", "add", "name", "eth0", "netns", lab.ns("leaf"), "type", "veth"],
    ...["peer", "name", "eth0", "netns", lab.ns("sender")],
  ]);
  for (const role of ["leaf", "sender"] as const) {
    await lab.ip(role, [`addr add ${ends[role]}/16 dev eth0`, "link set eth0 up"]);
  }
}

/** A running leaf. */
export class Leaf {
  readonly #folder: string;
  readonly #process: Process;

  private constructor(folder: string, process: Process) {
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * Starts BIRD; it connects to the sender, which waits for that, a second later. With `peers` there
   * are so many sessions, each with its own table.
   */
  static async start(lab: Lab, { peers = 0 } = {}): Promise<Leaf> {
    const folder = `${lab.folder}/leaf`;
    await Deno.mkdir(folder);
    const tables = Array.from({ length: peers }, (_, peer) => tableConfig(peer));
    const text = peers === 0 ? config : `${head}${tables.join("")}`;
    await Deno.writeTextFile(`${folder}/bird.conf`, text);
    const argv = ["bird", "-f", "-c", "bird.conf", "-s", "bird.ctl", "-P", "bird.pid"];
    return new Leaf(folder, lab.spawn("leaf", "leaf", argv, { cwd: folder }));
  }

  /** When the session came up, in milliseconds since the epoch, by BIRD's own clock. */
  async sessionUp(): Promise<number> {
    const match = await this.#process.says(/^(\S+) (\S+) .*sender: State changed to up/m, 30_000);
    return new Date(`${match[1]}T${match[2]}`).getTime();
  }

  /** Waits until it holds so many routes; gives when that was seen, looking every 10 ms. */
  async holds(routes: number): Promise<number> {
    const control = await BirdControl.open(`${this.#folder}/bird.ctl`);
    try {
      await until(`${routes} routes at the leaf`, async () => {
        const text = await control.ask("show protocols all sender");
        if (!text.includes("Established")) throw new Error(`the session is down:\n${text}`);
        return Number(/Routes:\s+(\d+) imported/.exec(text)?.[1] ?? 0) >= routes;
      }, { timeout: 180_000, every: 10, otherwise: () => this.#process.output() });
      return Date.now();
    } finally {
      control.close();
    }
  }

  /** Waits until all tables together hold so many routes, every path of a prefix counted. */
  async tablesHold(routes: number): Promise<void> {
    const socket = `${this.#folder}/bird.ctl`;
    await until("BIRD answers", () => Deno.lstat(socket).then(() => true, () => false));
    const control = await BirdControl.open(socket);
    try {
      await until(`${routes} routes in the tables of the leaf`, async () => {
        const text = await control.ask("show route table all count");
        return Number(/Total: (\d+) of/m.exec(text)?.[1] ?? 0) === routes;
      }, {
        timeout: 120_000,
        every: 100,
        otherwise: () => control.ask("show route table all count"),
      });
    } finally {
      control.close();
    }
  }

  /** When the last path of each prefix came into a peer's table, in milliseconds since the epoch. */
  async lastChanges(lab: Lab, peer: number): Promise<ReadonlyMap<string, number>> {
    const ask = ["birdc", "-s", `${this.#folder}/bird.ctl`, "show", "route", "table", `of${peer}`];
    const text = await lab.must("leaf", ask);
    const last = new Map<string, number>();
    let address = "";
    for (const line of text.split("\n")) {
      const [, prefix, day, time] = /^(?:(\S+)\/32)?\s+unicast \[\S+ (\S+) (\S+)/.exec(line) ?? [];
      if (time === undefined) continue;
      address = prefix ?? address;
      const at = new Date(`${day}T${time}`).getTime();
      last.set(address, Math.max(last.get(address) ?? 0, at));
    }
    return last;
  }
}

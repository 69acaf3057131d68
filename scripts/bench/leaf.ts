/**
 * BIRD at the far end of a measurement: it takes whole tables and does nothing with them. It says in
 * its log when the session came up, and over its control socket how many routes it holds.
 *
 * @module
 */

import { type Lab, type Process, until } from "../lab/mod.ts";

/** Addresses of the two ends of the cable. */
export const ends = { leaf: "10.255.0.1", sender: "10.255.0.2" } as const;

/** AS numbers of the two ends. */
export const asNumbers = { leaf: 64513, sender: 64512 } as const;

const config = `log stderr all;
router id ${ends.leaf};
timeformat log iso long ms;
protocol device { scan time 60; }
protocol bgp sender {
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

/** A running leaf. */
export class Leaf {
  readonly #folder: string;
  readonly #process: Process;

  private constructor(folder: string, process: Process) {
    this.#folder = folder;
    this.#process = process;
  }

  /** Starts BIRD; it connects to the sender, which waits for that, a second later. */
  static async start(lab: Lab): Promise<Leaf> {
    const folder = `${lab.folder}/leaf`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/bird.conf`, config);
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
    const control = await Control.open(`${this.#folder}/bird.ctl`);
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
}

/** BIRD's control socket: a line asked, lines answered, the last of which starts with "0000 ". */
export class Control {
  readonly #conn: Deno.UnixConn;
  readonly #decoder = new TextDecoder();

  private constructor(conn: Deno.UnixConn) {
    this.#conn = conn;
  }

  /** Connects; the path may be longer than a socket's 107 bytes (unix(7)): we go there. */
  static async open(path: string): Promise<Control> {
    const slash = path.lastIndexOf("/");
    Deno.chdir(path.slice(0, slash));
    const conn = await Deno.connect({ transport: "unix", path: path.slice(slash + 1) });
    const control = new Control(conn);
    await control.#read(/^0001 .*\n/m);
    return control;
  }

  /** Asks and gives the whole answer. */
  async ask(command: string): Promise<string> {
    await this.#conn.write(new TextEncoder().encode(`${command}\n`));
    return await this.#read(/^(0000|[89]\d\d\d) .*\n/m);
  }

  /** Hangs up. */
  close(): void {
    this.#conn.close();
  }

  async #read(end: RegExp): Promise<string> {
    const buffer = new Uint8Array(65536);
    let text = "";
    while (!end.test(text)) {
      const count = await this.#conn.read(buffer);
      if (count === null) throw new Error("BIRD hung up");
      text += this.#decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  }
}

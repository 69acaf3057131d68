/**
 * A speaker in a process of its own under attack over loopback, beside a session that behaves. After
 * each attack the other side's own table is asked, and the kernel for what the process holds and costs.
 * Loopback addresses of 127.0.0.0/8 stand for the peers, so that nothing needs root.
 *
 * @module
 */

import { createConnection, type Socket } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import { silentLog } from "../../../lib/ports/mod.ts";
import { peerDefaults } from "../../../lib/bgp/model/mod.ts";
import { Speaker } from "../../../lib/bgp/speaker/mod.ts";
import { encodeMessage, initialCodec, type Message } from "../../../lib/bgp/wire/mod.ts";
import { systemClock, tcpTransport } from "../../../lib/system/mod.ts";
import { pause, until } from "../../../scripts/lab/wait.ts";
import type { Setting } from "../../lab/speaker_process.ts";
import { talkerOpen } from "./bench.ts";

const leafAs = 64513;
const goodAddress = 0x7f000101;
/** Peers of ours, each for one attack: who failed is held idle for a while. */
const hostile = [
  "127.0.2.1",
  "127.0.2.2",
  "127.0.2.3",
  "127.0.2.4",
  "127.0.2.5",
  "127.0.2.6",
] as const;
const stranger = "127.0.3.1";

/** The process under attack. */
class Target {
  readonly #child: Deno.ChildProcess;
  readonly #file: string;
  readonly #ended: Promise<unknown>;
  #log = "";
  #revision = 0;

  private constructor(file: string) {
    const script = new URL("../../lab/speaker_child.ts", import.meta.url).pathname;
    this.#file = file;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--v8-flags=--expose-gc", "--allow-net", `--allow-read=${file}`],
        ...[script, file],
      ],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#ended = this.#read();
  }

  static async start(setting: Setting): Promise<Target> {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, JSON.stringify({ ...setting, revision: 0 }));
    const target = new Target(file);
    await target.#applied();
    return target;
  }

  async say(setting: Setting): Promise<void> {
    this.#revision++;
    await Deno.writeTextFile(this.#file, JSON.stringify({ ...setting, revision: this.#revision }));
    this.#child.kill("SIGHUP");
    await this.#applied();
  }

  get port(): number {
    return Number(/listener\.opened.*port=(\d+)/.exec(this.#log)?.[1]);
  }

  /** Whether it has listened all the time. */
  get listened(): boolean {
    return !this.#log.includes("listener.failed");
  }

  /** Lines of the log above debug. */
  get lines(): number {
    return this.#log.split("\n").filter((line) => !line.includes(" DEBUG ")).length;
  }

  /** MiB that it holds (proc(5), VmRSS). */
  async resident(): Promise<number> {
    const text = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1024;
  }

  /** MiB that it could not do without: what is left of V8's heap and its buffers after a collection. */
  async live(): Promise<number> {
    const told = () => [...this.#log.matchAll(/memory\.live.*bytes=(\d+).*collected=true/g)];
    const before = told().length;
    this.#child.kill("SIGUSR2");
    await until("it says what it holds", () => told().length > before, {
      otherwise: () => this.#log.slice(-2000),
    });
    return Number(told().at(-1)?.[1]) / 2 ** 20;
  }

  /** Seconds of CPU so far, in and out of the kernel (proc(5), stat), at 100 ticks a second. */
  async cpu(): Promise<number> {
    const text = await Deno.readTextFile(`/proc/${this.#child.pid}/stat`);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#ended;
    await Deno.remove(this.#file);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      this.#log += decoder.decode(bytes, { stream: true });
    }
  }

  async #applied(): Promise<void> {
    const line = new RegExp(`setting\\.applied.*revision=${this.#revision}\\b`);
    await until("the setting is applied", () => line.test(this.#log), {
      timeout: 60_000,
      otherwise: () => this.#log,
    });
  }
}

function setting(count: number): Setting {
  const passive = { peerAs: leafAs, passive: true };
  return {
    speaker: { as: 64512, routerId: "10.0.0.2", port: 0 },
    peers: ["127.0.1.1", ...hostile].map((address) => ({ name: address, address, ...passive })),
    routes: Array.from({ length: count }, (_, n) => ({
      prefix: `198.18.${n >> 8}.${n & 255}/32`,
      nextHops: ["10.0.0.9"],
    })),
  };
}

/** A socket from this address; errors are what is expected of it. */
function call(port: number, localAddress: string): Socket {
  return createConnection({ host: "127.0.0.1", port, localAddress }).on("error", () => {});
}

/** A thousand connections in about a second, each reset or left open for the other side to close. */
async function flood(port: number, from: string): Promise<void> {
  const sockets: Socket[] = [];
  let connected = 0;
  for (let burst = 0; burst < 20; burst++) {
    for (let n = 0; n < 50; n++) {
      const socket = call(port, from).once("connect", () => connected++);
      if (n % 2 === 0) socket.once("connect", () => socket.resetAndDestroy());
      sockets.push(socket);
    }
    await pause(50);
  }
  for (const socket of sockets) socket.destroy();
  assert(connected > 900, `${connected} connections came about`);
}

const bytesOf = (message: Message): Uint8Array => encodeMessage(message, initialCodec);
const peer = { ...peerDefaults, name: "x", address: ipv4(1), peerAs: leafAs };

/** A session that is up and reads nothing. */
async function session(port: number, from: string): Promise<Socket> {
  const socket = call(port, from);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const heard = new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.write(bytesOf(talkerOpen(peer)));
  socket.write(bytesOf({ type: "keepalive" }));
  const isHeard = heard.then(() => true);
  assert(await Promise.race([isHeard, pause(20_000)]), "the speaker says nothing");
  socket.pause();
  return socket;
}

/** Asks for the whole table again and again, says nonsense routes, and reads nothing at all. */
async function demand(port: number, from: string): Promise<void> {
  const socket = await session(port, from);
  const one = [
    bytesOf({ type: "route-refresh", afi: 1, safi: 1, subtype: 0 }),
    bytesOf({ type: "keepalive" }),
    bytesOf({ type: "update", withdrawn: [], attributes: [], nlri: [] }),
  ];
  const chunk = new Uint8Array(await new Blob(Array(300).fill(one).flat()).arrayBuffer());
  const end = performance.now() + 2000;
  while (performance.now() < end && !socket.destroyed) {
    const isTaken = socket.write(chunk);
    await pause(isTaken ? 0 : 50);
  }
  socket.destroy();
}

/** Reads a byte now and then. */
async function sip(port: number, from: string): Promise<void> {
  const socket = await session(port, from);
  for (let n = 0; n < 100; n++) {
    socket.read(1);
    await pause(10);
  }
  socket.destroy();
}

/** Says its OPEN byte by byte, and garbage behind it. */
async function drip(port: number, from: string): Promise<void> {
  const socket = call(port, from).setNoDelay(true);
  for (const byte of bytesOf(talkerOpen(peer))) {
    socket.write(Uint8Array.of(byte));
    await pause(10);
  }
  socket.write(crypto.getRandomValues(new Uint8Array(60_000)));
  await pause(100);
  socket.destroy();
}

/** What somebody does, and the seconds of CPU that it may cost: some three times of what it was seen to. */
interface Attack {
  readonly run: (port: number) => Promise<void>;
  readonly cpu: number;
}

const attacks: Readonly<Record<string, Attack>> = {
  "1000 connections of a stranger": { run: (port) => flood(port, stranger), cpu: 1 },
  "1000 connections of a peer": { run: (port) => flood(port, hostile[0]), cpu: 1 },
  // Until it is cut off it has two seconds, of which the most that was seen is 1.7.
  "a peer that demands much and reads nothing": {
    ...{ run: (port) => demand(port, hostile[1]), cpu: 4 },
  },
  "the same from a second peer": { run: (port) => demand(port, hostile[4]), cpu: 4 },
  "the same from a third peer": { run: (port) => demand(port, hostile[5]), cpu: 4 },
  "a peer that reads byte by byte": { run: (port) => sip(port, hostile[2]), cpu: 0.2 },
  "a peer that speaks byte by byte, then garbage": {
    ...{ run: (port) => drip(port, hostile[3]), cpu: 0.2 },
  },
};

const first = 4000;

Deno.test("a hostile peer costs others nothing, and the process little", async (test) => {
  const target = await Target.start(setting(first));
  let wake = (): void => {};
  const good = new Speaker({
    transport: tcpTransport(),
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    onChange: () => wake(),
  });
  const status = () => good.peers()[0];
  const has = (count: number) =>
    until(`${count} routes`, () => status()?.prefixesReceived === count, {
      timeout: 60_000,
      otherwise: () => JSON.stringify(status()?.prefixesReceived),
    });
  try {
    good.configure({ as: leafAs, routerId: ipv4(goodAddress) });
    const [address, localAddress] = [ipv4(0x7f000001), ipv4(goodAddress)];
    good.setPeers([{
      ...{ ...peerDefaults, name: "target", address, localAddress },
      ...{ peerAs: 64512, port: target.port },
    }]);
    await has(first);
    const since = status()?.since;
    // What each kind of work makes of the process once is no growth.
    await flood(target.port, stranger);
    await pause(2000);
    const before = {
      resident: await target.resident(),
      live: await target.live(),
      lines: target.lines,
    };
    let count = first;
    for (const [name, { run, cpu: most }] of Object.entries(attacks)) {
      await test.step(name, async () => {
        const cpu = await target.cpu();
        await run(target.port);
        await target.say(setting(++count));
        await has(count);
        assertEquals([status()?.state, status()?.since, status()?.flaps], [
          "Established",
          since,
          0,
        ]);
        assert(target.listened, "the listener was closed");
        const used = await target.cpu() - cpu;
        assert(used < most, `${used} s of CPU`);
        // What it holds goes within seconds, to the last mebibytes; what it had in hand meanwhile is garbage,
        // for which V8 and the allocator keep pages (twelve such floods in a row: 0.8 MiB more are held, and
        // what is resident goes up by 111 MiB and down again).
        await until("it holds no more than before", async () => {
          return await target.live() - before.live < 3;
        }, { otherwise: async () => `${await target.live()} MiB, before ${before.live} MiB` });
        const grown = await target.resident() - before.resident;
        assert(grown < 192, `${grown} MiB more`);
      });
    }
    // Nothing goes on when the attacks are over.
    await pause(1500);
    const cpu = await target.cpu();
    await pause(1000);
    const idle = await target.cpu() - cpu;
    assert(idle < 0.1, `${idle} s of CPU in a second of peace`);
    const said = target.lines - before.lines;
    assert(said < 40, `${said} lines of log`);
  } finally {
    wake = () => {};
    await good.close();
    await target.end();
  }
});

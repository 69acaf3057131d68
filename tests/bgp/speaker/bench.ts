/**
 * A speaker in a network and a time of its own, and a peer that a test plays by hand.
 *
 * @module
 */

import { assert } from "@std/assert";
import { hostPrefix, type Ipv4, ipv4 } from "../../../lib/net/mod.ts";
import type { Connection, Log, LogFields } from "../../../lib/ports/mod.ts";
import { localOpen } from "../../../lib/bgp/fsm/mod.ts";
import {
  type PeerConfig,
  peerDefaults,
  plainAttributes,
  type Route,
  type SpeakerConfig,
} from "../../../lib/bgp/model/mod.ts";
import { Speaker } from "../../../lib/bgp/speaker/mod.ts";
import {
  type CodecOptions,
  decodeMessage,
  encodeMessage,
  Framer,
  initialCodec,
  type Message,
  type Notification,
  type Open,
  type Update,
} from "../../../lib/bgp/wire/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { FakeNetwork } from "../../support/fake_transport.ts";

/** Our own address, and how the speaker is configured. */
export const self = ipv4(0x0a000002);
export const local: SpeakerConfig = { as: 64512, routerId: self, listen: { port: 179 } };

/** The n-th peer is 10.0.1.n, AS 64513. */
export function peerAt(n: number, change: Partial<PeerConfig> = {}): PeerConfig {
  const address = ipv4(0x0a000100 + n);
  return { ...peerDefaults, name: `leaf-${n}`, address, peerAs: 64513, ...change };
}

/** So many routes from 203.0.0.0 up, each with so many next hops. */
export function routes(count: number, paths = 1, first = 0xcb000000): Route[] {
  return Array.from({ length: count }, (_, i) => ({
    prefix: hostPrefix(ipv4(first + i)),
    paths: Array.from({ length: paths }, (_, n) => ({
      nextHop: ipv4(0x0a000200 + n),
      attributes: plainAttributes,
    })),
  }));
}

/** An entry of the log. */
export interface Entry {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that remembers. */
export function recorder(entries: Entry[], base: LogFields = {}): Log {
  const at = (level: string) => (event: string, fields: LogFields = {}) =>
    void entries.push({ level, event, fields: { ...base, ...fields } });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => recorder(entries, { ...base, ...fields }),
  };
}

/** A speaker at 10.0.0.2 in a network and a time of its own. */
export class Bench {
  readonly network: FakeNetwork;
  readonly clock = new FakeClock();
  readonly entries: Entry[] = [];
  changes = 0;
  /** Called with each change. */
  onChange: () => void = () => {};
  /** What `onTold` was called with. */
  readonly told: number[] = [];
  readonly speaker: Speaker;

  /** The speaker has no routes, and knows that; with "unsaid" nothing was said of routes yet. */
  constructor(network = new FakeNetwork(), routes: "none" | "unsaid" = "none") {
    this.network = network;
    this.speaker = new Speaker({
      transport: network.host(self),
      clock: this.clock,
      random: () => 0.5,
      log: recorder(this.entries),
      onChange: () => {
        this.changes++;
        this.onChange();
      },
      onTold: (since) => this.told.push(since),
    });
    if (routes === "none") this.speaker.setRoutes([]);
  }

  /** Configures the speaker with these peers. */
  async start(...peers: PeerConfig[]): Promise<void> {
    this.speaker.configure(local);
    this.speaker.setPeers(peers);
    await settle();
  }

  /** Entries of the log with this event name. */
  logged(event: string): Entry[] {
    return this.entries.filter((entry) => entry.event === event);
  }

  /** The state of a peer. */
  state(name: string): string | undefined {
    return this.speaker.peers().find((peer) => peer.name === name)?.state;
  }

  /** Transitions of sessions so far. */
  get transitions(): number {
    return this.logged("session.state").length;
  }

  /** A peer that listens at the address of `config`. */
  listen(config: PeerConfig): Incoming {
    return new Incoming(this.network, config);
  }

  /** Connects to the speaker from this address. */
  async connect(from: Ipv4): Promise<Talker> {
    const connection = await this.network.host(from).connect({
      remote: { address: self, port: 179 },
      signal: new AbortController().signal,
    });
    await settle();
    return new Talker(connection);
  }
}

/** The listening side of a peer played by hand. */
export class Incoming {
  readonly #listener;
  constructor(network: FakeNetwork, readonly config: PeerConfig) {
    const { address, port } = config;
    this.#listener = network.host(address).listen({ address, port });
  }

  /** The next connection that the speaker makes. */
  async accept(): Promise<Talker> {
    const connection = await this.#listener.accept();
    assert(connection !== undefined);
    return new Talker(connection);
  }

  /** The next connection, with its session brought up. */
  async establish(change: Partial<Open> = {}): Promise<Talker> {
    const talker = await this.accept();
    await talker.establish(this.config, change);
    return talker;
  }

  close(): void {
    this.#listener.close();
  }
}

/** The OPEN of a peer played by hand; it receives several paths. */
export function talkerOpen(config: PeerConfig, change: Partial<Open> = {}): Open {
  const routerId = config.address.family === 4 ? config.address : ipv4(1);
  const open = localOpen({ as: config.peerAs, routerId }, {
    ...config,
    addPathSendMax: 0,
    restartTime: 0,
  });
  const families = [{ afi: 1, safi: 1, receive: true, send: false }];
  return {
    ...open,
    // Plain messages of 4096 bytes, as most leaf switches want them.
    capabilities: [
      ...open.capabilities.filter((it) => it.kind !== "extended-message"),
      { kind: "add-path", families },
    ],
    ...change,
  };
}

/** The far end of a connection, played by hand: reads only when asked to. */
export class Talker {
  codec: CodecOptions = initialCodec;
  #framer = new Framer();
  constructor(readonly connection: Connection) {}

  async say(message: Message): Promise<void> {
    await this.connection.write(encodeMessage(message, this.codec));
    await settle();
  }

  async raw(bytes: Uint8Array): Promise<void> {
    await this.connection.write(bytes);
    await settle();
  }

  /** The next message; undefined when the speaker closed. */
  async hear(): Promise<Message | undefined> {
    while (true) {
      const framed = this.#framer.next();
      assert(framed.ok, "the speaker said what is no message");
      if (framed.value !== undefined) {
        const decoded = decodeMessage(framed.value, this.codec);
        assert(decoded.ok && decoded.value.faults.length === 0, "the speaker said nonsense");
        return decoded.value.message;
      }
      const bytes = await this.connection.read();
      if (bytes === undefined) return undefined;
      this.#framer.push(bytes);
    }
  }

  /** Reads up to a NOTIFICATION, or until the speaker closes. */
  async notification(): Promise<Notification | undefined> {
    for (let next = await this.hear(); next !== undefined; next = await this.hear()) {
      if (next.type === "notification") return next;
    }
    return undefined;
  }

  /** "code/subcode" of the NOTIFICATION after which the session ends. */
  async farewell(): Promise<string> {
    const message = await this.notification();
    if (message === undefined) return "closed without a word";
    this.connection.close();
    await settle();
    return `${message.code}/${message.subcode}`;
  }

  /** Brings the session up: OPEN and KEEPALIVE both ways. Gives the speaker's OPEN. */
  async establish(config: PeerConfig, change: Partial<Open> = {}): Promise<Open> {
    const theirs = await this.hear();
    assert(theirs?.type === "open");
    const open = talkerOpen(config, change);
    await this.say(open);
    const alive = await this.hear();
    assert(alive?.type === "keepalive", `expected KEEPALIVE, got ${JSON.stringify(alive)}`);
    const addPath = open.capabilities.some((it) => it.kind === "add-path") &&
      theirs.capabilities.some((it) => it.kind === "add-path");
    const as4 = open.capabilities.some((it) => it.kind === "as4");
    this.codec = { ...initialCodec, as4, addPathReceive: addPath ? [4] : [] };
    await this.say({ type: "keepalive" });
    return theirs;
  }

  /** UPDATEs until so many paths were announced. */
  async told(paths: number): Promise<Update[]> {
    const updates: Update[] = [];
    for (let count = 0; count < paths;) {
      const message = await this.hear();
      assert(message !== undefined, `the speaker closed after ${count} paths`);
      if (message.type !== "update") continue;
      updates.push(message);
      count += message.nlri.length;
    }
    return updates;
  }

  /** UPDATEs up to and with the End-of-RIB of IPv4. */
  async table(): Promise<Update[]> {
    const updates: Update[] = [];
    while (true) {
      const message = await this.hear();
      if (message?.type !== "update") continue;
      updates.push(message);
      if (message.nlri.length + message.withdrawn.length + message.attributes.length === 0) {
        return updates;
      }
    }
  }
}

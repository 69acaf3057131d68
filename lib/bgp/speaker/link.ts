/**
 * One TCP connection to a peer: bytes in become events, messages go out. Reading waits until what was
 * read is dealt with, and routes are pulled from the RIB only when the bytes before are with the
 * kernel, so neither a flood nor a slow reader costs more than one chunk of memory. OPEN, KEEPALIVE
 * and NOTIFICATION go before the next chunk of routes.
 *
 * @module
 */

import type { Clock, Connection } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import type { ConnectionEvent } from "../fsm/mod.ts";
import {
  type CodecOptions,
  decodeMessage,
  encodeMessage,
  Framer,
  initialCodec,
  type Message,
  type ProtocolError,
} from "../wire/mod.ts";
import { type Farewells, readAway } from "./farewells.ts";
import { Timers } from "./timers.ts";

/** Bytes of routes between two looks at what is more urgent. */
const chunkSize = 65536;

/** Where RFC 9687 starts when there is no hold time: 8 minutes. */
const longSendHoldMs = 480_000;

/** How often a message of each type went one way. */
export type MessageCounts = Record<Message["type"], number>;

/** Gives the next bytes of routes, whole messages, about as many as asked for. */
export type RouteSource = (budget: number) => Uint8Array | undefined;

/** What a link tells and needs. */
export interface LinkOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly farewells: Farewells;
  /** Shared by the links of a peer. */
  readonly sent: MessageCounts;
  readonly received: MessageCounts;
  readonly onEvent: (event: ConnectionEvent) => void;
  /** Faults of a message that were survived (RFC 7606). */
  readonly onFaults: (faults: readonly ProtocolError[]) => void;
}

/** One TCP connection to a peer. */
export class Link {
  readonly #options: LinkOptions;
  readonly #framer = new Framer();
  readonly #timers: Timers<"send-hold">;
  #codec: CodecOptions = initialCodec;
  #sendHoldMs = longSendHoldMs;
  #urgent: Uint8Array[] = [];
  #routes: RouteSource | undefined;
  #writing = Promise.resolve();
  #isWriting = false;
  #closed = false;
  #reading: Promise<void>;

  /** Starts to read at once. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
    this.#reading = this.#readLoop();
  }

  /** The two ends. */
  get connection(): Connection {
    return this.#options.connection;
  }

  /** Reads and writes from now on as the OPENs agreed. A hold time of 0 s means none. */
  useCodec(codec: CodecOptions, holdTime: number): void {
    this.#codec = codec;
    this.#framer.maxLength = codec.maxMessageLength;
    if (holdTime > 0) this.#sendHoldMs = holdTime * 1000;
  }

  /** Writes a message before any further routes. */
  send(message: Message): void {
    if (this.#closed) return;
    this.#options.sent[message.type]++;
    this.#urgent.push(encodeMessage(message, this.#codec));
    this.#write();
  }

  /** Pulls routes from here from now on. */
  sendRoutes(source: RouteSource): void {
    this.#routes = source;
    this.#write();
  }

  /** There may be routes to pull. */
  wake(): void {
    if (this.#routes !== undefined) this.#write();
  }

  /** Closes once what was sent is written; no event follows. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#routes = undefined;
    const over = (async () => {
      await this.#writing;
      await this.#reading;
    })();
    this.#options.farewells.add(over, () => this.#cut());
  }

  /** Closes at once; no event follows. */
  abort(): void {
    this.#closed = true;
    this.#cut();
  }

  #cut(): void {
    this.#urgent = [];
    this.#routes = undefined;
    this.#timers.stop("send-hold");
    this.connection.close();
  }

  #write(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeLoop();
  }

  async #writeLoop(): Promise<void> {
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      if (!this.#closed) {
        this.#timers.start(
          "send-hold",
          this.#sendHoldMs,
          () => this.#emit({ kind: "send-hold-expires" }),
        );
      }
      try {
        await this.connection.write(bytes);
      } catch (thrown) {
        this.#urgent = [];
        this.#routes = undefined;
        this.#emit({ kind: "tcp-fails", why: `writing failed: ${messageOf(thrown)}` });
      }
    }
    // In the same breath as the last look, or what is sent in between would wait for ever.
    this.#isWriting = false;
    this.#timers.stop("send-hold");
  }

  #next(): Uint8Array | undefined {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return urgent;
    const routes = this.#routes?.(chunkSize);
    if (routes !== undefined) this.#options.sent.update += countMessages(routes);
    return routes;
  }

  async #readLoop(): Promise<void> {
    // The owner shall have the link in hand before the first event.
    await Promise.resolve();
    try {
      while (!this.#closed) {
        const bytes = await this.connection.read();
        if (bytes === undefined) {
          return this.#emit({ kind: "tcp-fails", why: "the peer closed the connection" });
        }
        this.#framer.push(bytes);
        this.#readMessages();
      }
      await readAway(this.connection);
    } catch (thrown) {
      this.#emit({ kind: "tcp-fails", why: `reading failed: ${messageOf(thrown)}` });
    }
  }

  #readMessages(): void {
    while (!this.#closed) {
      const framed = this.#framer.next();
      if (!framed.ok) return this.#emit({ kind: "malformed", error: framed.error });
      if (framed.value === undefined) return;
      const decoded = decodeMessage(framed.value, this.#codec);
      if (!decoded.ok) return this.#emit({ kind: "malformed", error: decoded.error });
      const { message, faults } = decoded.value;
      this.#options.received[message.type]++;
      if (faults.length > 0) this.#options.onFaults(faults);
      this.#emit(eventOf(message));
    }
  }

  #emit(event: ConnectionEvent): void {
    if (!this.#closed) this.#options.onEvent(event);
  }
}

function eventOf(message: Message): ConnectionEvent {
  switch (message.type) {
    case "open":
      return { kind: "open", message };
    case "update":
      return { kind: "update", message };
    case "notification":
      return { kind: "notification", message };
    case "keepalive":
      return { kind: "keepalive", message };
    case "route-refresh":
      return { kind: "route-refresh", message };
  }
}

function countMessages(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 18 < bytes.length; count++) {
    at += ((bytes[at + 16] ?? 0) << 8) | (bytes[at + 17] ?? 0);
  }
  return count;
}

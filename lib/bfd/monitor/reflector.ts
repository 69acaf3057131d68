/**
 * The reflector of Seamless BFD (RFC 7880, 7881): answers whoever asks, with what was asked, and keeps
 * no sessions. It remembers a few of those who asked last, to tell them when it goes.
 *
 * @module
 */

import { type Address, formatAddress } from "../../net/mod.ts";
import type {
  Cancel,
  Clock,
  Datagram,
  Datagrams,
  DatagramSocket,
  Endpoint,
  Log,
} from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import { bfdPort, reflect, reflectorDiscriminator } from "../session/mod.ts";
import { type ControlPacket, decodePacket, encodePacket } from "../wire/mod.ts";

/** Initiators that are remembered; more are answered all the same. */
const mostRemembered = 16;

/** Milliseconds after its last packet in which an initiator is told that we go. */
const rememberedMs = 10_000;

const firstRetryMs = 1000;
const lastRetryMs = 30_000;

/** What a reflector needs. */
export interface ReflectorPorts {
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly log: Log;
}

interface Asked {
  readonly from: Endpoint;
  readonly packet: ControlPacket;
  readonly at: number;
}

/** Answers on one address of this system. */
export class BfdReflector {
  readonly #ports: ReflectorPorts;
  readonly #discriminator: number;
  readonly address: Address;
  readonly #asked = new Map<string, Asked>();
  #socket: DatagramSocket | undefined;
  #retry: Cancel | undefined;
  #retryMs = firstRetryMs;
  #error: string | undefined;
  #closed = false;

  /** Starts to answer; where the port cannot be had it logs that and tries again. */
  constructor(ports: ReflectorPorts, address: Address) {
    this.#ports = ports;
    this.address = address;
    this.#discriminator = reflectorDiscriminator(address);
    void this.#open();
  }

  /** Tells those who asked lately that nothing is wrong, and answers no more. */
  close(): void {
    this.#closed = true;
    this.#retry?.();
    const now = this.#ports.clock.monotonic();
    for (const { from, packet, at } of this.#asked.values()) {
      if (now - at < rememberedMs) this.#answer(packet, from, "AdminDown");
    }
    this.#socket?.close();
  }

  async #open(): Promise<void> {
    const { datagrams, clock, log } = this.#ports;
    const { address } = this;
    const fields = { address: formatAddress(address), port: bfdPort.seamless };
    try {
      const socket = await datagrams.open({
        family: address.family,
        address,
        port: bfdPort.seamless,
        receive: (datagram) => this.#received(datagram),
      });
      if (this.#closed) return socket.close();
      this.#socket = socket;
      this.#error = undefined;
      log.info("bfd.reflecting", fields);
    } catch (thrown) {
      if (this.#closed) return;
      const reason = messageOf(thrown);
      if (reason !== this.#error) log.error("bfd.unavailable", { ...fields, reason });
      this.#error = reason;
      this.#retry = clock.after(this.#retryMs, () => void this.#open());
      this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
    }
  }

  #received({ bytes, from }: Datagram): void {
    if (this.#closed) return;
    const packet = decodePacket(bytes);
    if (!packet.ok || !this.#answer(packet.value, from, "Up")) return;
    const key = `${formatAddress(from.address)} ${from.port}`;
    this.#asked.delete(key);
    this.#asked.set(key, { from, packet: packet.value, at: this.#ports.clock.monotonic() });
    const oldest = this.#asked.keys().next().value;
    if (this.#asked.size > mostRemembered && oldest !== undefined) this.#asked.delete(oldest);
  }

  #answer(packet: ControlPacket, to: Endpoint, state: "Up" | "AdminDown"): boolean {
    const answer = reflect(packet, this.#discriminator, state);
    if (answer.ok) this.#socket?.send(encodePacket(answer.value), to);
    return answer.ok;
  }
}

/**
 * The monitor: all BFD sessions of this system and the sockets they share. The whole is said with
 * `setTargets`; the monitor finds the difference and touches only what differs.
 *
 * @module
 */

import { type AddressKey, addressKey, type Family, sameAddress } from "../../net/mod.ts";
import type { Datagram, Datagrams } from "../../ports/mod.ts";
import type { BfdStatus, BfdTarget, Encapsulation } from "../session/mod.ts";
import { decodePacket } from "../wire/mod.ts";
import { Listening } from "./listening.ts";
import { Session } from "./session.ts";
import type { MonitorPorts } from "./world.ts";

/** All BFD sessions of this system. */
export class BfdMonitor {
  readonly #ports: MonitorPorts;
  #sessions = new Map<string, Session>();
  /** Also those that are leaving. */
  readonly #byDiscriminator = new Map<number, Session>();
  readonly #listening = new Map<string, Listening>();

  /** Makes a monitor that watches nobody. */
  constructor(ports: MonitorPorts) {
    this.#ports = ports;
  }

  /**
   * Says whom to watch, all of them. Other intervals are negotiated without a break; another address
   * or encapsulation is another session. Never throws: what cannot be had is told by `unavailable`.
   */
  setTargets(all: readonly BfdTarget[]): void {
    const before = this.#sessions;
    this.#sessions = new Map();
    for (const target of all) {
      if (this.#sessions.has(target.name)) continue;
      const session = before.get(target.name);
      if (session !== undefined && sameSession(session.target, target)) {
        before.delete(target.name);
        if (!sameParameters(session.target, target)) session.configure(target);
        this.#sessions.set(target.name, session);
      } else this.#sessions.set(target.name, this.#add(target));
    }
    for (const session of before.values()) {
      session.leave(() => this.#byDiscriminator.delete(session.discriminator));
    }
    this.#listen();
  }

  /** What each session looks like, in the order of `setTargets`. */
  sessions(): readonly BfdStatus[] {
    return Array.from(this.#sessions.values(), (session) => session.status());
  }

  /** Why a session of this name cannot work here, in words; undefined when it can. */
  unavailable(name: string): string | undefined {
    const session = this.#sessions.get(name);
    if (session === undefined) return undefined;
    const { encapsulation, address } = session.target;
    if (encapsulation === "single-hop" && !this.#ports.datagrams.seesTtl) return needsTtl;
    return session.unavailable ?? this.#listening.get(keyOf(encapsulation, address.family))?.error;
  }

  /** Says AdminDown once to everybody and ends everything at once. */
  close(): void {
    for (const session of this.#byDiscriminator.values()) {
      session.leave(() => {});
      session.close();
    }
    this.#sessions.clear();
    this.#byDiscriminator.clear();
    for (const each of this.#listening.values()) each.close();
    this.#listening.clear();
  }

  #add(target: BfdTarget): Session {
    const discriminator = this.#freeDiscriminator();
    const key = keyOf(target.encapsulation, target.address.family);
    const shared = () => this.#listening.get(key)?.socket;
    const session = new Session(this.#ports, target, { discriminator, shared });
    this.#byDiscriminator.set(session.discriminator, session);
    if (shared() !== undefined) session.start();
    return session;
  }

  /** Section 6.8.1: random, so that a session that is new here is not taken for the old one. */
  #freeDiscriminator(): number {
    for (;;) {
      const drawn = 1 + Math.floor(this.#ports.random() * 0xffffffff);
      if (!this.#byDiscriminator.has(drawn)) return drawn;
    }
  }

  #listen(): void {
    const wanted = new Map<string, { encapsulation: Encapsulation; family: Family }>();
    for (const { target } of this.#sessions.values()) {
      const { encapsulation, address: { family } } = target;
      if (!canServe(this.#ports.datagrams, encapsulation)) continue;
      wanted.set(keyOf(encapsulation, family), { encapsulation, family });
    }
    for (const [key, listening] of this.#listening) {
      if (wanted.has(key)) continue;
      listening.close();
      this.#listening.delete(key);
    }
    for (const [key, each] of wanted) {
      if (this.#listening.has(key)) continue;
      const receive = (datagram: Datagram) => this.#received(each.encapsulation, datagram);
      const opened = () => this.#opened(key);
      this.#listening.set(key, new Listening(this.#ports, each, { receive, opened }));
    }
  }

  /** Initiators wait for the socket that they share. */
  #opened(key: string): void {
    for (const session of this.#sessions.values()) {
      const { encapsulation, address } = session.target;
      if (encapsulation === "seamless" && keyOf(encapsulation, address.family) === key) {
        session.start();
      }
    }
  }

  /** Section 6.8.6 as far as it finds the session; RFC 5881 section 5 for the TTL. */
  #received(encapsulation: Encapsulation, { bytes, from, ttl }: Datagram): void {
    const byAddress = () => this.#of(encapsulation, from.address);
    if (encapsulation === "single-hop" && ttl !== 255) {
      return byAddress()?.discarded(
        `they arrive with TTL ${ttl}, not 255: they come through a router (RFC 5881 section 5), ` +
          "or the other side does multi-hop BFD",
      );
    }
    const decoded = decodePacket(bytes);
    if (!decoded.ok) return byAddress()?.discarded(decoded.error);
    const packet = decoded.value;
    // A reflector always knows whom it answers.
    if (packet.yourDiscriminator === 0) {
      return encapsulation === "seamless" ? undefined : byAddress()?.received(packet);
    }
    const session = this.#byDiscriminator.get(packet.yourDiscriminator);
    if (session?.target.encapsulation !== encapsulation) return;
    if (sameAddress(session.target.address, from.address)) session.received(packet);
  }

  #of(encapsulation: Encapsulation, address: BfdTarget["address"]): Session | undefined {
    const key: AddressKey = addressKey(address);
    for (const session of this.#sessions.values()) {
      const { target } = session;
      if (target.encapsulation !== encapsulation || addressKey(target.address) !== key) continue;
      return session;
    }
    return undefined;
  }
}

const needsTtl =
  "single-hop BFD must see the TTL of what arrives (RFC 5881 section 5), for which " +
  "porter needs glibc and the permission ffi";

function canServe(datagrams: Datagrams, encapsulation: Encapsulation): boolean {
  return encapsulation !== "single-hop" || datagrams.seesTtl;
}

function keyOf(encapsulation: Encapsulation, family: Family): string {
  return `${encapsulation} ${family}`;
}

function sameSession(a: BfdTarget, b: BfdTarget): boolean {
  return a.encapsulation === b.encapsulation && sameAddress(a.address, b.address) &&
    sameLocal(a.localAddress, b.localAddress);
}

function sameLocal(a: BfdTarget["localAddress"], b: BfdTarget["localAddress"]): boolean {
  return a === undefined || b === undefined ? a === b : sameAddress(a, b);
}

function sameParameters(a: BfdTarget, b: BfdTarget): boolean {
  return a.minTx === b.minTx && a.minRx === b.minRx && a.detectMult === b.detectMult;
}

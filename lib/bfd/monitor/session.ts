/**
 * One session of the monitor: drives its state machine with packets and timers, and does what the
 * machine asks. All judgement is in the machine; what is here is bookkeeping for logs and statuses.
 *
 * @module
 */

import { formatAddress } from "../../net/mod.ts";
import type { Cancel, DatagramSocket, Log } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import {
  bfdPort,
  type BfdStatus,
  type BfdTarget,
  detectionTime,
  initiatorDetectionTime,
  newSession,
  reflectorDiscriminator,
  type SessionAction,
  sessionConfig,
  type SessionEvent,
  type SessionState,
  step,
  stepInitiator,
  transmitInterval,
} from "../session/mod.ts";
import {
  type ControlPacket,
  diag,
  diagnosticName,
  encodePacket,
  type SessionStateName,
} from "../wire/mod.ts";
import { Deadline } from "./timers.ts";
import type { MonitorPorts } from "./world.ts";

/** Milliseconds in which what came late is still read before a neighbour is taken for gone. */
const graceMs = 1;

/** Milliseconds in which what only statuses show is told once: a neighbour may change it with each packet. */
const shownMs = 1000;

/** Milliseconds until a socket that could not be had is tried again. */
const socketRetryMs = 5000;

/** One session. */
export class Session {
  readonly #ports: MonitorPorts;
  readonly #log: Log;
  readonly #transmit: Deadline;
  readonly #detection: Deadline;
  readonly #step: typeof step;
  #target: BfdTarget;
  #state: SessionState;
  readonly #shared: () => DatagramSocket | undefined;
  #socket: DatagramSocket | undefined;
  #closed = false;
  #since: number;
  #wasUp = false;
  #failed = false;
  #failures = 0;
  #discarded: string | undefined;
  #unavailable: string | undefined;
  #telling: Cancel | undefined;
  #leaving: Cancel | undefined;

  /**
   * Starts at once, with a socket of its own; an initiator starts with `start`, by a socket that is shared.
   * The discriminator is unique on this system.
   */
  constructor(
    ports: MonitorPorts,
    target: BfdTarget,
    { discriminator, shared }: {
      readonly discriminator: number;
      readonly shared: () => DatagramSocket | undefined;
    },
  ) {
    this.#shared = shared;
    this.#ports = ports;
    this.#target = target;
    this.#log = ports.log.with({ bfd: target.name, address: formatAddress(target.address) });
    this.#since = ports.clock.now();
    const seamless = target.encapsulation === "seamless";
    const session = newSession(discriminator, sessionConfig(target));
    this.#step = seamless ? stepInitiator : step;
    this.#state = seamless
      ? { ...session, remoteDiscr: reflectorDiscriminator(target.address) }
      : session;
    this.#transmit = new Deadline(ports.clock, () => this.#handle({ kind: "transmit-expires" }));
    this.#detection = new Deadline(
      ports.clock,
      () => this.#handle({ kind: "detection-expires" }),
      graceMs,
    );
    if (!seamless) void this.#open();
  }

  /** There is a socket: the first packet goes out. */
  start(): void {
    this.#handle({ kind: "transmit-expires" });
  }

  /** Whom it watches. */
  get target(): BfdTarget {
    return this.#target;
  }

  /** Its own discriminator, by which packets find it. */
  get discriminator(): number {
    return this.#state.localDiscr;
  }

  /** Why it cannot send, in words; undefined when it can. */
  get unavailable(): string | undefined {
    return this.#unavailable;
  }

  /** Takes other intervals and another multiplier; address and encapsulation never change. */
  configure(target: BfdTarget): void {
    this.#target = target;
    this.#handle({ kind: "configure", config: sessionConfig(target) });
  }

  /** A packet for this session came. */
  received(packet: ControlPacket): void {
    this.#handle({ kind: "packet", packet });
  }

  /** A packet of the neighbour was not taken; said once, until the session has been Up again. */
  discarded(why: string): void {
    if (this.#discarded === why) return;
    this.#discarded = why;
    this.#log.warn("bfd.discarded", { reason: why });
    this.#ports.onChange();
  }

  /**
   * Says AdminDown and goes: at once to the eye, but on the wire after a detection time, in which the
   * other side must have heard it (RFC 5880 section 6.8.16).
   */
  leave(gone: () => void): void {
    const ms = this.#state.sessionState === "Down" ? 0 : this.status().detectionTime;
    this.#handle({ kind: "disable" });
    this.#leaving = this.#ports.clock.after(ms, () => {
      this.close();
      gone();
    });
  }

  /** Ends at once, without a word. */
  close(): void {
    this.#closed = true;
    this.#transmit.stop();
    this.#detection.stop();
    this.#telling?.();
    this.#leaving?.();
    this.#socket?.close();
  }

  /** What it looks like. */
  status(): BfdStatus {
    const { name, address, encapsulation } = this.#target;
    const { sessionState, remoteSessionState } = this.#state;
    const reason = this.#reason();
    return {
      ...{ name, address, encapsulation },
      state: sessionState,
      remoteState: remoteSessionState,
      since: this.#since,
      ...(reason !== undefined && { reason }),
      wasUp: this.#wasUp,
      failed: this.#failed,
      failures: this.#failures,
      transmitInterval: transmitInterval(this.#state) / 1000,
      detectionTime: this.#detectionTime(this.#state) / 1000,
      ...(this.#discarded !== undefined && { discarded: this.#discarded }),
    };
  }

  #reason(): string | undefined {
    const { sessionState, remoteSessionState, localDiag } = this.#state;
    if (sessionState === "Up") return undefined;
    if (this.#unavailable !== undefined) return this.#unavailable;
    if (remoteSessionState === "AdminDown") return "the other side has taken it down by hand";
    if (this.#discarded !== undefined) return `its packets are discarded: ${this.#discarded}`;
    return localDiag === diag.none ? undefined : diagnosticName(localDiag);
  }

  async #open(): Promise<void> {
    const { address, localAddress } = this.#target;
    try {
      const socket = await this.#ports.datagrams.open({
        family: address.family,
        ...(localAddress !== undefined && { address: localAddress }),
        port: "dynamic",
      });
      if (this.#closed) return socket.close();
      this.#socket = socket;
      this.#unavailable = undefined;
      this.start();
    } catch (thrown) {
      const why = messageOf(thrown);
      if (why !== this.#unavailable) this.#log.error("bfd.unavailable", { reason: why });
      this.#unavailable = why;
      this.#ports.clock.after(socketRetryMs, () => this.#closed || void this.#open());
    }
    this.#ports.onChange();
  }

  #handle(event: SessionEvent): void {
    if (this.#closed) return;
    const before = this.#state;
    const { state, actions } = this.#step(before, event, { jitter: this.#ports.random() });
    this.#state = state;
    if (this.#shows(before, state)) {
      this.#telling ??= this.#ports.clock.after(shownMs, () => {
        this.#telling = undefined;
        this.#ports.onChange();
      });
    }
    for (const action of actions) this.#perform(action);
    // RFC 5882 section 3.2: who says AdminDown has not failed.
    if (state.remoteSessionState === "AdminDown" && this.#failed) {
      this.#failed = false;
      this.#ports.onChange();
    }
  }

  /** Whether a status shows another thing than before, the session's state aside. */
  #shows(before: SessionState, now: SessionState): boolean {
    return transmitInterval(before) !== transmitInterval(now) ||
      this.#detectionTime(before) !== this.#detectionTime(now) ||
      (before.remoteSessionState === "AdminDown") !== (now.remoteSessionState === "AdminDown");
  }

  #detectionTime(state: SessionState): number {
    return this.#target.encapsulation === "seamless"
      ? initiatorDetectionTime(state)
      : detectionTime(state);
  }

  #perform(action: SessionAction): void {
    switch (action.kind) {
      case "send": {
        const { address, encapsulation } = this.#target;
        const socket = encapsulation === "seamless" ? this.#shared() : this.#socket;
        socket?.send(encodePacket(action.packet), { address, port: bfdPort[encapsulation] });
        return;
      }
      case "start-timer":
        return this.#timer(action.timer).start(action.ms);
      case "stop-timer":
        return this.#timer(action.timer).stop();
      case "changed":
        return this.#changed(action.from);
    }
  }

  #timer(name: "transmit" | "detection"): Deadline {
    return name === "transmit" ? this.#transmit : this.#detection;
  }

  #changed(from: SessionStateName): void {
    const { sessionState, remoteSessionState, localDiag } = this.#state;
    this.#since = this.#ports.clock.now();
    const { transmitInterval, detectionTime } = this.status();
    if (sessionState === "Up") {
      this.#wasUp = true;
      this.#failed = false;
      this.#discarded = undefined;
      this.#log.info("bfd.up", { transmitInterval, detectionTime });
    } else if (from === "Up") {
      const byHand = sessionState === "AdminDown" || remoteSessionState === "AdminDown";
      this.#failed = !byHand;
      if (this.#failed) this.#failures++;
      const reason = this.#reason() ?? diagnosticName(localDiag);
      if (byHand) this.#log.info("bfd.down", { reason });
      else this.#log.warn("bfd.down", { reason });
    } else this.#log.debug("bfd.state", { from, to: sessionState });
    this.#ports.onChange();
  }
}

/**
 * One peer: drives its state machine with what happens to sockets and timers, and does what the
 * machine asks. All judgement is in the machine; what is here is bookkeeping for logs and statuses.
 *
 * @module
 */

import type { Connection } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import {
  type Action,
  type ConnectionAction,
  type ConnectionEvent,
  type ConnectionTimer,
  expiryOf,
  type PeerEvent,
  type PeerState,
  type PeerTimer,
  type Role,
  sessionState,
  speakerTowards,
  step,
  type Stop,
  stoppedPeer,
} from "../fsm/mod.ts";
import type { PeerConfig, PeerStatus, SpeakerConfig } from "../model/mod.ts";
import type { RibChange } from "../rib/mod.ts";
import { cease, encodeMessage, initialCodec, type ProtocolError } from "../wire/mod.ts";
import { Exchange } from "./exchange.ts";
import { Link } from "./link.ts";
import { PeerRecord } from "./peer_record.ts";
import { howToConnect, socketOptions } from "./sockets.ts";
import { redialPause, Timers } from "./timers.ts";
import { canSpeak, describeEnd, isWanted, nameEnd } from "./words.ts";
import type { World } from "./world.ts";

/** How a session is to end. */
export type Farewell = Omit<Stop, "kind">;

type TimerName = PeerTimer | `${Role} ${ConnectionTimer}`;
type Of<Kind extends string, Union> = Extract<Union, { kind: Kind }>;

/** One peer and its session. */
export class Peer {
  readonly #world: World;
  readonly #timers: Timers<TimerName>;
  readonly #record: PeerRecord;
  #config: PeerConfig;
  #local: SpeakerConfig | undefined;
  #state: PeerState = stoppedPeer;
  #links: { [R in Role]?: Link | undefined } = {};
  /** The connection that the event being handled is about. */
  #candidate: Connection | undefined;
  #dialling: AbortController | undefined;
  /** Whether stopping ended a session, and nothing was started since. */
  #parted = false;
  /** Whether no session with the peer was Established since the speaker was made. */
  #isNew = true;
  #exchange: Exchange | undefined;

  /** A peer that does nothing until it is started. */
  constructor(world: World, config: PeerConfig) {
    this.#world = world;
    this.#config = config;
    this.#timers = new Timers(world.clock);
    this.#record = new PeerRecord(world, config);
  }

  /** What is wanted of the peer. */
  get config(): PeerConfig {
    return this.#config;
  }

  /** Whether there is a session with the peer. */
  get isEstablished(): boolean {
    return sessionState(this.#state) === "Established";
  }

  /** Why there can be no session with this peer: its sockets need what this process cannot give. */
  get refused(): string | undefined {
    return socketOptions(this.#config) && this.#world.transport.plainOnly;
  }

  /** Opens sessions from now on, or again, as this speaker. */
  start(local: SpeakerConfig): void {
    this.#local = local;
    if (this.refused !== undefined) return this.#record.notConnected(this.refused);
    this.#handle({ kind: "start", ...(this.#parted && { pause: redialPause }) });
    this.#parted = false;
  }

  /** Ends every session. */
  stop(farewell: Farewell): void {
    this.#parted = this.isEstablished;
    this.#handle({ kind: "stop", ...farewell });
    this.#local = undefined;
  }

  /** Stops and starts with what is wanted now. */
  restart(config: PeerConfig, how: Omit<Farewell, "notification">): void {
    const local = this.#local;
    this.stop({ notification: cease("other-configuration-change"), ...how });
    this.#config = config;
    this.#record.configure(config);
    if (local !== undefined) this.start(local);
  }

  /** Takes what is wanted now without touching the session; what is said in it may change. */
  keep(config: PeerConfig): void {
    this.#config = config;
    this.#record.configure(config);
    this.#exchange?.look(config);
  }

  /** The peer has connected to us. */
  accept(connection: Connection): void {
    this.#connected("passive", connection);
  }

  /** Our routes changed, by what was heard at `since`. */
  changed(change: RibChange, since: number | undefined): void {
    this.#exchange?.changed(change, since);
  }

  /** What the session looks like. */
  status(): PeerStatus {
    return this.#record.status(this.#exchange);
  }

  /** What was told and heard in the session, to look at; undefined when there is none. */
  get exchange(): Pick<Exchange, "told" | "heard"> | undefined {
    return this.#exchange;
  }

  #handle(event: PeerEvent): void {
    if (this.#local === undefined) return;
    const local = speakerTowards(this.#local, this.#config);
    const jitter = this.#world.random();
    const restarting = this.#restarting;
    const result = step(this.#state, event, { local, peer: this.#config, restarting, jitter });
    this.#state = result.state;
    for (const action of result.actions) this.#perform(action, local);
    this.#record.enter(sessionState(this.#state));
  }

  /** Whether the peer may still keep routes of a process before this one: nobody knows better. */
  get #restarting(): boolean {
    return this.#isNew && this.#world.uptime() < this.#config.restartTime * 1000;
  }

  #perform(action: Action, local: SpeakerConfig): void {
    switch (action.kind) {
      case "connection":
        return this.#performFor(action.role, action.action, local);
      case "connect":
        return void this.#dial();
      case "abort-connect":
        this.#dialling?.abort();
        this.#dialling = undefined;
        return;
      case "adopt":
        return this.#adopt(action.role);
      case "promote":
        this.#links = { ...this.#links, passive: this.#links.successor, successor: undefined };
        return;
      case "refuse":
        return this.#refuse(action);
      case "start-timer":
        return this.#timers.start(
          action.timer,
          action.ms,
          () => this.#handle(expiryOf(action.timer)),
        );
      case "stop-timer":
        return this.#timers.stop(action.timer);
    }
  }

  #performFor(role: Role, action: ConnectionAction, local: SpeakerConfig): void {
    const link = this.#links[role];
    if (link === undefined) throw new Error(`Cannot ${action.kind}: no ${role} connection`);
    switch (action.kind) {
      case "send":
        return link.send(action.message);
      case "use-codec":
        return link.useCodec(action.codec, action.holdTime);
      case "start-timer":
        return this.#timers.start(
          `${role} ${action.timer}`,
          action.ms,
          () =>
            this.#handle({ kind: "connection", role, event: { kind: `${action.timer}-expires` } }),
        );
      case "stop-timer":
        return this.#timers.stop(`${role} ${action.timer}`);
      case "established": {
        this.#isNew = false;
        const { agreement } = action;
        this.#exchange = new Exchange({
          ...this.#world,
          link,
          agreement,
          local,
          peer: this.#config,
        });
        return this.#record.established(agreement, link.connection, role);
      }
      case "deliver":
        this.#exchange?.take(action.message);
        return this.#world.onChange();
      case "close":
        return this.#close(role, link, action);
    }
  }

  async #dial(): Promise<void> {
    const attempt = new AbortController();
    this.#dialling = attempt;
    try {
      const connection = await this.#world.transport.connect({
        ...howToConnect(this.#config),
        signal: attempt.signal,
      });
      if (attempt.signal.aborted) return connection.close();
      this.#dialling = undefined;
      this.#connected("active", connection);
    } catch (thrown) {
      if (attempt.signal.aborted) return;
      this.#dialling = undefined;
      const why = messageOf(thrown);
      this.#record.notConnected(why);
      this.#handle({ kind: "connect-fails", why });
    }
  }

  #connected(role: Role, connection: Connection): void {
    this.#candidate = connection;
    if (this.#local === undefined) {
      this.#refuse({
        kind: "refuse",
        role,
        notification: cease("connection-rejected"),
        why: "no session is wanted now",
      });
    }
    this.#handle({ kind: "tcp-connected", role });
  }

  #adopt(role: Role): void {
    const connection = this.#takeCandidate();
    const link: Link = new Link({
      connection,
      clock: this.#world.clock,
      farewells: this.#world.farewells,
      sent: this.#record.sent,
      received: this.#record.received,
      onEvent: (event) => this.#heard(link, event),
      onFaults: (faults: readonly ProtocolError[]) => this.#record.survived(faults),
    });
    this.#links[role] = link;
  }

  #heard(link: Link, event: ConnectionEvent): void {
    for (const role of ["active", "passive", "successor"] as const) {
      if (this.#links[role] === link) return this.#handle({ kind: "connection", role, event });
    }
  }

  #refuse({ role, notification, why }: Of<"refuse", Action>): void {
    const connection = this.#takeCandidate();
    const lastWords = notification && encodeMessage(notification, initialCodec);
    this.#world.farewells.dismiss(connection, lastWords);
    if (role === "passive") this.#record.refused(connection, why);
  }

  #takeCandidate(): Connection {
    const connection = this.#candidate;
    if (connection === undefined) throw new Error("Cannot take a connection: none was told");
    this.#candidate = undefined;
    return connection;
  }

  #close(role: Role, link: Link, { reason, from }: Of<"close", ConnectionAction>): void {
    delete this.#links[role];
    if (from === "Established") this.#exchange = undefined;
    if (canSpeak(reason)) link.close();
    else link.abort();
    const { active, passive } = this.#state;
    const isAlone = this.#links.active === undefined && this.#links.passive === undefined;
    this.#record.ended({
      role,
      from,
      reason: describeEnd(reason, from),
      name: nameEnd(reason),
      isWanted: isWanted(reason),
      // One that takes its place may be about to be adopted.
      isLast: isAlone && active === undefined && passive === undefined,
    });
  }
}

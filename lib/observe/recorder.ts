/**
 * The flight recorder: the last things that happened, for those who come when it is over. It listens to
 * the log, whatever the log's level, so that what is recorded is what is logged, without secrets and
 * with NOTIFICATIONs in words; to that it adds what was announced and withdrawn, and the states that
 * each session went through. Everything is bounded.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { formatAddress, formatPrefix, prefixKey } from "../net/mod.ts";
import { delta } from "../plan/mod.ts";
import type { Clock, Log, LogFields, LogLevel } from "../ports/mod.ts";
import type { AgentsState, HistoryReport, RecordReport } from "../report/mod.ts";

/** How much is kept. */
const mostEntries = 2000;
const mostStates = 100;
const mostPeers = 1000;
/** Of one change of routes so many are told one by one, then how many there were. */
const mostRoutes = 50;
/** Characters of one field. */
const mostText = 500;

/** Remembers what happened. */
export class Recorder {
  readonly #clock: Pick<Clock, "now">;
  #entries: RecordReport[] = [];
  #seq = 0;
  #routes: readonly Route[] = [];
  readonly #agents = new Map<string, AgentsState>();
  readonly #states = new Map<string, { at: number; state: string }[]>();
  readonly #subscribers = new Set<() => void>();

  /** Nothing happened yet. */
  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** The number of the last entry. */
  get last(): number {
    return this.#seq;
  }

  /** A log that is listened to. */
  listen(log: Log, bound: LogFields = {}): Log {
    const at = (level: LogLevel) => (event: string, fields: LogFields = {}): void => {
      log[level](event, fields);
      this.#hear(level, event, { ...bound, ...fields });
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => this.listen(log.with(fields), { ...bound, ...fields }),
    };
  }

  /** Takes note of the routes that are announced now: all of them, in an order of their own. */
  announced(routes: readonly Route[]): void {
    if (routes === this.#routes) return;
    const { removed, added } = delta(this.#routes, routes);
    this.#routes = routes;
    const before = new Map([...removed].map((route) => [prefixKey(route.prefix), route]));
    let told = 0;
    const counts = { announced: 0, changed: 0, withdrawn: 0 };
    const tell = (what: keyof typeof counts, route: Route): void => {
      counts[what]++;
      if (told++ < mostRoutes) this.#add("info", `route.${what}`, fieldsOf(what, route));
    };
    for (const route of added) {
      tell(before.delete(prefixKey(route.prefix)) ? "changed" : "announced", route);
    }
    for (const route of before.values()) tell("withdrawn", route);
    if (told > mostRoutes) this.#add("info", "routes.changed", { ...counts, shown: mostRoutes });
  }

  /** Takes note of how the sessions of agents with their peers are now. */
  agents(states: readonly AgentsState[]): void {
    for (const { peer, state, up, agents } of states) {
      const last = this.#agents.get(peer);
      if (last?.state === state && last.up === up && last.agents === agents) continue;
      if (last === undefined && this.#agents.size >= mostPeers) continue;
      this.#agents.set(peer, { peer, state, up, agents });
      if (last?.state !== state) this.#enter(peer, state);
      this.#add(state === "Established" ? "info" : "warn", "agents.sessions", {
        ...{ peer, state, established: up, agents },
      });
    }
  }

  /** The entries after a number, the oldest first, at most so many of the last ones. */
  entries(
    options: { readonly after?: number; readonly limit?: number } = {},
  ): readonly RecordReport[] {
    const { after = 0, limit = mostEntries } = options;
    return this.#entries.filter(({ seq }) => seq > after).slice(-limit);
  }

  /** The states that the sessions of these peers went through, the oldest first. */
  histories(peers: readonly string[]): readonly HistoryReport[] {
    return peers.map((peer) => ({ peer, states: [...this.#states.get(peer) ?? []] }));
  }

  /** Calls back after each entry; the result stops that. */
  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => void this.#subscribers.delete(changed);
  }

  #hear(level: LogLevel, event: string, fields: LogFields): void {
    if (event === "session.state") this.#enter(String(fields.peer), String(fields.to));
    // What is for debugging would push out what is not.
    if (level !== "debug") this.#add(level, event, fields);
  }

  #enter(peer: string, state: string): void {
    const known = this.#states.get(peer);
    if (known === undefined && this.#states.size >= mostPeers) return;
    const states = known ?? [];
    states.push({ at: this.#clock.now(), state });
    if (states.length > mostStates) states.shift();
    this.#states.set(peer, states);
    this.#tell();
  }

  #add(level: LogLevel, event: string, fields: LogFields): void {
    const shortened = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, short(value)] as const]
    );
    this.#entries.push({
      seq: ++this.#seq,
      at: this.#clock.now(),
      level,
      event,
      fields: Object.fromEntries(shortened),
    });
    // Not at every entry: moving two thousand costs more than keeping some more.
    if (this.#entries.length > mostEntries * 1.1) this.#entries = this.#entries.slice(-mostEntries);
    this.#tell();
  }

  #tell(): void {
    for (const changed of this.#subscribers) changed();
  }
}

function fieldsOf(what: string, { prefix, paths }: Route): LogFields {
  const nextHops = paths.map(({ nextHop }) => formatAddress(nextHop));
  return { prefix: formatPrefix(prefix), ...(what === "withdrawn" ? {} : { nextHops }) };
}

type Field = RecordReport["fields"][string];

function short(value: Exclude<LogFields[string], undefined>): Field {
  if (typeof value === "string") {
    return value.length > mostText ? `${value.slice(0, mostText)}…` : value;
  }
  return typeof value === "object" ? value.slice(0, 64) : value;
}

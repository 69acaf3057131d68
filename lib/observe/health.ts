/**
 * Health for a kubelet or whoever else watches over porter: `/healthz` says whether the loops still
 * turn, `/readyz` whether porter does what it is there for. Both answer 200 or 503 and give every
 * reason in words, one a line. `/metrics` is what Prometheus scrapes.
 *
 * A reason to start porter again is only what a new start can cure: a timer that does not fire, or a
 * pass that does not end. That the API server is away, or a leaf switch, is none.
 *
 * @module
 */

import type { Cancel, Clock, Pulse } from "../ports/mod.ts";
import { metricsContentType } from "./metrics/registry.ts";

/** Milliseconds between two beats of the timers. */
const beat = 1000;

/** Milliseconds that a beat may be late. */
const lateBeat = 10_000;

/** Milliseconds that a pass may take or be late: far more than the slowest host needs. */
const latePass = 120_000;

/** Where and of what to tell. */
export interface HealthOptions {
  readonly address: HealthAddress;
  readonly clock: Clock;
  /** The loop that is watched. */
  readonly pulse: () => Pulse;
  /** Kinds of objects that cannot be read now, and why. */
  readonly unreadable?: ReadonlyMap<string, string>;
  /** The metrics as text; left out, there are none. */
  readonly metrics?: () => Promise<string>;
}

/** Where to listen. */
export interface HealthAddress {
  readonly hostname: string;
  readonly port: number;
}

/** The endpoint while it is there. */
export interface HealthServer {
  /** Where it listens; the port is the kernel's choice where 0 was asked for. */
  readonly address: HealthAddress;
  /** Answers no more. */
  close(): Promise<void>;
}

/** Reads "HOST:PORT" and "[IPv6]:PORT"; undefined when it is neither. */
export function parseHealthAddress(text: string): HealthAddress | undefined {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const hostname = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  return hostname === undefined || port > 65535 ? undefined : { hostname, port };
}

/** Starts to answer. Throws what the system says when the address cannot be had. */
export function serveHealth(options: HealthOptions): HealthServer {
  const beats = new Beats(options.clock);
  const answers: Readonly<Record<string, () => readonly string[]>> = {
    "/healthz": () => stuck(options.pulse(), beats.late),
    "/readyz": () => notReady(options, beats.late),
  };
  try {
    const { metrics } = options;
    const server = Deno.serve({ ...options.address, onListen: () => {} }, async (request) => {
      const path = new URL(request.url).pathname;
      const answer = answers[path];
      const wantsMetrics = path === "/metrics" && metrics !== undefined;
      if (answer === undefined && !wantsMetrics) {
        const more = metrics === undefined ? "" : " and /metrics";
        return text(404, [`there are /healthz, /readyz${more}`]);
      }
      if (request.method !== "GET" && request.method !== "HEAD") return text(405, ["only GET"]);
      if (answer === undefined) {
        return new Response(await metrics?.(), { headers: { "content-type": metricsContentType } });
      }
      const reasons = answer();
      return reasons.length === 0 ? text(200, ["ok"]) : text(503, reasons);
    });
    const { hostname, port } = server.addr;
    return {
      address: { hostname, port },
      close: async () => {
        beats.stop();
        await server.shutdown();
      },
    };
  } catch (thrown) {
    beats.stop();
    throw thrown;
  }
}

/** Why porter should be started again. */
function stuck({ overdueMs }: Pulse, late: number): readonly string[] {
  return [
    ...(late > lateBeat ? [`timers are ${seconds(late)} late`] : []),
    ...(overdueMs > latePass ? [`a pass has been due for ${seconds(overdueMs)}`] : []),
  ];
}

/** Why porter does not do all it is there for. */
function notReady({ pulse, unreadable }: HealthOptions, late: number): readonly string[] {
  const now = pulse();
  const unread = [...unreadable ?? []].map(([kind, why]) => `${kind}: cannot be read: ${why}`);
  return [...stuck(now, late), ...now.missing, ...unread];
}

/** Timers that fire, seen from the outside. */
class Beats {
  readonly #clock: Clock;
  #due: number;
  #cancel: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#due = clock.monotonic() + beat;
    this.#wait();
  }

  /** Milliseconds by which the beat is late. */
  get late(): number {
    return Math.max(0, this.#clock.monotonic() - this.#due);
  }

  stop(): void {
    this.#cancel();
  }

  #wait(): void {
    this.#due = this.#clock.monotonic() + beat;
    this.#cancel = this.#clock.after(beat, () => this.#wait());
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function text(status: number, lines: readonly string[]): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
  return new Response(`${lines.join("\n")}\n`, { status, headers });
}

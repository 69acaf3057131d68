/**
 * The local API of a running porter: what it knows, as JSON, for porter's own commands, the looking
 * glass and scripts. Only GET, no secrets; by default on loopback. Whatever asks by another name than
 * an address or localhost is turned away, so that no web page can read it through a name of its own
 * (DNS rebinding), and no other origin is let in.
 *
 * @module
 */

import type { Cancel, Clock } from "../ports/mod.ts";
import type { Recorder } from "./recorder.ts";
import type { HealthAddress } from "./health.ts";

/** Where to answer: TCP, or a socket in the file system. */
export type ApiAddress = HealthAddress | { readonly path: string };

/** Takes how many of a list were left off because of ?limit=; the name is the list's, or "all". */
export type LeftOff = (list: string, count: number) => void;

/** What each path answers; the parameters are those of the query. */
export type ApiAnswers = Readonly<
  Record<string, (query: URLSearchParams, leftOff: LeftOff) => unknown>
>;

/** Where and of what to tell. */
export interface ApiOptions {
  readonly address: ApiAddress;
  readonly clock: Clock;
  /** By path below /api/v1/. What they throw with the name Failure is the asker's fault. */
  readonly answers: ApiAnswers;
  /** Called before a path is answered: fetches what the answer needs and is not at hand. */
  readonly before?: (path: string) => Promise<void>;
  /** Wakes those who watch. */
  readonly recorder: Recorder;
  /** Pages and what belongs to them, by path. */
  readonly pages?: ReadonlyMap<string, Page>;
}

/** A page, or what belongs to one. */
export interface Page {
  readonly type: string;
  readonly body: string;
}

/** The API while it is there. */
export interface ApiServer {
  close(): Promise<void>;
}

/** The asker asked for what there is not. */
export class NotThere extends Error {
  override readonly name = "NotThere";
}

/** Milliseconds in which news become one. */
const gathered = 200;

/** Milliseconds between signs of life to those who watch. */
const heartbeat = 15_000;

/** So many may watch at once. */
const mostWatchers = 32;

/** Reads "HOST:PORT", "[IPv6]:PORT" and "unix:PATH"; undefined when it is none. */
export function parseApiAddress(
  text: string,
  parseHost: (text: string) => HealthAddress | undefined,
): ApiAddress | undefined {
  if (!text.startsWith("unix:")) return parseHost(text);
  const path = text.slice("unix:".length);
  return path.startsWith("/") ? { path } : undefined;
}

/** Whether an address is this machine's own business. */
export function isLoopback(address: ApiAddress): boolean {
  if ("path" in address) return true;
  const { hostname } = address;
  return hostname === "localhost" || hostname === "::1" || /^127\./.test(hostname);
}

/** Starts to answer. Throws what the system says when the address cannot be had. */
export function serveApi(options: ApiOptions): ApiServer {
  const watchers = new Watchers(options.clock, options.recorder);
  const handler = (request: Request): Promise<Response> => answer(request, options, watchers);
  const onListen = () => {};
  try {
    const server = "path" in options.address
      ? Deno.serve({ path: options.address.path, onListen }, handler)
      : Deno.serve({ ...options.address, onListen }, handler);
    return {
      close: async () => {
        watchers.close();
        await server.shutdown();
      },
    };
  } catch (thrown) {
    watchers.close();
    throw thrown;
  }
}

async function answer(
  request: Request,
  { answers, before, pages }: ApiOptions,
  watchers: Watchers,
): Promise<Response> {
  const url = new URL(request.url);
  if (!isOwnName(url.hostname)) return problem(421, "Ask by address or as localhost");
  const origin = request.headers.get("origin");
  // Over a socket of the file system the scheme is http+unix, which has no origin of its own.
  if (origin !== null && origin !== `http://${url.host}`) {
    return problem(403, "No other origin is let in");
  }
  if (request.method !== "GET" && request.method !== "HEAD") return problem(405, "Only GET");
  const page = pages?.get(url.pathname);
  if (page !== undefined) return new Response(page.body, { headers: pageHeaders(page.type) });
  if (url.pathname === "/api/v1/watch") return watchers.add();
  const name = url.pathname.replace(/^\/api\/v1\//, "");
  const found = Object.hasOwn(answers, name) ? answers[name] : undefined;
  if (found === undefined || name === url.pathname) {
    return problem(
      404,
      `There are ${Object.keys(answers).map((path) => `/api/v1/${path}`).join(", ")}`,
    );
  }
  try {
    await before?.(name);
    const left: string[] = [];
    const body = found(url.searchParams, (list, count) => left.push(`${list}=${count}`));
    const more = left.length === 0 ? {} : { "x-left-off": left.join(", ") };
    return new Response(JSON.stringify(body), { headers: { ...jsonHeaders, ...more } });
  } catch (thrown) {
    if (thrown instanceof NotThere) return problem(404, thrown.message);
    throw thrown;
  }
}

/** An address, or the name that every machine has for itself. */
function isOwnName(hostname: string): boolean {
  return hostname === "localhost" || hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
}

const common = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
const jsonHeaders = { ...common, "content-type": "application/json; charset=utf-8" };

/** Nothing from elsewhere, nothing sent elsewhere, in nobody's frame. */
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function pageHeaders(type: string): Record<string, string> {
  return {
    ...common,
    "content-type": type,
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
  };
}

function problem(status: number, error: string): Response {
  return new Response(JSON.stringify({ error }), { status, headers: jsonHeaders });
}

/** Those who watch: told that there are news, not which; they ask for what they show. */
class Watchers {
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #unsubscribe: () => void;
  #news: Cancel | undefined;
  #beat: Cancel = () => {};

  constructor(clock: Clock, recorder: Recorder) {
    this.#clock = clock;
    this.#recorder = recorder;
    this.#unsubscribe = recorder.subscribe(() => this.#soon());
    this.#live();
  }

  /** A stream of server-sent events. */
  add(): Response {
    if (this.#streams.size >= mostWatchers) return problem(503, "Too many watch already");
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#streams.add(controller);
        controller.enqueue(this.#message());
      },
      cancel: () => void (own !== undefined && this.#streams.delete(own)),
    });
    return new Response(body, { headers: { ...common, "content-type": "text/event-stream" } });
  }

  close(): void {
    this.#unsubscribe();
    this.#news?.();
    this.#beat();
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  #soon(): void {
    if (this.#streams.size === 0) return;
    this.#news ??= this.#clock.after(gathered, () => {
      this.#news = undefined;
      this.#send(this.#message());
    });
  }

  #live(): void {
    this.#beat = this.#clock.after(heartbeat, () => {
      this.#send(encoder.encode(": here\n\n"));
      this.#live();
    });
  }

  #send(bytes: Uint8Array): void {
    for (const stream of this.#streams) {
      // Who does not read is told when he does: one message says as much as many.
      if ((stream.desiredSize ?? 0) > -16) stream.enqueue(bytes);
    }
  }

  #message(): Uint8Array {
    return encoder.encode(`event: news\ndata: ${this.#recorder.last}\n\n`);
  }
}

const encoder = new TextEncoder();

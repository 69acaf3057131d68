/**
 * Requests to the Kubernetes API, over `fetch`. One method, shaped as the one that
 * @cloudydeno/kubernetes-client calls `RestClient.performRequest`, so that theirs can take its place
 * (docs/adr/0018).
 *
 * @module
 */

import type { Clock, Log } from "../../ports/mod.ts";
import { Deadline, pause, retryAfter } from "./backoff.ts";
import type { Cluster } from "./cluster.ts";
import { type Answer, Connection, type SilenceTimes } from "./connection.ts";
import { ApiError, apiError, ConnectionError } from "./errors.ts";

/** One request. */
export interface RequestOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of the server, for example "/api/v1/nodes". */
  readonly path: string;
  readonly querystring?: URLSearchParams;
  readonly bodyJson?: unknown;
  /** Of the body; application/json where nothing is said. */
  readonly contentType?: string;
  /** How the answer shall be; application/json where nothing is said. */
  readonly accept?: string;
  readonly expectJson?: boolean;
  readonly expectStream?: boolean;
  readonly abortSignal?: AbortSignal;
  /** Milliseconds in which it must be answered; the client's where nothing is said. */
  readonly timeoutMs?: number;
}

/** Speaks to an API server. Throws ApiError, ConnectionError, ClusterConfigError. */
export interface RestClient {
  /** The body as it comes, for as long as it comes. */
  performRequest(
    options: RequestOptions & { readonly expectStream: true },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** The body, read as JSON. */
  performRequest(options: RequestOptions & { readonly expectJson: true }): Promise<unknown>;
  /** The whole body. */
  performRequest(options: RequestOptions): Promise<Uint8Array>;
}

/** What a client needs. */
export interface KubernetesClientOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds in which a request must be answered, a stream begin; 30,000 by default. */
  readonly timeoutMs?: number;
  /** When a silent connection is asked, and given up; 10,000 and 10,000 milliseconds by default. */
  readonly silence?: SilenceTimes;
}

/** A request that is told to come again later does so at most this often, and waits at most so long. */
const laterTimes = 3;
const laterMs = 30_000;

/** A client of one API server. */
export class KubernetesClient implements RestClient {
  /** The server and who we are there. */
  readonly cluster: Cluster;
  readonly #options: KubernetesClientOptions;
  readonly #connection: Connection;

  constructor(options: KubernetesClientOptions) {
    const { cluster, clock, log, silence = { askAfter: 10_000, answerWithin: 10_000 } } = options;
    this.cluster = cluster;
    this.#options = options;
    this.#connection = new Connection({ cluster, clock, log, silence });
  }

  performRequest(
    options: RequestOptions & { readonly expectStream: true },
  ): Promise<AsyncIterable<Uint8Array>>;
  performRequest(options: RequestOptions & { readonly expectJson: true }): Promise<unknown>;
  performRequest(options: RequestOptions): Promise<Uint8Array>;
  async performRequest(options: RequestOptions): Promise<unknown> {
    const tries = { later: 0, identity: 0, connection: 0 };
    while (true) {
      try {
        return await this.#once(options);
      } catch (thrown) {
        const wait = this.#waitBeforeRetry(thrown, options, tries);
        if (wait === undefined) throw thrown;
        await pause(this.#options.clock, wait, options.abortSignal);
        options.abortSignal?.throwIfAborted();
      }
    }
  }

  /** Ends every request and stream. */
  close(): void {
    this.#connection.close();
  }

  /** Milliseconds until this is worth another try; undefined when the caller must judge. */
  #waitBeforeRetry(
    thrown: unknown,
    { method, abortSignal }: RequestOptions,
    tries: { later: number; identity: number; connection: number },
  ): number | undefined {
    if (abortSignal?.aborted) return undefined;
    if (thrown instanceof ApiError) {
      if (thrown.code === 401 && tries.identity++ === 0) {
        this.cluster.renew();
        return 0;
      }
      const { code, retryAfterMs } = thrown;
      const told = (code === 429 || code === 503) && retryAfterMs !== undefined;
      return told && tries.later++ < laterTimes ? retryAfterMs : undefined;
    }
    // A pooled connection that was cut is only noticed by using it. Only what may be said twice is.
    const again = thrown instanceof ConnectionError && (method === "GET" || method === "PATCH");
    return again && tries.connection++ === 0 ? 0 : undefined;
  }

  async #once(options: RequestOptions): Promise<unknown> {
    const { clock } = this.#options;
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? 30_000;
    const what = `${options.method} ${options.path}`;
    const deadline = new Deadline({
      clock,
      ms: timeoutMs,
      outer: options.abortSignal,
      late: () => {
        this.#connection.unanswered(timeoutMs);
        return new ConnectionError(`${what}: no answer within ${timeoutMs / 1000} seconds`);
      },
    });
    let streams = false;
    try {
      const answer = await this.#send(options, what, deadline);
      const { response } = answer;
      if (!response.ok) throw await unlessAborted(this.#refused(what, response), deadline.signal);
      if (options.expectStream && response.body !== null) {
        deadline.lift();
        streams = true;
        return this.#pieces(response.body, answer, deadline);
      }
      if (options.expectJson) return await unlessAborted(response.json(), deadline.signal);
      return new Uint8Array(await unlessAborted(response.arrayBuffer(), deadline.signal));
    } catch (thrown) {
      if (deadline.signal.aborted) throw deadline.signal.reason;
      if (!(thrown instanceof TypeError) && !(thrown instanceof SyntaxError)) throw thrown;
      throw new ConnectionError(`${what}: the answer broke off`, { cause: thrown });
    } finally {
      if (!streams) this.#connection.done(deadline);
    }
  }

  async #send(options: RequestOptions, what: string, deadline: Deadline): Promise<Answer> {
    const json = "application/json";
    const { path, querystring, bodyJson, contentType = json, accept = json } = options;
    // The runtime reads only the first member of what the server compresses piece by piece.
    const headers = new Headers({ accept, "accept-encoding": "identity" });
    if (bodyJson !== undefined) headers.set("content-type", contentType);
    const query = querystring?.toString() ?? "";
    const init = {
      method: options.method,
      headers,
      ...(bodyJson === undefined ? {} : { body: JSON.stringify(bodyJson) }),
    };
    try {
      return await this.#connection.send(path + (query === "" ? "" : `?${query}`), init, deadline);
    } catch (thrown) {
      if (!(thrown instanceof ConnectionError) || deadline.signal.aborted) throw thrown;
      throw new ConnectionError(`${what}: ${thrown.message}`, { cause: thrown.cause });
    }
  }

  async #refused(what: string, response: Response): Promise<ApiError> {
    const now = this.#options.clock.now();
    return apiError({
      what,
      code: response.status,
      body: await response.text(),
      retryAfterMs: retryAfter(response.headers.get("retry-after"), { now, most: laterMs }),
    });
  }

  /** The body, each piece of which is a sign of life; to stop taking pieces ends the request. */
  async *#pieces(
    body: ReadableStream<Uint8Array>,
    { heard }: Answer,
    deadline: Deadline,
  ): AsyncGenerator<Uint8Array> {
    const reader = body.getReader();
    const { signal } = deadline;
    // This ends the read that waits; the runtime may not, when the request is aborted.
    const broken = (): void => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", broken);
    try {
      for (;;) {
        signal.throwIfAborted();
        const { value, done } = await reader.read();
        signal.throwIfAborted();
        heard();
        if (done) return;
        yield value;
      }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionError("The stream broke off", { cause: thrown });
    } finally {
      signal.removeEventListener("abort", broken);
      this.#connection.done(deadline);
      broken();
    }
  }
}

/**
 * What a promise gives, unless the signal is aborted first. The runtime (Deno 2.9.6) does not always
 * end the reading of a body when its request is aborted: it then waits for ever.
 */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

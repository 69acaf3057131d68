/**
 * The HTTP connection to an API server. HTTP/2 puts everything on one TCP connection, and the runtime
 * never pings it: when it dies without a word (a partition, a frozen proxy), every request on it hangs
 * until TCP gives up. So silence is answered with a small request, and when that stays unanswered the
 * HTTP client is thrown away, with everything that waits on it.
 *
 * @module
 */

import type { Cancel, Clock, Log } from "../../ports/mod.ts";
import { Deadline } from "./backoff.ts";
import type { Cluster, Identity } from "./cluster.ts";
import { ClusterConfigError, ConnectionError, reasonOf } from "./errors.ts";

/** How long silence lasts, in milliseconds. */
export interface SilenceTimes {
  /** Nothing was heard for so long while something is expected: ask. */
  readonly askAfter: number;
  /** The question may take so long. */
  readonly answerWithin: number;
}

/** What a connection needs. */
export interface ConnectionOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly silence: SilenceTimes;
}

/** One HTTP client's life. */
interface Line {
  readonly http: Deno.HttpClient;
  readonly identity: Identity;
  /** What waits for bytes. */
  readonly waiting: Set<Deadline>;
  heardAt: number;
}

/** A response whose body is still to come, and what must be told of it. */
export interface Answer {
  readonly response: Response;
  /** Bytes came. */
  readonly heard: () => void;
}

/** Sends requests, over a new HTTP client whenever the old one is dead. */
export class Connection {
  readonly #options: ConnectionOptions;
  #line: Line | undefined;
  #timer: Cancel | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and gives the answer's head. Until `deadline.end()` the request counts as waiting
   * for bytes. Throws what the deadline's signal was aborted with, ConnectionError, ClusterConfigError.
   */
  async send(
    path: string,
    init: { readonly method: string; readonly headers: Headers; readonly body?: string },
    deadline: Deadline,
  ): Promise<Answer> {
    const { cluster, clock } = this.#options;
    const identity = await cluster.identity();
    const line = this.#lineOf(identity);
    if (identity.token !== undefined) {
      init.headers.set("authorization", `Bearer ${identity.token}`);
    }
    // Silence counts from the moment at which something is expected.
    if (line.waiting.size === 0) line.heardAt = clock.monotonic();
    line.waiting.add(deadline);
    deadline.signal.addEventListener("abort", () => line.waiting.delete(deadline));
    this.#watchSilence();
    try {
      const response = await fetch(cluster.server + path, {
        ...init,
        signal: deadline.signal,
        client: line.http,
        redirect: "error",
      });
      line.heardAt = clock.monotonic();
      return { response, heard: () => line.heardAt = clock.monotonic() };
    } catch (thrown) {
      line.waiting.delete(deadline);
      if (deadline.signal.aborted) throw deadline.signal.reason;
      throw new ConnectionError(words(thrown, cluster), { cause: thrown });
    }
  }

  /**
   * A request was not answered within so many milliseconds. Where nothing else was heard in that time
   * either, the connection is given up: what is sent on it may wait for minutes, although the server
   * can be reached again.
   */
  unanswered(ms: number): void {
    const { cluster, clock, log } = this.#options;
    const line = this.#line;
    // Silence counts from when the request was sent, which is a moment after its time began.
    if (line === undefined || clock.monotonic() - line.heardAt < ms * 0.9) return;
    log.warn("kubernetes.connection-dead", { server: cluster.server, error: "no answer" });
    this.#drop(new ConnectionError("The connection to the API server died without a word"));
  }

  /** Nothing more is expected for this request. */
  done(deadline: Deadline): void {
    deadline.end();
    this.#line?.waiting.delete(deadline);
  }

  /** Ends everything that waits. */
  close(): void {
    this.#closed = true;
    this.#timer?.();
    this.#drop(new ConnectionError("The connection to the API server was closed"));
  }

  #lineOf(identity: Identity): Line {
    if (this.#closed) throw new ConnectionError("The connection to the API server was closed");
    const line = this.#line;
    if (line !== undefined && sameTls(line.identity, identity)) return line;
    this.#drop(new ConnectionError("The certificates changed"));
    const { caCerts, cert, key } = identity;
    try {
      const http = Deno.createHttpClient({
        caCerts: [...caCerts],
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
      });
      return this.#line = {
        http,
        identity,
        waiting: new Set(),
        heardAt: this.#options.clock.monotonic(),
      };
    } catch (thrown) {
      const { source } = this.#options.cluster;
      throw new ClusterConfigError(
        `Cannot use the certificates of ${source}: ${reasonOf(thrown)}`,
        { cause: thrown },
      );
    }
  }

  /** Throws the HTTP client away and ends what waits on it. */
  #drop(why: Error): void {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    for (const deadline of [...line.waiting]) deadline.abort(why);
    line.http.close();
  }

  #watchSilence(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const { clock, silence } = this.#options;
    this.#timer = clock.after(silence.askAfter / 2, async () => {
      const line = this.#line;
      const silent = line === undefined ? 0 : clock.monotonic() - line.heardAt;
      if (line !== undefined && line.waiting.size > 0 && silent >= silence.askAfter) {
        await this.#ask(line);
      }
      this.#timer = undefined;
      if (this.#line !== undefined && this.#line.waiting.size > 0) this.#watchSilence();
    });
  }

  /** Any answer will do, also a refusal. */
  async #ask(line: Line): Promise<void> {
    const { cluster, clock, log, silence } = this.#options;
    const deadline = new Deadline({
      clock,
      ms: silence.answerWithin,
      outer: undefined,
      late: () => new ConnectionError("no answer"),
    });
    try {
      const init = { signal: deadline.signal, client: line.http, redirect: "error" } as const;
      const response = await fetch(`${cluster.server}/version`, init);
      await response.body?.cancel();
      line.heardAt = clock.monotonic();
    } catch (thrown) {
      if (this.#line !== line || clock.monotonic() - line.heardAt < silence.askAfter) return;
      const error = reasonOf(deadline.signal.aborted ? deadline.signal.reason : thrown);
      log.warn("kubernetes.connection-dead", { server: cluster.server, error });
      this.#drop(new ConnectionError("The connection to the API server died without a word"));
    } finally {
      deadline.end();
    }
  }
}

/** Whether the same HTTP client serves both. */
function sameTls(a: Identity, b: Identity): boolean {
  return a.cert === b.cert && a.key === b.key && a.caCerts.length === b.caCerts.length &&
    a.caCerts.every((ca, index) => ca === b.caCerts[index]);
}

/** What is behind the runtime's words for failures of TLS. */
const explanations: readonly (readonly [part: string, words: (source: string) => string])[] = [
  [
    "UnsupportedCertVersion",
    () => "a certificate is of X.509 version 1, which is refused; make one of version 3",
  ],
  [
    "UnknownIssuer",
    (source) => `the server's certificate is not signed by the certificate authority of ${source}`,
  ],
  ["NotValidForName", () => "the server's certificate is not for the name it is called by"],
  ["Expired", () => "the server's certificate has expired"],
];

/** The innermost reason, without the address that the runtime repeats. */
function words(thrown: unknown, cluster: Cluster): string {
  const message = reasonOf(thrown);
  const explained = explanations.find(([part]) => message.includes(part));
  if (explained !== undefined) return explained[1](cluster.source);
  return message.replace(/^error sending request.*?\): /, "").replace(
    /^client error \(\w+\): /,
    "",
  );
}

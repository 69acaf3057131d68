/**
 * What can stand between a client and the API server: a TCP proxy that cuts, freezes and refuses, and
 * an HTTP proxy that answers in the server's place. The server itself is always the real one.
 *
 * @module
 */

import type { Cluster } from "../../scripts/cluster/mod.ts";

/** A TCP proxy before a server. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: URL;
  readonly #pairs = new Set<{ readonly ends: readonly Deno.TcpConn[]; frozen: boolean }>();
  #refusing = false;
  /** Connections so far. */
  accepted = 0;

  constructor(server: string) {
    this.#target = new URL(server);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accept();
  }

  /** As which address the server is reached through it. */
  get server(): string {
    return `https://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const pair of this.#pairs) close(pair.ends);
    this.#pairs.clear();
  }

  /** Nothing passes any more on the connections there are, but they stay open. New ones work. */
  freeze(): void {
    for (const pair of this.#pairs) pair.frozen = true;
  }

  /** Cuts every connection, and every new one at once, until `false` is said. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) this.cut();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      this.accepted++;
      if (this.#refusing) near.close();
      else this.#forward(near).catch(() => near.close());
    }
  }

  async #forward(near: Deno.TcpConn): Promise<void> {
    const { hostname, port } = this.#target;
    const far = await Deno.connect({ hostname, port: Number(port) });
    const pair = { ends: [near, far], frozen: false };
    this.#pairs.add(pair);
    const copy = async (from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> => {
      const bytes = new Uint8Array(64 * 1024);
      try {
        for (let n = await from.read(bytes); n !== null; n = await from.read(bytes)) {
          if (pair.frozen) continue;
          for (let done = 0; done < n;) done += await to.write(bytes.subarray(done, n));
        }
      } catch {
        // It was cut.
      }
      if (pair.frozen) return;
      this.#pairs.delete(pair);
      close(pair.ends);
    };
    copy(near, far);
    copy(far, near);
  }
}

function close(ends: readonly Deno.TcpConn[]): void {
  for (const end of ends) {
    try {
      end.close();
    } catch {
      // It was closed before.
    }
  }
}

/** What an HTTP proxy does with a request: answers it, or lets it through by undefined. */
export type Intercept = (request: Request) => Response | undefined;

/** An HTTP proxy before the API server, which asks it as the administrator. */
export class HttpProxy implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #http: Deno.HttpClient;
  /** Asked for each request. */
  intercept: Intercept = () => undefined;

  private constructor(target: string, http: Deno.HttpClient) {
    this.#http = http;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.intercept(request) ?? this.#pass(request, target),
    );
  }

  /** Starts one. */
  static async before(cluster: Cluster): Promise<HttpProxy> {
    const { certificate, key } = await cluster.certificate({
      user: "proxy",
      groups: ["system:masters"],
    });
    const http = Deno.createHttpClient({ caCerts: [cluster.ca], cert: certificate, key });
    return new HttpProxy(cluster.server, http);
  }

  /** As which address the server is reached through it. */
  get server(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    await this.#server.shutdown();
  }

  #pass(request: Request, target: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const { method, headers, body } = request;
    const client = this.#http;
    return fetch(target + pathname + search, { method, headers, body, client });
  }
}

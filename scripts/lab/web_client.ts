/**
 * The lab's client: HTTP requests, each over a TCP connection of its own, counted honestly. Prints
 * one line of JSON (a Tally) at its end; "sending" before, where it goes on until it is told.
 *
 *     deno run --allow-net web_client.ts burst ADDRESS PORT COUNT
 *     deno run --allow-net web_client.ts load ADDRESS PORT PER_SECOND     (until SIGTERM)
 *
 * @module
 */

import type { Failure, Tally } from "./web.ts";

/** A request that takes longer has failed, milliseconds. */
const deadline = 2_000;

/** At most so many requests are under way at once. */
const parallel = 16;

/** One request; gives the body, and tells our own port. Throws for everything else than 200. */
async function request(
  hostname: string,
  port: number,
  connected: (port: number) => void,
): Promise<string> {
  const signal = AbortSignal.timeout(deadline);
  const connection = await Deno.connect({ hostname, port, signal });
  connected(connection.localAddr.port);
  const giveUp = () => connection.close();
  signal.addEventListener("abort", giveUp);
  try {
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    const head = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const bytes = new TextEncoder().encode(head);
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    const text = await new Response(connection.readable).text();
    if (!text.startsWith("HTTP/1.1 200 ")) throw new Error("no answer with status 200");
    return text.slice(text.indexOf("\r\n\r\n") + 4);
  } finally {
    signal.removeEventListener("abort", giveUp);
    try {
      connection.close();
    } catch {
      // The stream closed it.
    }
  }
}

/** Counts what comes back. */
class Counter {
  requests = 0;
  readonly answers: Record<string, number> = {};
  readonly failures: Failure[] = [];
  slowest = 0;
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #start = performance.now();

  async one(hostname: string, port: number): Promise<void> {
    this.requests++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    const at = Date.now();
    const start = performance.now();
    let own: number | undefined;
    try {
      const name = await request(hostname, port, (port) => (own = port));
      this.answers[name] = (this.answers[name] ?? 0) + 1;
      this.slowest = Math.max(this.slowest, performance.now() - start);
    } catch (thrown) {
      const kind = thrown instanceof Error ? thrown.name : String(thrown);
      const from = own === undefined ? {} : { port: own };
      this.failures.push({ at, ms: performance.now() - start, kind, ...from });
    } finally {
      this.#atOnce--;
    }
  }

  tally(): Tally {
    const ms = performance.now() - this.#start;
    const { requests, answers, failures, slowest, mostAtOnce } = this;
    return { requests, answers, failures, slowest, mostAtOnce, ms };
  }
}

async function burst(counter: Counter, host: string, port: number, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await counter.one(host, port);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, worker));
}

async function load(counter: Counter, host: string, port: number, rate: number): Promise<void> {
  let stop = false;
  Deno.addSignalListener("SIGTERM", () => (stop = true));
  Deno.stdout.writeSync(new TextEncoder().encode("sending\n"));
  const under = new Set<Promise<void>>();
  const start = performance.now();
  for (let number = 0; !stop; number++) {
    const wait = start + number * 1000 / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // Requests that hang do not slow the others: the rate is what the story claims.
    const one = counter.one(host, port).finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
}

const [mode, host = "", port = "0", number = "0"] = Deno.args;
const counter = new Counter();
if (mode === "burst") await burst(counter, host, Number(port), Number(number));
else await load(counter, host, Number(port), Number(number));
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(counter.tally())}\n`));
Deno.exit(0);

/**
 * Asking a running porter over its local API. What it answers is read through the same schemas that it
 * was made by.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import type { ApiAddress } from "../observe/mod.ts";
import { type ApiAnswer, type ApiPath, readAnswer } from "../report/mod.ts";
import { defaultApi, readApiAddress } from "./api.ts";
import { Failure } from "./failure.ts";

/** Which manager is asked. */
export const managerOption = new Option(
  "--manager <ADDRESS>",
  "the running manager to ask: HOST:PORT or unix:PATH; 127.0.0.1:7985 when nothing is said",
).argParser(readAskedAddress);

/** Which agents are asked. */
export const agentOption = new Option(
  "--agent <ADDRESS>",
  "an agent to ask, too: HOST:PORT or unix:PATH; the one of this node when nothing is said",
).argParser(readAskedAddress);

/** The same of several. */
export const agentsOption = new Option(
  "--agent <ADDRESS...>",
  "agents to ask, too: HOST:PORT or unix:PATH; the one of this node when nothing is said",
).argParser((text, before: readonly ApiAddress[]) => [...before, readAskedAddress(text)])
  .default([] as readonly ApiAddress[]);

function readAskedAddress(text: string): ApiAddress {
  const address = readApiAddress(text);
  if (address === "none") throw new Failure("There is nobody to ask at none");
  return address;
}

/** Milliseconds that an answer may take. */
const patience = 10_000;

/** Asks one porter. */
export class ApiClient {
  readonly #address: ApiAddress;
  readonly #what: string;
  #client: Deno.HttpClient | undefined;

  /** `what` is for messages: "manager" or "agent". */
  constructor(address: ApiAddress | undefined, what: keyof typeof defaultApi = "manager") {
    this.#address = address ?? defaultApi[what];
    this.#what = what;
  }

  /** What a path answers. Throws a Failure when nobody answers, or not what was expected. */
  async get<Path extends ApiPath>(
    path: Path,
    query: Readonly<Record<string, string | readonly string[]>> = {},
  ): Promise<ApiAnswer<Path>> {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each) => [name, each])
    );
    const text = await this.#ask(path, new URLSearchParams(pairs));
    const read = readAnswer(path, text);
    if (read.ok) return read.value;
    throw new Failure(
      `Cannot understand the ${this.#what}'s answer to ${path}: ${read.error}; ` +
        "is it of another version? see porter version",
    );
  }

  async #ask(path: string, query: URLSearchParams): Promise<unknown> {
    const unix = "path" in this.#address;
    this.#client ??= unix && "path" in this.#address
      ? Deno.createHttpClient({ proxy: { transport: "unix", path: this.#address.path } })
      : Deno.createHttpClient({});
    const base = "path" in this.#address ? "http://localhost" : `http://${this.#where()}`;
    const url = `${base}/api/v1/${path}${query.size === 0 ? "" : `?${query}`}`;
    let response: Response;
    let body: unknown;
    try {
      const signal = AbortSignal.timeout(patience);
      response = await fetch(url, { client: this.#client, signal, redirect: "error" });
      body = await response.json();
    } catch (thrown) {
      const why = thrown instanceof Error ? rootOf(thrown) : String(thrown);
      throw new Failure(
        `Cannot ask the ${this.#what} at ${this.#where()}: ${why}; is it running here? ` +
          `For one in a pod: kubectl -n porter-system port-forward deploy/porter-manager 7985`,
      );
    }
    if (response.ok) return body;
    const { error } = Object(body) as { readonly error?: unknown };
    throw new Failure(`The ${this.#what} cannot answer: ${String(error ?? response.status)}`);
  }

  #where(): string {
    if ("path" in this.#address) return `unix:${this.#address.path}`;
    const { hostname, port } = this.#address;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }

  /** Lets go of the connection. */
  close(): void {
    this.#client?.close();
  }
}

/** The last of the causes: it says what the system said. */
function rootOf(error: Error): string {
  return error.cause instanceof Error ? rootOf(error.cause) : error.message.split("\n")[0] ?? "";
}

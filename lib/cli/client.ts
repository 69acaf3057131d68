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
import { addressText, type Asked, strangerText, unansweredText } from "./unanswered.ts";

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
  readonly #what: Asked;
  #client: Deno.HttpClient | undefined;

  /** `what` is for messages: "manager" or "agent". */
  constructor(address: ApiAddress | undefined, what: Asked = "manager") {
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
    this.#client ??= "path" in this.#address
      ? Deno.createHttpClient({ proxy: { transport: "unix", path: this.#address.path } })
      : Deno.createHttpClient({});
    const host = "path" in this.#address ? "localhost" : addressText(this.#address);
    const url = `http://${host}/api/v1/${path}${query.size === 0 ? "" : `?${query}`}`;
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(patience);
      response = await fetch(url, { client: this.#client, signal, redirect: "error" });
      text = await response.text();
    } catch (thrown) {
      throw new Failure(unansweredText(this.#what, this.#address, thrown));
    }
    const body = parsed(text);
    const { error } = Object(body) as { readonly error?: unknown };
    if (body === undefined || (!response.ok && error === undefined)) {
      throw new Failure(strangerText(this.#what, this.#address, response.status));
    }
    if (response.ok) return body;
    throw new Failure(
      `What answers at ${addressText(this.#address)} cannot say ${path}: ${String(error)}`,
    );
  }

  /** Lets go of the connection. */
  close(): void {
    this.#client?.close();
  }
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

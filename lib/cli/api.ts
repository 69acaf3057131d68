/**
 * `--api-address`: the local API where it is asked for, or on loopback where nothing is said.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  type ApiAddress,
  type ApiOptions,
  type ApiServer,
  parseApiAddress,
  parseHealthAddress,
  serveApi,
} from "../observe/mod.ts";
import type { Log } from "../ports/mod.ts";
import { fileProblem } from "./failure.ts";
import { cannotListen } from "./health.ts";

/** Where each mode answers when nothing is said. */
export const defaultApi = {
  manager: { hostname: "127.0.0.1", port: 7985 },
  agent: { hostname: "127.0.0.1", port: 7986 },
} as const;

/** Where the manager answers. */
export const managerApiOption = apiOption("manager", "commands and the looking glass");

/** Where the agent answers. */
export const agentApiOption = apiOption("agent", "commands");

function apiOption(mode: keyof typeof defaultApi, what: string) {
  const { hostname, port } = defaultApi[mode];
  return new Option(
    "--api-address <ADDRESS>",
    `answer porter's own ${what} there: HOST:PORT, unix:PATH or none; ` +
      `${hostname}:${port} when nothing is said`,
  ).argParser(readApiAddress);
}

/** Reads an address of the API. */
export function readApiAddress(text: string): ApiAddress | "none" {
  if (text === "none") return text;
  const address = parseApiAddress(text, parseHealthAddress);
  if (address === undefined) {
    throw new InvalidArgumentError("It must be HOST:PORT, unix:PATH or none.");
  }
  return address;
}

/** What was asked for, and where this is told when it cannot be had. */
export type WantedApi = Omit<ApiOptions, "address"> & {
  readonly mode: keyof typeof defaultApi;
  readonly asked: ApiAddress | "none" | undefined;
  readonly log: Log;
};

/**
 * Starts to answer. Throws a Failure when an address that was asked for cannot be had; when nothing
 * was asked for, porter does its work without.
 */
export async function startApi(
  { mode, asked, log, ...options }: WantedApi,
): Promise<ApiServer> {
  const none = { close: () => Promise.resolve() };
  if (asked === "none") return none;
  const address = asked ?? defaultApi[mode];
  try {
    if ("path" in address) await removeSocket(address.path);
    return serveApi({ ...options, address });
  } catch (thrown) {
    const failure = "path" in address
      ? cannotListen("--api-address", `unix:${address.path}`, thrown)
      : cannotListen("--api-address", address, thrown);
    if (asked !== undefined) throw failure;
    log.warn("api.not-listening", { reason: failure.message });
    return none;
  }
}

/** A socket that a porter of before has left stands in the way; anything else stays. */
async function removeSocket(path: string): Promise<void> {
  try {
    if ((await Deno.lstat(path)).isSocket) await Deno.remove(path);
  } catch (thrown) {
    if (fileProblem(thrown) === undefined) throw thrown;
  }
}

/**
 * What to do when a porter that was asked does not answer, by what the system said.
 *
 * @module
 */

import type { ApiAddress } from "../observe/mod.ts";
import { defaultApi } from "./api.ts";

/** Who was asked. */
export type Asked = keyof typeof defaultApi;

/** The address as it is given on a command line. */
export function addressText(address: ApiAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Why nobody answered, and what to do next. */
export function unansweredText(what: Asked, address: ApiAddress, thrown: unknown): string {
  const said = thrown instanceof Error ? rootOf(thrown) : String(thrown);
  const code = /\(os error (\d+)\)/.exec(said)?.[1] ?? "";
  const why = "path" in address
    ? socketProblems[code]?.(address.path, what)
    : code === refused
    ? nobodyListens(what, address.port)
    : undefined;
  return `Cannot ask the ${what} at ${addressText(address)}: ${why ?? otherProblem(thrown, said)}`;
}

/** What is answered by something that is no porter, or only its health and metrics. */
export function strangerText(what: Asked, address: ApiAddress, status: number): string {
  const { port } = defaultApi[what];
  return `What answers at ${
    addressText(address)
  } (HTTP ${status}) is not the ${what}'s API, which is at ` +
    `port ${port} unless its --api-address says another`;
}

/** Of Linux, as they stand in what the system says (errno.h). */
const [missing, denied, refused] = ["2", "13", "111"];

const socketProblems: Readonly<Record<string, (path: string, what: Asked) => string>> = {
  [missing]: (path, what) =>
    `there is no such socket; it is there while porter ${what} --api-address unix:${path} runs`,
  [denied]: () => "no permission for the socket; ask as root, or as the user that porter runs as",
  [refused]: (_, what) =>
    `nobody listens at that socket, the porter ${what} that made it has ended; start it again`,
};

function nobodyListens(what: Asked, port: number): string {
  const pod = what === "manager" ? "deploy/porter-manager" : "pod/porter-agent-abcde";
  const own = defaultApi[what].port;
  const ports = port === own ? `${own}` : `${port}:${own}`;
  return `nobody listens there; does porter ${what} run here? ss -ltnp says who listens where. One in a ` +
    `pod is asked through kubectl -n porter-system port-forward ${pod} ${ports}`;
}

function otherProblem(thrown: unknown, said: string): string {
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return "no answer in time; is a firewall between, or does the port belong to something else?";
  }
  // Before what the system says stands the URL, which says nothing more.
  return said.replace(/^error sending request for url \([^)]*\): client error \(Connect\): /, "");
}

/** The last of the causes: it says what the system said. */
function rootOf(error: Error): string {
  return error.cause instanceof Error ? rootOf(error.cause) : error.message.split("\n")[0] ?? "";
}

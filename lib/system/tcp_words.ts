/**
 * What a socket's errors mean, in words for the person who reads the log.
 *
 * @module
 */

import { formatAddress } from "../net/mod.ts";
import type { Endpoint } from "../ports/mod.ts";

/** Writes "192.0.2.1:179" or "[2001:db8::1]:179". */
export function formatEndpoint({ address, port }: Endpoint): string {
  const text = formatAddress(address);
  return address.family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}

/** Whether porter, or its user, may not do it. */
export function isDenied(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.PermissionDenied ||
    thrown instanceof Deno.errors.NotCapable || codeOf(thrown) === "EACCES";
}

/** Why a port cannot be listened on, and what shows who is in the way. */
export function listenCause(thrown: unknown, port: number): string {
  if (isInUse(thrown)) {
    return `another process holds it; "ss -ltnp 'sport = :${port}'" shows which`;
  }
  if (thrown instanceof Deno.errors.NotCapable) return "Deno runs without --allow-net for it";
  if (isDenied(thrown)) {
    return port < 1024
      ? "no permission; a port below 1024 needs root or the capability CAP_NET_BIND_SERVICE"
      : "no permission";
  }
  if (thrown instanceof Deno.errors.AddrNotAvailable || codeOf(thrown) === "EADDRNOTAVAIL") {
    return `this host does not have the address; "ip address" shows those it has`;
  }
  return probableCause(thrown);
}

/** Whether somebody else has the port. */
export function isInUse(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.AddrInUse || codeOf(thrown) === "EADDRINUSE";
}

const causes: Readonly<Record<string, string>> = {
  ConnectionRefused: "connection refused; nothing listens there, or it does not want us",
  ECONNREFUSED: "connection refused; nothing listens there, or it does not want us",
  NetworkUnreachable: "no route to that network",
  ENETUNREACH: "no route to that network",
  HostUnreachable: "no route to that host",
  EHOSTUNREACH: "no route to that host",
  TimedOut: "no answer",
  ETIMEDOUT: "no answer",
  TimeoutError: "no answer",
  AbortError: "given up",
  EADDRNOTAVAIL: "this host does not have the source address",
  ENODEV: `this host does not have the interface; "ip link" shows those it has`,
  ENOPROTOOPT: "this kernel does not have the socket option",
  ConnectionReset: "connection reset",
  ECONNRESET: "connection reset",
  BrokenPipe: "connection reset",
  EPIPE: "connection reset",
};

/** An error whose message is for people. */
export function inWords(thrown: unknown): Error {
  return new Error(probableCause(thrown), { cause: thrown });
}

/** What most likely happened. */
export function probableCause(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return causes[codeOf(thrown)] ?? causes[thrown.name] ?? thrown.message;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : "";
}

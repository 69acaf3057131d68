/**
 * How the Kubernetes API says no, and how it says nothing at all. Messages are for users; they never
 * carry a token or a key.
 *
 * @module
 */

import { UnreachableError } from "../../ports/mod.ts";
import { messageOf } from "../../result/mod.ts";
import { isRecord } from "./raw.ts";

/** The API server answered, and the answer is no. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status, or the code of the Status that a watch was ended with. */
  readonly code: number;
  /** The machine's word for it, for example "Conflict", "Forbidden", "Expired"; "" where it gave none. */
  readonly reason: string;
  /** How long the server asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    said: { readonly code: number; readonly reason?: string; readonly retryAfterMs?: number },
  ) {
    super(message);
    this.code = said.code;
    this.reason = said.reason ?? "";
    this.retryAfterMs = said.retryAfterMs;
  }

  /** The version asked for is no longer kept: everything must be listed again. */
  get expired(): boolean {
    return this.code === 410 || this.reason === "Expired" || this.reason === "Gone";
  }
}

/** The API server did not answer, or not to the end. */
export class ConnectionError extends UnreachableError {
  override readonly name = "ConnectionError";
}

/** What is configured about the API server cannot be used. */
export class ClusterConfigError extends Error {
  override readonly name = "ClusterConfigError";
}

/** The error for a response that is not 2xx; `body` is what it said. */
export function apiError(options: {
  readonly what: string;
  readonly code: number;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}): ApiError {
  const status = statusOf(options.body);
  // A CamelCase word (StatusReason); anything else comes from no API server.
  const reason = typeof status.reason === "string" && /^[A-Za-z]{1,100}$/.test(status.reason)
    ? status.reason
    : "";
  const said = typeof status.message === "string" && status.message !== ""
    ? status.message
    : options.body;
  const message = `${options.what}: ${options.code} ${reason}`.trimEnd() +
    (said.trim() === "" ? "" : `: ${firstLine(said)}`);
  return new ApiError(message, {
    code: options.code,
    reason,
    ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
  });
}

/** The error for the Status that a watch ended with. */
export function watchError(what: string, status: unknown): ApiError {
  const said = isRecord(status) ? status : {};
  return apiError({
    what,
    code: typeof said.code === "number" ? said.code : 500,
    body: JSON.stringify(said),
    retryAfterMs: undefined,
  });
}

/** Why the world said no, in one line. */
export function reasonOf(thrown: unknown): string {
  return firstLine(messageOf(thrown));
}

function statusOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Proxies answer with whole pages; a line of them is enough. */
function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 500 ? `${line.slice(0, 500)}...` : line;
}

/**
 * How the decoders of this folder give up: they throw a `Malformed`, and `codec.ts` is the only
 * place that catches it, so that reading code stays straight and nothing leaves the folder as an
 * exception. RFC 4271 section 6 and RFC 7606 for codes and consequences.
 *
 * @module
 */

import type { ProtocolError, Severity } from "./message.ts";

const noData = new Uint8Array(0);

/** A decoder's refusal, on its way to `decodeMessage`. */
export class Malformed extends Error {
  override readonly name = "Malformed";
  readonly fault: ProtocolError;

  constructor(fault: ProtocolError) {
    super(fault.message);
    this.fault = fault;
  }
}

/**
 * What is wrong with a value in itself; whoever asked for it to be read knows what error that is and
 * makes a `Malformed` of it.
 */
export class BadValue extends Error {
  override readonly name = "BadValue";
  readonly subcode: number | undefined;
  readonly severity: Severity | undefined;

  /** `subcode` and `severity` are left out where those of the attribute's row hold. */
  constructor(message: string, subcode?: number, severity?: Severity) {
    super(message);
    this.subcode = subcode;
    this.severity = severity;
  }
}

/** Which error a fault is, and what of the message the peer is to be shown of it. */
export interface FaultKind {
  readonly code: number;
  readonly subcode: number;
  /** Left out: nothing. */
  readonly data?: Uint8Array;
}

/** Makes a fault. */
export function fault(
  kind: FaultKind & { readonly severity: Severity },
  message: string,
): ProtocolError {
  return { data: noData, ...kind, message };
}

/** Makes the refusal that ends the session. */
export function reset(kind: FaultKind, message: string): Malformed {
  return new Malformed(fault({ severity: "session-reset", ...kind }, message));
}

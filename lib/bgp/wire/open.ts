/**
 * OPEN: RFC 4271 section 4.2, optional parameters of RFC 5492 and RFC 9072. Judges what can be judged
 * without knowing the peer (sections 4.2 and 6.2, RFC 6286, RFC 7607); the rest is the FSM's.
 *
 * @module
 */

import { ipv4 } from "../../net/mod.ts";
import { type CapabilityRow, capabilityRows, capabilityTable } from "./capability_table.ts";
import { plainMaxLength } from "./header.ts";
import { BadValue, type Malformed, reset } from "./malformed.ts";
import type { Capability, Open } from "./message.ts";
import { readU16, readU32, readU8, Writer } from "./bytes.ts";

/** The version of BGP that we speak. */
const bgpVersion = 4;

const openError = 2;
const fixedLength = 10;
const capabilitiesParameter = 2;
const extendedMark = 255;

/** Bytes before the capabilities, without and with the extended length of RFC 9072. */
const plainHead = 3;
const extendedHead = 7;

/** Reads the body of an OPEN; throws Malformed. */
export function readOpen(body: Uint8Array): Open {
  const version = readU8(body, 0);
  if (version !== bgpVersion) {
    const data = Uint8Array.of(0, bgpVersion);
    throw reset({ code: openError, subcode: 1, data }, `BGP version ${version} is not spoken here`);
  }
  const as = readU16(body, 1);
  const holdTime = readU16(body, 3);
  const bgpId = ipv4(readU32(body, 5));
  if (as === 0) throw reset({ code: openError, subcode: 2 }, "AS 0 is no peer");
  if (bgpId.value === 0) {
    throw reset({ code: openError, subcode: 3 }, "BGP identifier 0.0.0.0 is not valid");
  }
  if (holdTime === 1 || holdTime === 2) {
    throw reset(
      { code: openError, subcode: 6 },
      `hold time ${holdTime} is not acceptable: 0, or 3 and more`,
    );
  }
  const capabilities = readParameters(body);
  if (capabilities.some((it) => it.kind === "as4" && it.as === 0)) {
    throw reset({ code: openError, subcode: 2 }, "AS 0 is no peer");
  }
  return { type: "open", version, as, holdTime, bgpId, capabilities };
}

/** Appends the body of an OPEN; all capabilities stand in one parameter. */
export function writeOpen(writer: Writer, open: Open): void {
  writer.u8(open.version);
  writer.u16(open.as);
  writer.u16(open.holdTime);
  writer.u32(open.bgpId.value);
  const start = writer.length;
  // Length of all parameters; type and length of the one that there is.
  writer.u8(0);
  writer.u8(capabilitiesParameter);
  writer.u8(0);
  for (const capability of open.capabilities) writeCapability(writer, capability);
  const length = writer.length - start - plainHead;
  const bytes = writer.reserve(extendedHead - plainHead);
  if (length === 0) {
    writer.advanceTo(start + 1);
  } else if (length + 2 <= 255) {
    bytes[start] = length + 2;
    bytes[start + 2] = length;
  } else {
    bytes.copyWithin(start + extendedHead, start + plainHead, writer.length);
    writer.advanceTo(writer.length + extendedHead - plainHead);
    bytes[start] = extendedMark;
    bytes[start + 1] = extendedMark;
    writer.patchU16(start + 2, length + 3);
    bytes[start + 4] = capabilitiesParameter;
    writer.patchU16(start + 5, length);
  }
}

/** The bytes of a capability with code and length, for the data of Unsupported Capability. */
export function encodeCapability(capability: Capability): Uint8Array {
  const writer = new Writer(64);
  writeCapability(writer, capability);
  return writer.finish();
}

function malformedParameters(text: string): Malformed {
  return reset({ code: openError, subcode: 0 }, text);
}

function readParameters(body: Uint8Array): readonly Capability[] {
  const plainLength = readU8(body, fixedLength - 1);
  // RFC 9072 section 2: the mark in place of the first parameter's type says so.
  const extended = plainLength !== 0 && body[fixedLength] === extendedMark;
  const start = extended ? fixedLength + 3 : fixedLength;
  const length = extended ? readU16(body, fixedLength + 1) : plainLength;
  if (start + length !== body.length) {
    throw malformedParameters("the optional parameters do not end with the message");
  }
  const capabilities = new CapabilityList();
  const header = extended ? 3 : 2;
  let at = start;
  while (at < body.length) {
    if (body.length - at < header) throw malformedParameters("an optional parameter is cut off");
    const type = readU8(body, at);
    const size = extended ? readU16(body, at + 1) : readU8(body, at + 1);
    at += header;
    if (body.length - at < size) throw malformedParameters("an optional parameter is cut off");
    if (type !== capabilitiesParameter) {
      throw reset({ code: openError, subcode: 4 }, `optional parameter ${type} is not supported`);
    }
    readCapabilities(body, { start: at, end: at + size }, capabilities);
    at += size;
  }
  return capabilities.all;
}

/** The canonical bytes of capabilities whose code came again, one after the other. */
const repeated = new Writer(plainMaxLength);

/** The same capability said twice counts once (RFC 5492 section 4), by its canonical bytes. */
class CapabilityList {
  readonly all: Capability[] = [];
  /** The codes that came, and the first capability of each until its bytes are in `repeated`. */
  readonly #codes: number[] = [];
  readonly #firsts: (Capability | undefined)[] = [];
  /** Where those in `repeated` begin; at last where they end. */
  readonly #starts = [0];

  add(code: number, capability: Capability): void {
    const index = this.#codes.indexOf(code);
    if (index < 0) {
      this.#codes.push(code);
      this.#firsts.push(capability);
    } else {
      const first = this.#firsts[index];
      if (first !== undefined) this.#repeat(first);
      this.#firsts[index] = undefined;
      if (!this.#repeat(capability)) return;
    }
    this.all.push(capability);
  }

  /** Whether it is another than those before, and then remembered. */
  #repeat(capability: Capability): boolean {
    const start = this.#starts.at(-1) ?? 0;
    repeated.advanceTo(start);
    writeCapability(repeated, capability);
    const bytes = repeated.reserve(0);
    const length = repeated.length - start;
    let from = 0;
    for (const next of this.#starts) {
      if (next - from === length && sameBytes(bytes, from, { at: start, length })) return false;
      from = next;
    }
    this.#starts.push(start + length);
    return true;
  }
}

function sameBytes(
  bytes: Uint8Array,
  start: number,
  { at, length }: { readonly at: number; readonly length: number },
): boolean {
  for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[at + i]) return false;
  return true;
}

/** Adds what a capabilities parameter says, which is the bytes from `start` to `end`. */
function readCapabilities(
  body: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  into: CapabilityList,
): void {
  let at = start;
  while (at < end) {
    const code = readU8(body, at);
    const next = at + 2 + readU8(body, at + 1);
    if (at + 2 > end || next > end) throw malformedParameters("a capability is cut off");
    into.add(code, readCapability(body, at, next));
    at = next;
  }
}

const rowsByCode: readonly (CapabilityRow | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => capabilityTable.find((row) => row.code === code),
);

/** The capability whose code is at `start`. */
function readCapability(body: Uint8Array, start: number, end: number): Capability {
  const code = readU8(body, start);
  try {
    // What is kept as bytes is a copy: the message's own are soon others.
    return rowsByCode[code]?.decode(body, start + 2, end) ??
      { kind: "unknown", code, value: body.slice(start + 2, end) };
  } catch (thrown) {
    if (!(thrown instanceof BadValue)) throw thrown;
    throw malformedParameters(`capability ${code}: ${thrown.message}`);
  }
}

function writeCapability(writer: Writer, capability: Capability): void {
  const start = writer.length;
  if (capability.kind === "unknown") {
    writer.u8(capability.code);
    writer.u8(capability.value.length);
    writer.put(capability.value);
    return;
  }
  const row: CapabilityRow = capabilityRows[capability.kind];
  writer.u8(row.code);
  writer.u8(0);
  row.encode(writer, capability);
  const length = writer.length - start - 2;
  if (length > 255) throw new RangeError(`Cannot write a capability of ${length} bytes`);
  writer.reserve(0)[start + 1] = length;
}

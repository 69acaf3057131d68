/**
 * The list of path attributes of an UPDATE: reading it with the consequences of RFC 7606 sections 3
 * and 4, writing it with flags and lengths (RFC 4271 section 4.3).
 *
 * @module
 */

import { fromOldSpeaker, isConfederation, towardsOldSpeaker } from "./as_path.ts";
import { attributeFlags as flag, type AttributeRow, updateSubcode } from "./attribute_row.ts";
import { attributeRows, rowOf, rowOfCode } from "./attribute_table.ts";
import { BadValue, fault, Malformed, reset } from "./malformed.ts";
import type { Attribute, CodecOptions, ProtocolError } from "./message.ts";
import { readU16, Writer } from "./bytes.ts";

/** The attributes that could be read, and what was wrong with the others. */
export interface ReadAttributes {
  readonly attributes: readonly Attribute[];
  readonly faults: readonly ProtocolError[];
}

interface Found {
  readonly attributes: Attribute[];
  readonly faults: ProtocolError[];
}

const updateError = 3;
const mpCodes: readonly number[] = [
  attributeRows["mp-reach"].code,
  attributeRows["mp-unreach"].code,
];

/** Reads the attributes; throws Malformed for what ends the session. Faults are in order found. */
export function readAttributes(bytes: Uint8Array, codec: CodecOptions): ReadAttributes {
  const found: Found = { attributes: [], faults: [] };
  const seen: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = attributeEnd(bytes, at);
    if (end === undefined) {
      // RFC 7606 section 4: what follows cannot be read, but the prefixes can still be withdrawn.
      found.faults.push(overrun(bytes.slice(at)));
      break;
    }
    const code = bytes[at + 1] ?? 0;
    if (seen.includes(code)) {
      found.faults.push(duplicate(bytes.subarray(at, end), code));
    } else {
      seen.push(code);
      readAttribute({ bytes, at, end }, codec, found);
    }
    at = end;
  }
  return companions(found, codec);
}

/** Where the attribute at the offset ends; undefined when it is cut off. */
function attributeEnd(bytes: Uint8Array, at: number): number | undefined {
  const extended = ((bytes[at] ?? 0) & flag.extendedLength) !== 0;
  const start = at + (extended ? 4 : 3);
  if (start > bytes.length) return undefined;
  const end = start + (extended ? readU16(bytes, at + 2) : bytes[at + 2] ?? 0);
  return end > bytes.length ? undefined : end;
}

function overrun(data: Uint8Array): ProtocolError {
  const text = "an attribute is longer than the list of attributes";
  const { malformedAttributeList } = updateSubcode;
  return fault({
    severity: "treat-as-withdraw",
    code: updateError,
    subcode: malformedAttributeList,
    data,
  }, text);
}

/** RFC 7606 section 3 g: the first counts, except that MP attributes must not be there twice. */
function duplicate(whole: Uint8Array, code: number): ProtocolError {
  const text = `attribute ${code} is there more than once`;
  const { malformedAttributeList } = updateSubcode;
  if (mpCodes.includes(code)) {
    throw reset({ code: updateError, subcode: malformedAttributeList }, text);
  }
  return fault({
    severity: "attribute-discard",
    code: updateError,
    subcode: malformedAttributeList,
    data: whole.slice(),
  }, text);
}

/** Where an attribute is, whole with flags, type and length: views of bytes are dear to make. */
interface Place {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

function readAttribute(place: Place, codec: CodecOptions, found: Found): void {
  const { bytes, at, end } = place;
  const flags = bytes[at] ?? 0;
  const code = bytes[at + 1] ?? 0;
  const row = rowOfCode(code);
  const value = bytes.subarray(at + ((flags & flag.extendedLength) !== 0 ? 4 : 3), end);
  if (row === undefined) {
    if ((flags & flag.optional) === 0) {
      // RFC 4271 section 6.3, which RFC 7606 leaves as it is.
      const text = `well-known attribute ${code} is unknown`;
      throw reset({
        code: updateError,
        subcode: updateSubcode.unrecognizedWellKnown,
        data: bytes.slice(at, end),
      }, text);
    }
    found.attributes.push({ kind: "unknown", flags, code, value: value.slice() });
    return;
  }
  const wrongFlags = (flags & (flag.optional | flag.transitive)) !== row.flags;
  if (wrongFlags) found.faults.push(flagsFault(row, bytes.subarray(at, end)));
  // A value with wrong flags is read for the prefixes in it, which must be withdrawn.
  if (wrongFlags && !mpCodes.includes(code)) return;
  try {
    const read = row.decode(value, codec);
    found.attributes.push(read ?? { kind: "unknown", flags, code, value: value.slice() });
  } catch (thrown) {
    found.faults.push(consequence(thrown, row, bytes.subarray(at, end)));
  }
}

/** RFC 7606 section 3 c. */
function flagsFault(row: AttributeRow, whole: Uint8Array): ProtocolError {
  const text = `${row.name}: its flags are 0x${(whole[0] ?? 0).toString(16).padStart(2, "0")}`;
  const { attributeFlags } = updateSubcode;
  return fault({
    severity: "treat-as-withdraw",
    code: updateError,
    subcode: attributeFlags,
    data: whole.slice(),
  }, text);
}

function consequence(
  thrown: unknown,
  row: AttributeRow,
  whole: Uint8Array,
): ProtocolError {
  if (!(thrown instanceof BadValue)) throw thrown;
  const severity = thrown.severity ?? row.severity;
  const subcode = thrown.subcode ?? row.subcode;
  const text = `${row.name}: ${thrown.message}`;
  const found = fault({ severity, code: updateError, subcode, data: whole.slice() }, text);
  if (severity === "session-reset") throw new Malformed(found);
  return found;
}

/**
 * AS4_PATH and AS4_AGGREGATOR are for 2-octet sessions: merged there, discarded elsewhere (RFC 6793
 * section 4.1). Confederation segments are not for external peers (RFC 5065 section 5).
 */
function companions({ attributes, faults }: Found, codec: CodecOptions): ReadAttributes {
  const optional = updateSubcode.optionalAttribute;
  if (codec.as4) {
    const stray = attributes.filter(({ kind }) => kind === "as4-path" || kind === "as4-aggregator");
    for (const { kind } of stray) {
      const text = `${kind} is not for a session with 4-octet AS numbers`;
      faults.push(
        fault({ severity: "attribute-discard", code: updateError, subcode: optional }, text),
      );
    }
    const kept = stray.length === 0 ? attributes : attributes.filter((it) => !stray.includes(it));
    return { attributes: withoutForeignPath(kept, faults, codec), faults };
  }
  return { attributes: withoutForeignPath(fromOldSpeaker(attributes), faults, codec), faults };
}

function withoutForeignPath(
  attributes: readonly Attribute[],
  faults: ProtocolError[],
  { internal }: CodecOptions,
): readonly Attribute[] {
  if (internal) return attributes;
  const path = attributes.find((it) => it.kind === "as-path");
  if (path === undefined || !path.segments.some(isConfederation)) return attributes;
  const text = "AS_PATH: it has confederation segments, which are not for external peers";
  faults.push(
    fault({
      severity: "treat-as-withdraw",
      code: updateError,
      subcode: updateSubcode.malformedAsPath,
    }, text),
  );
  return attributes.filter((it) => it !== path);
}

/** Appends the attributes in the order given, as the peer's kind of AS numbers demands. */
export function writeAttributes(
  writer: Writer,
  attributes: readonly Attribute[],
  codec: CodecOptions,
): void {
  for (const attribute of codec.as4 ? attributes : towardsOldSpeaker(attributes)) {
    writeAttribute(writer, attribute, codec);
  }
}

/**
 * The bytes of attributes that many prefixes share, without MP_REACH_NLRI and MP_UNREACH_NLRI, which
 * differ from message to message; ordered by type code.
 */
export function encodeAttributes(
  attributes: readonly Attribute[],
  codec: CodecOptions,
): Uint8Array {
  const shared = attributes
    .filter(({ kind }) => kind !== "mp-reach" && kind !== "mp-unreach")
    .sort((a, b) => attributeCode(a) - attributeCode(b));
  const writer = new Writer();
  writeAttributes(writer, shared, codec);
  return writer.finish();
}

/** The type code of an attribute. */
function attributeCode(attribute: Attribute): number {
  return attribute.kind === "unknown" ? attribute.code : rowOf(attribute).code;
}

function writeAttribute(writer: Writer, attribute: Attribute, codec: CodecOptions): void {
  if (attribute.kind === "unknown") {
    const { flags, code, value } = attribute;
    const extended = (flags & flag.extendedLength) !== 0 || value.length > 255;
    writer.u8(extended ? flags | flag.extendedLength : flags);
    writer.u8(code);
    if (extended) writer.u16(value.length);
    else writer.u8(value.length);
    writer.put(value);
    return;
  }
  const row = rowOf(attribute);
  const start = writer.length;
  writer.u8(row.flags);
  writer.u8(row.code);
  writer.u8(0);
  row.encode(writer, attribute, codec);
  const length = writer.length - start - 3;
  if (length <= 255) {
    writer.reserve(0)[start + 2] = length;
    return;
  }
  // One byte more for the length: the value moves up.
  const bytes = writer.reserve(1);
  bytes.copyWithin(start + 4, start + 3, writer.length);
  writer.advanceTo(writer.length + 1);
  bytes[start] = row.flags | flag.extendedLength;
  writer.patchU16(start + 2, length);
}

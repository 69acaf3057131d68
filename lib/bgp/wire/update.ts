/**
 * UPDATE: RFC 4271 section 4.3, and the judgement of RFC 7606 over the whole message: the strongest
 * consequence wins, and what is treated as withdrawn leaves here as withdrawn.
 *
 * @module
 */

import { updateSubcode } from "./attribute_row.ts";
import { readAttributes, writeAttributes } from "./attributes.ts";
import { BadValue, fault, Malformed, reset } from "./malformed.ts";
import type { Attribute, CodecOptions, Decoded, Nlri, ProtocolError, Update } from "./message.ts";
import { writePrefixes } from "./mp_attributes.ts";
import { type NlriFormat, readNlri } from "./nlri.ts";
import { readU16, type Writer } from "./bytes.ts";

const updateError = 3;

/** Reads the body of an UPDATE; throws Malformed for what ends the session. */
export function readUpdate(body: Uint8Array, codec: CodecOptions): Decoded {
  const withdrawnEnd = 2 + readU16(body, 0);
  if (withdrawnEnd + 2 > body.length) throw badLengths("withdrawn routes");
  const attributesEnd = withdrawnEnd + 2 + readU16(body, withdrawnEnd);
  if (attributesEnd > body.length) throw badLengths("path attributes");
  const format: NlriFormat = { family: 4, pathIds: codec.addPathReceive.includes(4) };
  const withdrawn = readField(body, 2, withdrawnEnd, format);
  const read = readAttributes(body.subarray(withdrawnEnd + 2, attributesEnd), codec);
  const nlri = readField(body, attributesEnd, body.length, format);
  const update: Update = { type: "update", withdrawn, attributes: read.attributes, nlri };
  const faults = [...read.faults, ...missing(update, read.faults, codec)];
  return judge(update, faults);
}

/** Appends the body of an UPDATE. */
export function writeUpdate(writer: Writer, update: Update, codec: CodecOptions): void {
  const start = writer.length;
  writer.u16(0);
  writePrefixes(writer, update.withdrawn, { family: 4, codec });
  writer.patchU16(start, writer.length - start - 2);
  const attributes = writer.length;
  writer.u16(0);
  writeAttributes(writer, update.attributes, codec);
  writer.patchU16(attributes, writer.length - attributes - 2);
  writePrefixes(writer, update.nlri, { family: 4, codec });
}

function badLengths(field: string): Malformed {
  const text = `the ${field} are longer than the message`;
  return reset({ code: updateError, subcode: updateSubcode.malformedAttributeList }, text);
}

function readField(bytes: Uint8Array, start: number, end: number, format: NlriFormat): Nlri[] {
  try {
    return readNlri(bytes, start, end, format);
  } catch (thrown) {
    if (!(thrown instanceof BadValue)) throw thrown;
    throw reset({ code: updateError, subcode: updateSubcode.invalidNetworkField }, thrown.message);
  }
}

/** The well-known mandatory attributes that are not there and were not refused (RFC 7606 section 3 d). */
function missing(
  update: Update,
  faults: readonly ProtocolError[],
  codec: CodecOptions,
): readonly ProtocolError[] {
  if (!isReachable(update)) return [];
  const wanted: readonly (readonly [Attribute["kind"], number, string])[] = [
    ["origin", 1, "ORIGIN"],
    ["as-path", 2, "AS_PATH"],
    ...(update.nlri.length > 0 ? [["next-hop", 3, "NEXT_HOP"] as const] : []),
    ...(codec.internal ? [["local-pref", 5, "LOCAL_PREF"] as const] : []),
  ];
  // One that was found and refused has its own fault already.
  if (faults.some(({ severity }) => severity === "treat-as-withdraw")) return [];
  return wanted
    .filter(([kind]) => !update.attributes.some((it) => it.kind === kind))
    .map(([, code, name]) => {
      const text = `${name} is missing`;
      const data = Uint8Array.of(code);
      return fault({
        severity: "treat-as-withdraw",
        code: updateError,
        subcode: updateSubcode.missingWellKnown,
        data,
      }, text);
    });
}

function isReachable(update: Update): boolean {
  return update.nlri.length > 0 ||
    update.attributes.some((it) => it.kind === "mp-reach" && it.nlri.length > 0);
}

function judge(update: Update, faults: readonly ProtocolError[]): Decoded {
  const worst = faults.find(({ severity }) => severity === "treat-as-withdraw");
  if (worst === undefined) return { message: update, faults };
  if (!isReachable(update)) {
    // RFC 7606 section 5.2: there is nothing to withdraw, so what the peer meant is lost.
    throw new Malformed({ ...worst, severity: "session-reset" });
  }
  return { message: allWithdrawn(update), faults };
}

/** IPv4 goes to the withdrawn routes, IPv6 to one MP_UNREACH_NLRI, wherever each was found. */
function allWithdrawn(update: Update): Update {
  const withdrawn = [...update.withdrawn, ...update.nlri];
  const withdrawn6: Nlri[] = [];
  for (const attribute of update.attributes) {
    if (attribute.kind !== "mp-reach" && attribute.kind !== "mp-unreach") continue;
    const target = attribute.family === 4 ? withdrawn : withdrawn6;
    const prefixes = attribute.kind === "mp-reach" ? attribute.nlri : attribute.withdrawn;
    // Not by spreading into push: a message may hold more prefixes than a call has arguments.
    for (const nlri of prefixes) target.push(nlri);
  }
  const attributes: Attribute[] = withdrawn6.length === 0
    ? []
    : [{ kind: "mp-unreach", family: 6, withdrawn: withdrawn6 }];
  return { type: "update", withdrawn, attributes, nlri: [] };
}

/**
 * AS_PATH and its companion AS4_PATH: RFC 4271 section 4.3, RFC 5065 (confederations), RFC 6793
 * (towards and from speakers with 2-octet AS numbers), RFC 7607 (AS 0).
 *
 * ```ts
 * const split = towardsOldSpeaker(attributes); // AS_TRANS in AS_PATH, the truth in AS4_PATH
 * ```
 *
 * @module
 */

import type { AsSegment, Attribute } from "./message.ts";
import { BadValue } from "./malformed.ts";
import { readU16, readU32, type Writer } from "./bytes.ts";

/** Stands for an AS number that does not fit two octets (RFC 6793 section 9). */
export const asTrans = 23456;

const segmentKinds = ["set", "sequence", "confed-sequence", "confed-set"] as const;

/** Reads the segments of a path whose AS numbers have `width` bytes (RFC 7606 section 7.2). */
export function readSegments(value: Uint8Array, width: 2 | 4): AsSegment[] {
  const segments: AsSegment[] = [];
  let at = 0;
  while (at < value.length) {
    if (value.length - at < 2) throw new BadValue("a path segment is cut off");
    const type = value[at] ?? 0;
    const count = value[at + 1] ?? 0;
    const kind = segmentKinds[type - 1];
    if (kind === undefined) throw new BadValue(`path segment type ${type} is unknown`);
    if (count === 0) throw new BadValue("a path segment is empty");
    at += 2;
    if (value.length - at < count * width) {
      throw new BadValue(`a path segment of ${count} AS numbers is cut off`);
    }
    const as: number[] = [];
    for (let i = 0; i < count; i++, at += width) {
      const number = width === 4 ? readU32(value, at) : readU16(value, at);
      if (number === 0) throw new BadValue("the path contains AS 0");
      as.push(number);
    }
    segments.push({ kind, as });
  }
  return segments;
}

/** Appends the segments with AS numbers of `width` bytes; too large ones become AS_TRANS. */
export function writeSegments(
  writer: Writer,
  segments: readonly AsSegment[],
  width: 2 | 4,
): void {
  for (const { kind, as } of segments) {
    if (as.length === 0 || as.length > 255) {
      throw new RangeError(`Cannot write a path segment of ${as.length} AS numbers`);
    }
    writer.u8(segmentKinds.indexOf(kind) + 1);
    writer.u8(as.length);
    for (const number of as) {
      if (width === 4) writer.u32(number);
      else writer.u16(number > 0xffff ? asTrans : number);
    }
  }
}

/** Writes a path as people do: "64512 64513 {64514,64515} (64516)". */
export function formatAsPath(segments: readonly AsSegment[]): string {
  return segments.map(({ kind, as }) => {
    switch (kind) {
      case "sequence":
        return as.join(" ");
      case "set":
        return `{${as.join(",")}}`;
      case "confed-sequence":
        return `(${as.join(" ")})`;
      case "confed-set":
        return `[${as.join(",")}]`;
    }
  }).join(" ");
}

/**
 * What a 2-octet speaker is to be told beside the attributes themselves: AS4_PATH when AS_PATH has a
 * large AS number, AS4_AGGREGATOR likewise (RFC 6793 section 4.2.2). Given ones are replaced.
 */
export function towardsOldSpeaker(attributes: readonly Attribute[]): readonly Attribute[] {
  const extra: Attribute[] = [];
  for (const attribute of attributes) {
    if (attribute.kind === "as-path") {
      // RFC 6793 section 3: confederation segments never go into AS4_PATH.
      const segments = attribute.segments.filter((segment) => !isConfederation(segment));
      if (segments.some(({ as }) => as.some((number) => number > 0xffff))) {
        extra.push({ kind: "as4-path", segments });
      }
    } else if (attribute.kind === "aggregator" && attribute.as > 0xffff) {
      extra.push({ kind: "as4-aggregator", as: attribute.as, address: attribute.address });
    }
  }
  const own = attributes.filter(({ kind }) => kind !== "as4-path" && kind !== "as4-aggregator");
  if (extra.length === 0) return own;
  const after = own.findIndex((it) => it.kind === "large-communities" || isBeyond(it));
  const index = after < 0 ? own.length : after;
  return [...own.slice(0, index), ...extra, ...own.slice(index)];
}

/** Puts AS4_PATH and AS4_AGGREGATOR of a 2-octet speaker back where they belong (section 4.2.3). */
export function fromOldSpeaker(attributes: readonly Attribute[]): readonly Attribute[] {
  const path = attributes.find((it) => it.kind === "as4-path");
  const aggregator = attributes.find((it) => it.kind === "as4-aggregator");
  if (path === undefined && aggregator === undefined) return attributes;
  const told = attributes.find((it) => it.kind === "aggregator");
  // An aggregator that knows no 4-octet numbers has aggregated since: both companions are stale.
  const stale = aggregator !== undefined && told !== undefined && told.as !== asTrans;
  const merged: Attribute[] = [];
  for (const attribute of attributes) {
    if (attribute.kind === "as4-path" || attribute.kind === "as4-aggregator") continue;
    if (attribute.kind === "as-path" && path !== undefined && !stale) {
      merged.push({ kind: "as-path", segments: mergePaths(attribute.segments, path.segments) });
    } else if (attribute.kind === "aggregator" && aggregator !== undefined && !stale) {
      merged.push({ ...attribute, as: aggregator.as, address: aggregator.address });
    } else {
      merged.push(attribute);
    }
  }
  return merged;
}

/** The leading part of the old path that the new one lacks, then the new one. */
function mergePaths(old: readonly AsSegment[], as4: readonly AsSegment[]): readonly AsSegment[] {
  const known = as4.filter((segment) => !isConfederation(segment));
  let missing = pathLength(old) - pathLength(known);
  if (missing < 0) return old;
  const merged: AsSegment[] = [];
  let cut = false;
  for (const segment of old) {
    if (isConfederation(segment)) {
      merged.push(segment);
      continue;
    }
    if (missing === 0) break;
    if (segment.kind === "set" || segment.as.length <= missing) {
      merged.push(segment);
      missing -= segment.kind === "set" ? 1 : segment.as.length;
    } else {
      merged.push({ kind: segment.kind, as: segment.as.slice(0, missing) });
      missing = 0;
      cut = true;
      break;
    }
  }
  return cut ? joined(merged, known) : [...merged, ...known];
}

/** Both paths in a row; the sequence that was cut is made whole again where it fits. */
function joined(head: readonly AsSegment[], tail: readonly AsSegment[]): readonly AsSegment[] {
  const last = head.at(-1);
  const first = tail[0];
  if (
    last?.kind !== "sequence" || first?.kind !== "sequence" ||
    last.as.length + first.as.length > 255
  ) {
    return [...head, ...tail];
  }
  const whole: AsSegment = { kind: "sequence", as: [...last.as, ...first.as] };
  return [...head.slice(0, -1), whole, ...tail.slice(1)];
}

/** RFC 4271 section 9.1.2.2 a and RFC 5065 section 5.3: a set counts one, confederations none. */
export function pathLength(segments: readonly AsSegment[]): number {
  let length = 0;
  for (const segment of segments) {
    if (segment.kind === "sequence") length += segment.as.length;
    else if (segment.kind === "set") length += 1;
  }
  return length;
}

/** Whether the segment is one of RFC 5065, which only members of a confederation may send. */
export function isConfederation(segment: AsSegment): boolean {
  return segment.kind === "confed-sequence" || segment.kind === "confed-set";
}

function isBeyond(attribute: Attribute): boolean {
  return attribute.kind === "unknown" && attribute.code > 18;
}

/**
 * What a path attribute must tell about itself to be read, written and shown: the shape of a row of
 * `attributeTable`. RFC 4271 section 4.3, RFC 7606 section 7.
 *
 * @module
 */

import { BadValue } from "./malformed.ts";
import type { Attribute, CodecOptions, Severity } from "./message.ts";
import type { Writer } from "./bytes.ts";

/** The kinds of attributes that have a row. */
export type AttributeKind = Exclude<Attribute["kind"], "unknown">;

/** The attribute of a kind. */
export type AttributeOf<K extends Attribute["kind"]> = Extract<Attribute, { readonly kind: K }>;

/** The bits of the flags field (RFC 4271 section 4.3). */
export const attributeFlags = {
  optional: 0x80,
  transitive: 0x40,
  partial: 0x20,
  extendedLength: 0x10,
} as const;

/** Optional and transitive bits of the usual categories. */
export const flagsOf = {
  wellKnown: attributeFlags.transitive,
  optionalTransitive: attributeFlags.optional | attributeFlags.transitive,
  optionalNonTransitive: attributeFlags.optional,
} as const;

/** One path attribute; without a kind, any of them. */
export type AttributeRow<K extends AttributeKind = AttributeKind> = AttributeColumns<
  AttributeOf<K>
>;

/** The columns, by the attribute's shape: so a row of one kind is also a row of any kind. */
export interface AttributeColumns<A extends Attribute> {
  readonly kind: A["kind"];
  readonly code: number;
  /** As RFCs write it. */
  readonly name: string;
  /** The optional and transitive bits it must have. */
  readonly flags: number;
  /** What a malformed value calls for. */
  readonly severity: Severity;
  /** The subcode of UPDATE Message Error for a malformed value, where the length is not at fault. */
  readonly subcode: number;
  /** Reads the value; throws BadValue. Undefined: of a family we do not know, kept as bytes. */
  decode(value: Uint8Array, codec: CodecOptions): A | undefined;
  /** Appends the value, without flags, type and length. */
  encode(writer: Writer, attribute: A, codec: CodecOptions): void;
  /** The value in words, on one line. */
  describe(attribute: A): string;
}

/** Subcodes of UPDATE Message Error (RFC 4271 section 6.3) that rows refer to. */
export const updateSubcode = {
  malformedAttributeList: 1,
  unrecognizedWellKnown: 2,
  missingWellKnown: 3,
  attributeFlags: 4,
  attributeLength: 5,
  invalidOrigin: 6,
  invalidNextHop: 8,
  optionalAttribute: 9,
  invalidNetworkField: 10,
  malformedAsPath: 11,
} as const;

/** Throws unless the value has the length. */
export function wantLength(value: Uint8Array, length: number): void {
  if (value.length !== length) {
    throw new BadValue(
      `it has ${value.length} bytes instead of ${length}`,
      updateSubcode.attributeLength,
    );
  }
}

/** Throws unless the value is one or more items of the size. */
export function wantItems(value: Uint8Array, size: number): void {
  if (value.length === 0 || value.length % size !== 0) {
    throw new BadValue(
      `its ${value.length} bytes are not one or more items of ${size}`,
      updateSubcode.attributeLength,
    );
  }
}

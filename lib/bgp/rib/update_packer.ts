/**
 * Packs prefixes into whole UPDATE messages (RFC 4271 section 4.3; RFC 4760 and RFC 8950 for IPv6 next hops; RFC 4724
 * section 2 for End-of-RIB): one attribute set to a message, as many prefixes as fit.
 *
 * @module
 */

import type { Family, Prefix } from "../../net/mod.ts";
import { type CodecOptions, nlriLength, unicast, writeHeader, writeNlri } from "../wire/mod.ts";
import type { AttributeSet } from "./view.ts";

/** Prefixes with their path identifiers; identifiers are not looked at without ADD-PATH. */
export class NlriList {
  readonly prefixes: Prefix[] = [];
  readonly ids: number[] = [];

  /** Appends one. */
  add(prefix: Prefix, id: number): void {
    this.prefixes.push(prefix);
    this.ids.push(id);
  }
}

const updateType = 2;
const headerLength = 19;
const extendedOptional = 0x90;
const mpReach = 14;
const mpUnreach = 15;

/** Writes UPDATE messages one after the other into a buffer that grows. */
export class UpdatePacker {
  readonly #codec: CodecOptions;
  #bytes: Uint8Array;
  #length = 0;

  /** `capacity` is how many bytes are expected in all. */
  constructor(codec: CodecOptions, capacity: number) {
    this.#codec = codec;
    this.#bytes = new Uint8Array(capacity);
  }

  /** Announces the prefixes with the attributes. */
  announce(set: AttributeSet, list: NlriList): void {
    const { family, bytes, mpNextHop } = set;
    // Where the next hop is IPv6: for IPv4 prefixes too (RFC 8950).
    const inMp = mpNextHop.length > 0;
    const trailer = inMp ? bytes.length : 0;
    for (let at = 0; at < list.prefixes.length;) {
      const start = this.#begin();
      let offset = start + headerLength + 2; // no withdrawn routes
      const attributesAt = offset;
      offset += 2;
      if (!inMp) {
        this.#bytes.set(bytes, offset);
        offset += bytes.length;
        this.#putU16(attributesAt, bytes.length);
        at = this.#fill(family, list, at, offset, start + this.#codec.maxMessageLength);
      } else {
        const mpAt = offset;
        offset = this.#putMpHead(mpAt, mpReach, family);
        this.#bytes[offset++] = mpNextHop.length;
        this.#bytes.set(mpNextHop, offset);
        offset += mpNextHop.length + 1; // and the reserved byte
        const end = start + this.#codec.maxMessageLength - trailer;
        at = this.#fill(family, list, at, offset, end);
        this.#putU16(mpAt + 2, this.#length - mpAt - 4);
        this.#bytes.set(bytes, this.#length);
        this.#length += bytes.length;
        this.#putU16(attributesAt, this.#length - attributesAt - 2);
      }
      this.#end(start);
    }
  }

  /** Withdraws the prefixes. */
  withdraw(family: Family, list: NlriList): void {
    const max = this.#codec.maxMessageLength;
    for (let at = 0; at < list.prefixes.length;) {
      const start = this.#begin();
      const body = start + headerLength;
      if (family === 4) {
        at = this.#fill(family, list, at, body + 2, start + max - 2);
        this.#putU16(body, this.#length - body - 2);
        this.#length += 2; // no attributes
      } else {
        const mpAt = body + 4;
        at = this.#fill(family, list, at, this.#putMpHead(mpAt, mpUnreach, family), start + max);
        this.#putU16(mpAt + 2, this.#length - mpAt - 4);
        this.#putU16(body + 2, this.#length - mpAt);
      }
      this.#end(start);
    }
  }

  /** Says End-of-RIB for the family. */
  endOfRib(family: Family): void {
    const start = this.#begin();
    const body = start + headerLength;
    this.#length = body + 4;
    if (family === 6) {
      this.#length = this.#putMpHead(body + 4, mpUnreach, family);
      this.#putU16(body + 6, this.#length - body - 8);
      this.#putU16(body + 2, this.#length - body - 4);
    }
    this.#end(start);
  }

  /** All messages; the buffer itself unless most of it is empty. */
  finish(): Uint8Array {
    const isFull = this.#length > this.#bytes.length / 2;
    return isFull ? this.#bytes.subarray(0, this.#length) : this.#bytes.slice(0, this.#length);
  }

  /** Makes room for one message of the greatest length, all zero; gives where it starts. */
  #begin(): number {
    const needed = this.#length + this.#codec.maxMessageLength;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#length;
  }

  #end(start: number): void {
    writeHeader(this.#bytes, start, this.#length - start, updateType);
  }

  /** Writes prefixes from the index on as long as they end before `end`; gives the next index. */
  #fill(family: Family, list: NlriList, from: number, offset: number, end: number): number {
    const { prefixes, ids } = list;
    const addPath = this.#codec.addPathSend.includes(family);
    let index = from;
    for (; index < prefixes.length; index++) {
      const prefix = prefixes[index];
      if (prefix === undefined) break;
      const id = addPath ? ids[index] : undefined;
      if (offset + nlriLength(prefix, id) > end) break;
      offset = writeNlri(this.#bytes, offset, prefix, id);
    }
    if (index === from) throw new Error("Bug: no room for a prefix in a message");
    this.#length = offset;
    return index;
  }

  /** Flags, type and AFI, SAFI of MP_REACH_NLRI or MP_UNREACH_NLRI; the length comes afterwards. */
  #putMpHead(offset: number, type: number, family: Family): number {
    this.#bytes[offset] = extendedOptional;
    this.#bytes[offset + 1] = type;
    this.#putU16(offset + 4, unicast[family].afi);
    this.#bytes[offset + 6] = unicast[family].safi;
    return offset + 7;
  }

  #putU16(offset: number, value: number): void {
    this.#bytes[offset] = value >>> 8;
    this.#bytes[offset + 1] = value;
  }
}

/**
 * Cuts a stream of bytes into messages (RFC 4271 section 4.1), checking each header before a byte of
 * its message is waited for (section 6.1).
 *
 * ```ts
 * framer.push(chunk);
 * for (let next = framer.next(); next.ok && next.value; next = framer.next()) handle(next.value);
 * ```
 *
 * @module
 */

import { err, ok, type Result } from "../../result/mod.ts";
import { checkHeader, claimedLength, headerLength, plainMaxLength } from "./header.ts";
import type { ProtocolError } from "./message.ts";

const none: Result<undefined, ProtocolError> = ok(undefined);

/**
 * Holds the bytes of a stream until they are messages. After `next` has been asked until it gives
 * undefined, less than one message is kept, so memory is bounded by the longest message and one chunk.
 */
export class Framer {
  #buffer = new Uint8Array(2 * plainMaxLength);
  #start = 0;
  #end = 0;
  #maxLength = plainMaxLength;
  #failed: Result<undefined, ProtocolError> | undefined;

  /** The longest message to accept, in bytes; 4096 until RFC 8654 is agreed on. */
  get maxLength(): number {
    return this.#maxLength;
  }

  /** Takes effect with the next header. */
  set maxLength(length: number) {
    this.#maxLength = length;
  }

  /** Bytes that are held and not yet given as a message. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Takes the next bytes of the stream; they are copied. */
  push(chunk: Uint8Array): void {
    if (this.#failed !== undefined) return;
    const needed = this.pending + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
      this.#end -= this.#start;
      this.#start = 0;
    } else if (this.#end + chunk.length > this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole message with its header; undefined when more bytes are needed. The bytes are a
   * view that is good until the next `push`. After an error nothing more is read.
   */
  next(): Result<Uint8Array | undefined, ProtocolError> {
    if (this.#failed !== undefined) return this.#failed;
    if (this.pending < headerLength) return none;
    const fault = checkHeader(this.#buffer, this.#start, this.#maxLength);
    if (fault !== undefined) {
      this.#failed = err(fault);
      this.#start = this.#end;
      return this.#failed;
    }
    const length = claimedLength(this.#buffer, this.#start);
    if (this.pending < length) return none;
    const message = this.#buffer.subarray(this.#start, this.#start + length);
    this.#start += length;
    return ok(message);
  }
}

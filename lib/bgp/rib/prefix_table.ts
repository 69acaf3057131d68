/**
 * Which slot a prefix has. Hot tables are arrays by slot, and this is the one place where a prefix is
 * looked up: IPv4 in typed arrays with open addressing (13 bytes a prefix or so; a Map of numbers
 * beyond 31 bits costs several times that), IPv6 in a Map of bigints.
 *
 * @module
 */

import { type Prefix, prefixKey } from "../../net/mod.ts";

/** In place of a prefix length: the slot holds no IPv4 prefix. */
const notIpv4 = 255;

/** A map from prefixes to slots; the caller chooses the slots, small and dense. */
export class PrefixTable {
  /** Slot + 1, or 0 where nothing is; the size is a power of two, at most half full. */
  #heads = new Int32Array(64);
  /** Of the hash of a block, to the right: what is left selects a run of sixteen heads. */
  #shift = 30;
  #ipv4Count = 0;
  /** By slot. */
  #address = new Uint32Array(32);
  #length = new Uint8Array(32).fill(notIpv4);
  #ipv6 = new Map<bigint, number>();

  /** The slot of the prefix, or -1. */
  find(prefix: Prefix): number {
    const { address, length } = prefix;
    if (address.family === 6) return this.#ipv6.get(ipv6Key(prefix)) ?? -1;
    const mask = this.#heads.length - 1;
    const value = address.value;
    for (let at = this.#home(value, length);; at = (at + 1) & mask) {
      const slot = (this.#heads[at] ?? 0) - 1;
      if (slot < 0) return -1;
      if (this.#address[slot] === value && this.#length[slot] === length) return slot;
    }
  }

  /** Gives the slot to a prefix that has none; the slot must be free. */
  insert(prefix: Prefix, slot: number): void {
    const { address, length } = prefix;
    if (address.family === 6) {
      this.#ipv6.set(ipv6Key(prefix), slot);
      return;
    }
    if ((this.#ipv4Count + 1) * 2 > this.#heads.length) this.#growHeads();
    if (slot >= this.#address.length) this.#growSlots(slot);
    this.#address[slot] = address.value;
    this.#length[slot] = length;
    this.#place(slot);
    this.#ipv4Count++;
  }

  /** Takes the slot from the prefix that has it. */
  remove(prefix: Prefix): void {
    if (prefix.address.family === 6) {
      this.#ipv6.delete(ipv6Key(prefix));
      return;
    }
    const slot = this.find(prefix);
    if (slot < 0) return;
    this.#unplace(slot);
    this.#length[slot] = notIpv4;
    this.#ipv4Count--;
  }

  /** Neighbours share a cache line: blocks of sixteen addresses are scattered, not addresses. */
  #home(value: number, length: number): number {
    const block = Math.imul((value >>> 4) + Math.imul(length, 0x632be5ab), 0x9e3779b1);
    return ((block >>> this.#shift) << 4) | (value & 15);
  }

  #homeOf(slot: number): number {
    return this.#home(this.#address[slot] ?? 0, this.#length[slot] ?? 0);
  }

  #place(slot: number): void {
    const mask = this.#heads.length - 1;
    let at = this.#homeOf(slot);
    while (this.#heads[at] !== 0) at = (at + 1) & mask;
    this.#heads[at] = slot + 1;
  }

  /** Deletes by moving later members of the run back, so that no tombstones gather. */
  #unplace(slot: number): void {
    const heads = this.#heads;
    const mask = heads.length - 1;
    let hole = this.#homeOf(slot);
    while (heads[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask;; at = (at + 1) & mask) {
      const head = heads[at] ?? 0;
      if (head === 0) break;
      const home = this.#homeOf(head - 1);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      heads[hole] = head;
      hole = at;
    }
    heads[hole] = 0;
  }

  #growHeads(): void {
    const old = this.#heads;
    this.#heads = new Int32Array(old.length * 2);
    this.#shift--;
    for (let at = 0; at < old.length; at++) {
      const head = old[at] ?? 0;
      if (head !== 0) this.#place(head - 1);
    }
  }

  #growSlots(slot: number): void {
    const size = Math.max(slot + 1, this.#address.length * 2);
    const address = new Uint32Array(size);
    address.set(this.#address);
    this.#address = address;
    const length = new Uint8Array(size).fill(notIpv4);
    length.set(this.#length);
    this.#length = length;
  }
}

function ipv6Key(prefix: Prefix): bigint {
  return BigInt(prefixKey(prefix));
}

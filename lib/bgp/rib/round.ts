/**
 * One round of telling a peer: what is to be withdrawn and announced, gathered by attribute set, and
 * then packed at once.
 *
 * @module
 */

import type { Family, Prefix } from "../../net/mod.ts";
import { type CodecOptions, nlriLength } from "../wire/mod.ts";
import { NlriList, UpdatePacker } from "./update_packer.ts";
import { type AttributeSet, sameAttributes, type SeenPaths, updateOverhead } from "./view.ts";

const families = [4, 6] as const;

/** What is told in one go. Prefixes that go are said first, then paths, then paths that were lost. */
export class Round {
  readonly #codec: CodecOptions;
  readonly #gone = { 4: new NlriList(), 6: new NlriList() };
  readonly #lost = { 4: new NlriList(), 6: new NlriList() };
  readonly #groups = new Map<AttributeSet, NlriList>();
  #lastSet: AttributeSet | undefined;
  #lastList = new NlriList();
  readonly #endOfRib: Family[] = [];
  #bytes = 0;

  /** Starts with nothing to say. */
  constructor(codec: CodecOptions) {
    this.#codec = codec;
  }

  /** How many bytes the prefixes take so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds what leads from the paths told `then` to those of `now`; `again` repeats those unchanged. */
  add(prefix: Prefix, change: { then: SeenPaths; now: SeenPaths; again: boolean }): void {
    const { then, now, again } = change;
    for (let i = 0; i < now.count; i++) {
      const set = now.sets[i];
      const id = now.ids[i] ?? 0;
      if (set === undefined) continue;
      const at = indexOfId(then, id);
      if (again || at < 0 || !sameAttributes(then.sets[at], set)) this.#announce(set, prefix, id);
    }
    const withdrawn = now.count === 0 ? this.#gone : this.#lost;
    for (let i = 0; i < then.count; i++) {
      const id = then.ids[i] ?? 0;
      if (indexOfId(now, id) < 0) this.#append(withdrawn[prefix.address.family], prefix, id);
    }
  }

  /** Ends the round with End-of-RIB for each family. */
  endOfRib(families: readonly Family[]): void {
    this.#endOfRib.push(...families);
  }

  /** Packs everything into whole messages; empty when there is nothing to say. */
  pack(): Uint8Array {
    const messages = this.#groups.size + 4 + this.#bytes / (this.#codec.maxMessageLength / 2);
    const overhead = Math.ceil(messages) * (updateOverhead[6] + 96);
    const packer = new UpdatePacker(this.#codec, this.#bytes + overhead);
    for (const family of families) packer.withdraw(family, this.#gone[family]);
    for (const [set, list] of this.#groups) packer.announce(set, list);
    for (const family of families) packer.withdraw(family, this.#lost[family]);
    for (const family of this.#endOfRib) packer.endOfRib(family);
    return packer.finish();
  }

  #announce(set: AttributeSet, prefix: Prefix, id: number): void {
    if (set !== this.#lastSet) {
      let list = this.#groups.get(set);
      if (list === undefined) this.#groups.set(set, list = new NlriList());
      this.#lastSet = set;
      this.#lastList = list;
    }
    this.#append(this.#lastList, prefix, id);
  }

  #append(list: NlriList, prefix: Prefix, id: number): void {
    list.add(prefix, id);
    this.#bytes += nlriLength(prefix, id === 0 ? undefined : id);
  }
}

function indexOfId(paths: SeenPaths, id: number): number {
  for (let i = 0; i < paths.count; i++) if (paths.ids[i] === id) return i;
  return -1;
}

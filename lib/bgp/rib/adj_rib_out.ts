/**
 * Adj-RIB-Out (RFC 4271 section 3.2): what one peer was really told, and the UPDATEs that bring it
 * to what the peer shall be told. The difference is taken when bytes are made, not when a change
 * happens, so changes that come faster than the peer reads are coalesced by themselves.
 *
 * A prefix that stays is never without a path in between: its new paths are announced before those
 * it lost are withdrawn.
 *
 * @module
 */

import { type Family, type Prefix, type PrefixKey, prefixKey } from "../../net/mod.ts";
import type { LocRib, RibChange } from "./loc_rib.ts";
import type { PathSet } from "./path_table.ts";
import { Round } from "./round.ts";
import { type LiveView, noPaths, PathViewer, type PeerView } from "./view.ts";

/** What is to be done about a slot. The first of these that stands anywhere is done first. */
const mark = { none: 0, gone: 1, dirty: 2, again: 3, held: 4 } as const;
type Mark = typeof mark[keyof typeof mark];

/**
 * About so many bytes of prefixes are packed at once: few half-empty messages, bounded memory. The
 * first round is smaller, so that the peer has something to do while the next is packed.
 */
const usualRoundBytes = 1 << 20;
const firstRoundBytes = 1 << 16;

interface Orphan {
  readonly prefix: Prefix;
  readonly said: PathSet;
  readonly viewer: PathViewer;
}

/** What one peer was told, and what is still to be told. */
export class AdjRibOut {
  readonly #rib: LocRib;
  #view: PeerView;
  #viewer: PathViewer;
  readonly #mostRoundBytes: number;
  #roundBytes: number;
  /** By slot: what was said, or undefined. */
  #said: (PathSet | undefined)[] = [];
  /** By slot: the view in which that was said, where it is not the one of now. */
  #saidIn: (PathViewer | undefined)[] = [];
  #marks = new Uint8Array(64);
  /** How many slots have each mark, and below which slot none has it. */
  #counts = [0, 0, 0, 0, 0];
  #from = [0, 0, 0, 0, 0];
  /** Said of prefixes that are gone and whose slot another prefix has: withdrawn first of all. */
  #orphans = new Map<PrefixKey, Orphan>();
  /** Families that the peer wants to hear again. */
  #toRefresh = new Set<Family>();
  #packed: Uint8Array = new Uint8Array();
  #packedAt = 0;
  #endOfRibSent = false;
  #sentPrefixes = 0;
  #sentPaths = 0;
  #old = noPaths();
  #new = noPaths();

  /**
   * Starts with nothing said: everything in `rib` is to be told. At most about `roundBytes` of
   * prefixes are packed ahead of what `next` gives out.
   */
  constructor(rib: LocRib, view: PeerView, roundBytes = usualRoundBytes) {
    this.#mostRoundBytes = roundBytes;
    this.#roundBytes = Math.min(firstRoundBytes, roundBytes);
    this.#rib = rib;
    this.#view = view;
    this.#viewer = new PathViewer(view);
    this.#grow();
    for (let slot = 0; slot < rib.slots; slot++) {
      if (rib.paths(slot) !== undefined) this.#mark(slot, mark.dirty);
    }
  }

  /** Prefixes about which something may have to be said and is not packed yet. */
  get pending(): number {
    return this.#count(mark.gone) + this.#count(mark.dirty) + this.#count(mark.again) +
      this.#orphans.size;
  }

  /** Prefixes the peer was told and not taken back. */
  get sentPrefixes(): number {
    return this.#sentPrefixes;
  }

  /** Paths the peer was told and not taken back. */
  get sentPaths(): number {
    return this.#sentPaths;
  }

  /** Prefixes that `maxPrefixes` keeps back. */
  get heldBack(): number {
    return this.#count(mark.held);
  }

  /** How many paths of a prefix the peer was told and not taken back, as far as they are packed. */
  toldPaths(prefix: Prefix): number {
    const slot = this.#rib.slotOf(prefix);
    const said = slot === undefined ? undefined : this.#said[slot];
    const seen = noPaths();
    this.#viewer.look(said, prefix, seen);
    return seen.count;
  }

  /** Takes note of a change of the LocRib; every change must be given, in order. */
  changed(change: RibChange): void {
    this.#grow();
    for (const { slot, prefix } of change.reused) this.#orphan(slot, prefix);
    for (const slot of change.slots) {
      if (this.#rib.paths(slot) === undefined) {
        this.#mark(slot, this.#said[slot] === undefined ? mark.none : mark.gone);
        continue;
      }
      if (this.#orphans.size > 0) this.#adopt(slot);
      if (this.#marks[slot] !== mark.again) this.#mark(slot, mark.dirty);
    }
  }

  /**
   * Another view of the same routes: the difference between the two is said, and nothing else. Where
   * the cap is lower now, prefixes beyond it are withdrawn.
   */
  look(live: LiveView): void {
    const before = this.#viewer;
    this.#view = { ...this.#view, ...live };
    this.#viewer = new PathViewer(this.#view);
    for (let slot = 0; slot < this.#said.length; slot++) {
      if (this.#said[slot] !== undefined) this.#saidIn[slot] ??= before;
      const done = this.#marks[slot] === mark.none || this.#marks[slot] === mark.held;
      if (done && this.#rib.paths(slot) !== undefined) this.#mark(slot, mark.dirty);
    }
  }

  /**
   * Says everything of the family again (RFC 2918). No End-of-RIB follows: RFC 7313 is not spoken.
   * Cheap however often it is called: what is asked for before the next round begins is one look at
   * the table, and nothing is begun anew while something is being said again.
   */
  refresh(family: Family): void {
    this.#toRefresh.add(family);
  }

  /**
   * The next whole UPDATE messages, at least one and otherwise no more than `budget` bytes;
   * undefined when the peer was told everything. Withdrawn prefixes come first; End-of-RIB (RFC
   * 4724) comes once in each family, after the first table that was whole. The array is the caller's to keep.
   */
  next(budget: number): Uint8Array | undefined {
    while (this.#packedAt === this.#packed.length) {
      if (!this.#pack()) return undefined;
    }
    const start = this.#packedAt;
    const bytes = this.#packed;
    let end = start;
    while (end < bytes.length) {
      const length = ((bytes[end + 16] ?? 0) << 8) | (bytes[end + 17] ?? 0);
      if (end > start && end + length - start > budget) break;
      end += length;
    }
    this.#packedAt = end;
    if (end === bytes.length) {
      this.#packed = new Uint8Array();
      this.#packedAt = 0;
    }
    return bytes.subarray(start, end);
  }

  #refreshNow(): void {
    if (this.#toRefresh.size === 0 || this.#count(mark.again) > 0) return;
    for (let slot = 0; slot < this.#said.length; slot++) {
      if (this.#said[slot] === undefined) continue;
      if (!this.#toRefresh.has(this.#rib.prefix(slot).address.family)) continue;
      if (this.#marks[slot] !== mark.gone) this.#mark(slot, mark.again);
    }
    this.#toRefresh.clear();
  }

  /** Sets aside what was said of the slot's former prefix: another one has the slot now. */
  #orphan(slot: number, prefix: Prefix): void {
    const said = this.#said[slot];
    if (said === undefined) return;
    this.#orphans.set(prefixKey(prefix), { prefix, said, viewer: this.#viewerOf(slot) });
    this.#said[slot] = this.#saidIn[slot] = undefined;
  }

  /** Takes up what was said of the slot's prefix while it had another slot. */
  #adopt(slot: number): void {
    const key = prefixKey(this.#rib.prefix(slot));
    const orphan = this.#orphans.get(key);
    if (orphan === undefined) return;
    this.#said[slot] = orphan.said;
    if (orphan.viewer !== this.#viewer) this.#saidIn[slot] = orphan.viewer;
    this.#orphans.delete(key);
  }

  /** The eyes that saw what was said of the slot. */
  #viewerOf(slot: number): PathViewer {
    return this.#saidIn[slot] ?? this.#viewer;
  }

  /** Packs the next round; false when there is nothing to say. */
  #pack(): boolean {
    this.#refreshNow();
    const round = new Round(this.#view.codec);
    for (const orphan of this.#orphans.values()) this.#withdrawAll(orphan, round);
    this.#orphans.clear();
    for (const kind of [mark.gone, mark.dirty, mark.again] as const) this.#take(kind, round);
    if (this.#count(mark.held) > 0) this.#take(mark.held, round);
    if (!this.#endOfRibSent && this.pending === 0 && this.#rib.isWhole) {
      this.#endOfRibSent = true;
      round.endOfRib(this.#view.families);
    }
    const grown = Math.min(2 * this.#roundBytes, this.#mostRoundBytes);
    this.#roundBytes = this.pending > 0 ? grown : Math.min(firstRoundBytes, this.#mostRoundBytes);
    this.#packed = round.pack();
    this.#packedAt = 0;
    return this.#packed.length > 0 || this.pending > 0;
  }

  /** Brings slots with the mark into the round, as long as it has room. */
  #take(kind: Mark, round: Round): void {
    const marks = this.#marks;
    let slot = this.#from[kind] ?? 0;
    while (this.#count(kind) > 0 && round.bytes < this.#roundBytes) {
      if (kind === mark.held && this.#sentPrefixes >= this.#view.maxPrefixes) return;
      while (marks[slot] !== kind) slot++;
      this.#mark(slot, mark.none);
      this.#say(slot, kind === mark.again, round);
      slot++;
      this.#from[kind] = slot;
    }
  }

  /** Brings what the peer knows of a slot's prefix to what it shall know. */
  #say(slot: number, again: boolean, round: Round): void {
    const said = this.#said[slot];
    const paths = this.#rib.paths(slot);
    if (said === paths && !again && this.#saidIn[slot] === undefined) return;
    const prefix = this.#rib.prefix(slot);
    const then = this.#old;
    const now = this.#new;
    this.#viewerOf(slot).look(said, prefix, then);
    this.#viewer.look(paths, prefix, now);
    const others = this.#sentPrefixes - Math.min(then.count, 1);
    const isHeld = now.count > 0 && others >= this.#view.maxPrefixes;
    if (isHeld) now.count = 0;
    this.#sentPrefixes = others + Math.min(now.count, 1);
    this.#sentPaths += now.count - then.count;
    this.#said[slot] = now.count > 0 ? paths : undefined;
    this.#saidIn[slot] = undefined;
    round.add(prefix, { then, now, again });
    if (isHeld) this.#mark(slot, mark.held);
  }

  #withdrawAll({ prefix, said, viewer }: Orphan, round: Round): void {
    viewer.look(said, prefix, this.#old);
    viewer.look(undefined, prefix, this.#new);
    round.add(prefix, { then: this.#old, now: this.#new, again: false });
    this.#sentPrefixes--;
    this.#sentPaths -= this.#old.count;
  }

  #count(kind: Mark): number {
    return this.#counts[kind] ?? 0;
  }

  #mark(slot: number, kind: Mark): void {
    const before = this.#marks[slot] ?? 0;
    if (before === kind) return;
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
    this.#marks[slot] = kind;
    if (slot < (this.#from[kind] ?? 0)) this.#from[kind] = slot;
  }

  #grow(): void {
    const slots = this.#rib.slots;
    if (slots > this.#marks.length) {
      const marks = new Uint8Array(Math.max(slots, 2 * this.#marks.length));
      marks.set(this.#marks);
      this.#marks = marks;
    }
    if (slots > this.#said.length) {
      const said = new Array<PathSet | undefined>(Math.max(slots, 2 * this.#said.length));
      for (let slot = 0; slot < this.#said.length; slot++) said[slot] = this.#said[slot];
      this.#said = said;
    }
  }
}

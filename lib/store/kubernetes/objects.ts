/**
 * What the API server has, as far as it matters to porter, and the snapshot of it. Synchronous: the
 * reading and writing is elsewhere.
 *
 * EndpointSlices are kept of all Services, since any Service may become porter's, but are shown only
 * of those that matter: what happens in the rest of a cluster is no change of the snapshot.
 *
 * @module
 */

import {
  emptySnapshot,
  type KindName,
  nextSnapshot,
  type Noun,
  type ObjectFault,
  type Snapshot,
} from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { type Entry, readEntry, refOf } from "./entry.ts";
import { judgeNews, type News, type WriteAnswer } from "./held_back.ts";
import { type Raw, record, uidOf, versionOf } from "./raw.ts";
import { type Resource, resources, worthReading } from "./resources.ts";
import type { NamedSecrets } from "./secrets.ts";
import { SliceIndex } from "./slice_index.ts";

/** One kind's objects, and the state of its list. */
interface Table {
  readonly entries: Map<string, Entry>;
  listed: boolean;
  /** The list under way: what it had so far, and how many answers had been taken when it began. */
  list: { readonly seen: Set<string>; readonly after: number } | undefined;
}

/** Everything that the API server has and porter needs. */
export class KubernetesObjects {
  readonly #tables = new Map<KindName, Table>();
  readonly #slices = new SliceIndex();
  readonly #changed = new Map<string, ObjectRef>();
  /** What the snapshot has. */
  readonly #shown = new Map<string, Noun>();
  /** Entries that have faults, or reserve addresses. */
  readonly #faulty = new Map<string, Entry>();
  #faultsChanged = true;
  /** Faults that are not of one version of an object, by a key of their owner's. */
  readonly #problems = new Map<string, ObjectFault>();
  readonly #heldBack = new Map<string, { readonly news: News[]; holders: number }>();
  readonly #answers = new Map<string, WriteAnswer>();
  /** The version whose event must come before any other event of an object counts. */
  readonly #awaited = new Map<string, { readonly version: string; readonly count: number }>();
  #answerCount = 0;
  #snapshot: Snapshot = { ...emptySnapshot, complete: false };

  /** Makes a cache of these kinds; others stay empty. */
  constructor(kinds: readonly KindName[]) {
    for (const kind of kinds) {
      this.#tables.set(kind, { entries: new Map(), listed: false, list: undefined });
    }
  }

  /** What was known at the last refresh. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** What is known of an object now. */
  entry(ref: ObjectRef): Entry | undefined {
    return this.#tables.get(ref.kind as KindName)?.entries.get(refKey(ref));
  }

  /** An object as the snapshot has it. */
  shown(ref: ObjectRef): Noun["object"] | undefined {
    return this.#shown.get(refKey(ref))?.object;
  }

  /** A list begins. */
  listStarts({ kind }: Resource): void {
    this.#table(kind).list = { seen: new Set(), after: this.#answerCount };
  }

  /** A part of the list. */
  listItems(resource: Resource, items: readonly Raw[]): void {
    const { list } = this.#table(resource.kind);
    for (const raw of items) {
      list?.seen.add(refKey(refOf(resource, raw)));
      this.#hear(resource, { type: "set", raw, listedAfter: list?.after }, refOf(resource, raw));
    }
  }

  /** The list is whole: what was not in it is gone. */
  listEnds(resource: Resource): void {
    const table = this.#table(resource.kind);
    const { list } = table;
    table.list = undefined;
    table.listed = true;
    if (list === undefined) return;
    for (const [key, { ref }] of [...table.entries]) {
      if (list.seen.has(key)) continue;
      this.#hear(resource, { type: "gone", raw: undefined, listedAfter: list.after }, ref);
    }
  }

  /** The server has no such resource. */
  missing(resource: Resource): void {
    this.listStarts(resource);
    this.listEnds(resource);
  }

  /** An event of a watch. */
  event(resource: Resource, type: News["type"], raw: Raw): void {
    this.#hear(resource, { type, raw, listedAfter: undefined }, refOf(resource, raw));
  }

  /** Says, or with undefined no longer says, that something is wrong beside the objects' own faults. */
  setProblem(key: string, fault: ObjectFault | undefined): void {
    if (fault === undefined ? !this.#problems.delete(key) : this.#problems.get(key) === fault) {
      return;
    }
    if (fault !== undefined) this.#problems.set(key, fault);
    this.#faultsChanged = true;
  }

  /** Holds back what is heard of an object until `release` was called as often. */
  holdBack(ref: ObjectRef): void {
    const key = refKey(ref);
    const heldBack = this.#heldBack.get(key);
    if (heldBack === undefined) this.#heldBack.set(key, { news: [], holders: 1 });
    else heldBack.holders++;
  }

  /** The newest version of an object that is known whole, with what a write was answered. */
  newest(ref: ObjectRef): { readonly version: string; readonly status: Raw } | undefined {
    const answer = this.#answers.get(refKey(ref));
    if (answer !== undefined) {
      return { version: versionOf(answer.raw), status: record(answer.raw.status) };
    }
    const entry = this.entry(ref);
    return entry?.good === true && entry.noun !== undefined
      ? { version: entry.version, status: entry.noun.object.status }
      : undefined;
  }

  /** Takes the server's answer to a write of an object that is held back; `release` shows it. */
  answered(ref: ObjectRef, raw: Raw): void {
    this.#answers.set(refKey(ref), { raw, count: ++this.#answerCount });
  }

  /** Takes the newest of what was answered and heard. */
  release(ref: ObjectRef): void {
    const key = refKey(ref);
    const heldBack = this.#heldBack.get(key);
    if (heldBack === undefined || --heldBack.holders > 0) return;
    const { news } = heldBack;
    const answer = this.#answers.get(key);
    this.#heldBack.delete(key);
    this.#answers.delete(key);
    const resource = resources[ref.kind as KindName];
    const before = this.entry(ref)?.version;
    // What an earlier write waited for came before this answer.
    if (answer !== undefined && versionOf(answer.raw) !== before) this.#awaited.delete(key);
    const verdict = judgeNews(before, news, answer);
    if (verdict.answer !== undefined) {
      const { raw, count } = verdict.answer;
      this.#set(resource, raw, ref);
      this.#awaited.set(key, { version: versionOf(raw), count });
    }
    for (const each of verdict.news) this.#take(resource, each, ref);
  }

  /**
   * Makes the snapshot of everything heard since the last call, Secrets as they are given; whether it
   * differs.
   */
  refresh(secrets?: NamedSecrets): boolean {
    const set: Noun[] = [];
    const removed: ObjectRef[] = [];
    for (const { ref, noun } of secrets?.takeChanges() ?? []) {
      if (noun === undefined) removed.push(ref);
      else set.push(noun);
    }
    for (const [key, ref] of this.#changed) {
      const entry = this.entry(ref);
      if (entry?.noun !== undefined && this.#isShown(entry.noun)) {
        set.push(entry.noun);
        this.#shown.set(key, entry.noun);
      } else if (this.#shown.delete(key)) removed.push(ref);
    }
    this.#changed.clear();
    const next = nextSnapshot(this.#snapshot, {
      set,
      removed,
      ...(secrets !== undefined && { unreadSecrets: secrets.unread }),
      complete: [...this.#tables.values()].every(({ listed }) => listed),
      ...(this.#faultsChanged ? this.#faultsAndReserved() : {}),
    });
    this.#faultsChanged = false;
    const differs = next !== this.#snapshot;
    this.#snapshot = next;
    return differs;
  }

  #table(kind: KindName): Table {
    const table = this.#tables.get(kind);
    if (table === undefined) throw new Error(`Nobody asked for objects of kind ${kind}`);
    return table;
  }

  #hear(resource: Resource, news: News, ref: ObjectRef): void {
    const heldBack = this.#heldBack.get(refKey(ref));
    if (heldBack === undefined) this.#take(resource, news, ref);
    else heldBack.news.push(news);
  }

  /** Takes news unless something newer is known. */
  #take(resource: Resource, news: News, ref: ObjectRef): void {
    const key = refKey(ref);
    const awaited = this.#awaited.get(key);
    const { raw, listedAfter } = news;
    if (awaited !== undefined) {
      const comes = listedAfter !== undefined
        ? listedAfter >= awaited.count
        : raw !== undefined && versionOf(raw) === awaited.version;
      const ends = news.type === "gone" && raw !== undefined &&
        uidOf(raw) === this.entry(ref)?.uid;
      if (!comes && !ends) return;
      this.#awaited.delete(key);
    }
    if (news.type === "gone" || raw === undefined) this.#remove(ref);
    else this.#set(resource, raw, ref);
  }

  #set(resource: Resource, raw: Raw, ref: ObjectRef): void {
    const { entries } = this.#table(resource.kind);
    const key = refKey(ref);
    const before = entries.get(key);
    if (before !== undefined && before.version === versionOf(raw) && before.version !== "") return;
    const worth = worthReading(resource, raw);
    if (worth === undefined) return this.#remove(ref);
    const same = before !== undefined && before.uid === uidOf(raw) ? before : undefined;
    this.#put(key, readEntry(resource, worth, { version: versionOf(raw), before: same }), before);
  }

  #remove(ref: ObjectRef): void {
    const key = refKey(ref);
    this.#awaited.delete(key);
    const before = this.#table(ref.kind as KindName).entries.get(key);
    if (before !== undefined) this.#put(key, undefined, before);
  }

  #put(key: string, entry: Entry | undefined, before: Entry | undefined): void {
    const ref = entry?.ref ?? before?.ref;
    if (ref === undefined) return;
    const { entries } = this.#table(ref.kind as KindName);
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
    if (isFaulty(entry) || isFaulty(before)) {
      if (isFaulty(entry)) this.#faulty.set(key, entry);
      else this.#faulty.delete(key);
      this.#faultsChanged = true;
    }
    this.#slices.change(before?.noun, entry?.noun);
    this.#changed.set(key, ref);
    // A Service that appears brings its slices with it, and takes them along when it goes.
    if (ref.kind === "Service" && (entry?.noun === undefined) !== (before?.noun === undefined)) {
      for (const slice of this.#slices.of(ref)) this.#changed.set(refKey(slice), slice);
      this.#faultsChanged = true;
    }
  }

  #isShown({ kind, object }: Noun): boolean {
    if (kind !== "EndpointSlice") return true;
    const { namespace } = object.ref;
    return this.entry({ kind: "Service", namespace, name: object.service })?.noun !== undefined;
  }

  #faultsAndReserved(): Pick<Snapshot, "faults" | "reserved"> {
    const entries = [...this.#faulty.entries()]
      .sort(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry)
      .filter(({ noun }) => noun === undefined || this.#isShown(noun));
    return {
      faults: [...this.#problems.values(), ...entries.flatMap(({ faults }) => faults)],
      reserved: entries.flatMap(({ reserved }) => reserved),
    };
  }
}

function isFaulty(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && (entry.faults.length > 0 || entry.reserved.length > 0);
}

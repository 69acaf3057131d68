/**
 * What the watch says of objects while we write them. Two requests make one change of a Service, and
 * the watch tells of each, sooner or later than the server's answers do; a reader must see neither the
 * half of a change nor an older version after a newer one. So while an object is written its news are
 * held back, and afterwards it is decided what is newest.
 *
 * Versions are compared for equality only, as the API asks of its clients. What makes an answer newer
 * than an event is that the event of the answer's own version has not come yet.
 *
 * @module
 */

import { type Raw, uidOf, versionOf } from "./raw.ts";

/** News of one object: from the watch, or from a list. */
export interface News {
  readonly type: "set" | "gone";
  /** The object; undefined when a list did not have it. */
  readonly raw: Raw | undefined;
  /** How many answers had been taken when the list began; undefined for an event of a watch. */
  readonly listedAfter: number | undefined;
}

/** The server's answer to a write. */
export interface WriteAnswer {
  readonly raw: Raw;
  /** Counts all answers, so that lists that began later are known to be newer. */
  readonly count: number;
}

/** What to take after a write. */
export interface Verdict {
  /** Take the answer first, and no event until the one of its version has come. */
  readonly answer: WriteAnswer | undefined;
  /** Then these, in this order. */
  readonly news: readonly News[];
}

/** What is newest after a write: `version` is what was known of the object when the write began. */
export function judgeNews(
  version: string | undefined,
  news: readonly News[],
  answer: WriteAnswer | undefined,
): Verdict {
  if (answer === undefined) return { answer: undefined, news };
  const answered = versionOf(answer.raw);
  // Nothing was changed by the write, so all news are newer.
  if (answered === version) return { answer: undefined, news };
  const newer = news.findIndex((each) => isNotOlder(each, answer));
  if (newer < 0) return { answer, news: [] };
  return { answer: undefined, news: news.slice(newer) };
}

/** Whether news are at least as new as an answer, for all that can be known. */
function isNotOlder(news: News, answer: WriteAnswer): boolean {
  if (news.listedAfter !== undefined && news.listedAfter >= answer.count) return true;
  if (news.raw === undefined) return false;
  if (versionOf(news.raw) === versionOf(answer.raw)) return true;
  // Nothing comes after a deletion, but another object of the name, which is not the one we wrote.
  return news.type === "gone" && uidOf(news.raw) === uidOf(answer.raw);
}

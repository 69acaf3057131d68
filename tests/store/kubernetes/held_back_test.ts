import { assertEquals } from "@std/assert";
import { judgeNews, type News } from "../../../lib/store/kubernetes/held_back.ts";

Deno.test("judgeNews() takes what is newest of a write's answer and what was heard meanwhile", () => {
  const raw = (resourceVersion: string, uid = "u") => ({ metadata: { resourceVersion, uid } });
  const set = (version: string, listedAfter?: number): News => ({
    type: "set",
    raw: raw(version),
    listedAfter,
  });
  const answer = { raw: raw("5"), count: 3 };
  // The watch has yet to come to the answer's version.
  assertEquals(judgeNews("1", [set("4")], answer), { answer, news: [] });
  // It came past it.
  assertEquals(judgeNews("1", [set("4"), set("5"), set("6")], answer).news, [set("5"), set("6")]);
  // Nothing was changed by the write.
  assertEquals(judgeNews("5", [set("6")], answer), { answer: undefined, news: [set("6")] });
  // A list that began after the answer is newer, one that began before is not.
  assertEquals(judgeNews("1", [set("9", 3)], answer).news, [set("9", 3)]);
  assertEquals(judgeNews("1", [set("4", 2)], answer), { answer, news: [] });
  // Nothing comes after the deletion of the same object; that of an earlier one of its name is old.
  const gone = (uid: string): News => ({
    type: "gone",
    raw: raw("7", uid),
    listedAfter: undefined,
  });
  assertEquals(judgeNews("1", [gone("u")], answer).news, [gone("u")]);
  assertEquals(judgeNews("1", [gone("earlier")], answer), { answer, news: [] });
  assertEquals(judgeNews("1", [set("2")], undefined).news, [set("2")]);
});

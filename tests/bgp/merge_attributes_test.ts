import { assert, assertEquals } from "@std/assert";
import { mergeAttributes, type PathAttributes } from "../../lib/bgp/model/mod.ts";

Deno.test("the nearer value wins, and lists are united with each item once", () => {
  const near: PathAttributes = {
    med: 0,
    communities: [3, 1],
    largeCommunities: [[1, 2, 3]],
    onlyTo: ["a", "b"],
  };
  const far: PathAttributes = {
    med: 9,
    localPref: 200,
    prepend: 1,
    communities: [1, 2],
    largeCommunities: [[1, 2, 3], [4, 5, 6]],
    extendedCommunities: [7n],
    onlyTo: ["b", "c"],
  };
  assertEquals(mergeAttributes(near, far), {
    med: 0,
    localPref: 200,
    prepend: 1,
    communities: [3, 1, 2],
    largeCommunities: [[1, 2, 3], [4, 5, 6]],
    extendedCommunities: [7n],
    onlyTo: ["b"],
  });
});

Deno.test("where one side says nothing the other is given as it is", () => {
  const some: PathAttributes = { med: 5 };
  assert(mergeAttributes({}, some) === some);
  assert(mergeAttributes(some, {}) === some);
});

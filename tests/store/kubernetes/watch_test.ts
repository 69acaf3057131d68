import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConnectionError } from "../../../lib/store/mod.ts";
import { WatchDecoder, type WatchEvent } from "../../../lib/store/kubernetes/watch.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("WatchDecoder gives the same events wherever the bytes are cut", () => {
  const event = fc.record({
    type: fc.constantFrom("ADDED", "MODIFIED", "DELETED", "BOOKMARK"),
    object: fc.record({ metadata: fc.record({ name: fc.string({ unit: "grapheme" }) }) }),
  });
  fc.assert(fc.property(fc.array(event), fc.array(fc.nat(200)), (events, cuts) => {
    const all = bytes(events.map((each) => JSON.stringify(each) + "\n").join(""));
    const decoder = new WatchDecoder();
    const found: WatchEvent[] = [];
    const places = [...cuts.filter((cut) => cut < all.length), all.length].sort((a, b) => a - b);
    let from = 0;
    for (const to of places) {
      found.push(...decoder.push(all.subarray(from, to)));
      from = to;
    }
    assertEquals(JSON.stringify(found), JSON.stringify(events));
    assertEquals(decoder.within, false);
  }));
});

Deno.test("WatchDecoder throws nothing but ConnectionError, whatever it is fed", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (pieces) => {
    const decoder = new WatchDecoder();
    try {
      for (const piece of pieces) decoder.push(piece);
    } catch (thrown) {
      assert(thrown instanceof ConnectionError);
    }
  }));
  for (const line of ["{", "7", "{}", '{"type":"WHAT","object":{}}', '{"type":"ADDED"}']) {
    assertThrows(
      () => new WatchDecoder().push(bytes(line + "\n")),
      ConnectionError as ErrorConstructor,
    );
  }
});

Deno.test("WatchDecoder leaves out who wrote which field: nobody reads it, and it is half of all", () => {
  const object = {
    metadata: { name: "web", resourceVersion: "7", managedFields: [{ manager: "porter" }] },
    spec: { managedFields: "not those of metadata" },
  };
  const text = JSON.stringify({ type: "MODIFIED", object }) + "\n";
  const [event] = new WatchDecoder().push(new TextEncoder().encode(text));
  assertEquals(JSON.parse(JSON.stringify(event?.object)), {
    metadata: { name: "web", resourceVersion: "7" },
    spec: { managedFields: "not those of metadata" },
  });
});

import { assertEquals } from "@std/assert";
import { sameValue } from "../../lib/objects/mod.ts";
import { Secret } from "../../lib/secret/mod.ts";

Deno.test("a Secret is shown by nothing but reveal()", () => {
  const secret = new Secret("correct horse");
  const shown = [`${secret}`, JSON.stringify({ secret }), Deno.inspect({ secret }), String(secret)];
  shown.push(JSON.stringify({ ...secret }), JSON.stringify(structuredClone({ ...secret })));
  shown.push(Deno.inspect(secret, { showHidden: true, depth: 9 }));
  assertEquals(shown.filter((text) => text.includes("horse")), []);
  assertEquals(secret.reveal(), "correct horse");
});

Deno.test("two Secrets are the same when their texts are", () => {
  const peer = (text: string) => ({ name: "leaf", password: new Secret(text) });
  assertEquals(sameValue(peer("a"), peer("a")), true);
  assertEquals(sameValue(peer("a"), peer("b")), false);
  assertEquals(sameValue(peer("a"), { name: "leaf", password: {} }), false);
});

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeMessage, initialCodec } from "../../lib/bgp/wire/mod.ts";
import { ipv4, prefix } from "../../lib/net/mod.ts";
import { porter } from "../support/porter.ts";

const keepalive = `${"ff".repeat(16)}001304`;

const update = encodeMessage({
  type: "update",
  withdrawn: [],
  attributes: [
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [{ kind: "sequence", as: [4200000001] }] },
    { kind: "next-hop", address: ipv4(0xc0000201) },
  ],
  nlri: [{ prefix: prefix(ipv4(0xcb007100), 24), pathId: 7 }],
}, { ...initialCodec, as4: true, addPathSend: [4] });

Deno.test("porter decode reads hex from stdin", async () => {
  for (const args of [["decode"], ["decode", "-"], ["decode", "--hex"]]) {
    const { code, stdout, stderr } = await porter(args, { stdin: keepalive });
    assertEquals([code, stdout, stderr], [0, "0: KEEPALIVE\n", ""]);
  }
});

Deno.test("porter decode reads raw bytes from a file, and guesses what the OPENs would say", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, new Uint8Array([...Uint8Array.fromHex(keepalive), ...update]));
    const guessed = await porter(["decode", file]);
    assertEquals([guessed.code, guessed.stderr], [0, ""]);
    assertMatch(guessed.stdout, /^0: KEEPALIVE\n19: UPDATE\n/);
    assertStringIncludes(guessed.stdout, "4200000001");
    assertMatch(guessed.stdout, /announce 203\.0\.113\.0\/24.*7/);
    const told = await porter(["decode", "--as4", "--add-path", "ipv4", file]);
    assertEquals(told.stdout, guessed.stdout);
    const wrong = await porter(["decode", "--no-as4", "--add-path", "none", file]);
    assertStringIncludes(wrong.stdout, "fault: ");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("porter decode -o json says messages, faults and what was skipped", async () => {
  const stdin = new Uint8Array([1, 2, 3, ...Uint8Array.fromHex(keepalive), ...update.slice(0, 30)]);
  const { code, stdout } = await porter(["decode", "-o", "json"], { stdin });
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout), [
    { kind: "skipped", offset: 0, length: 3 },
    { kind: "message", offset: 3, message: { type: "keepalive" }, faults: [] },
    { kind: "skipped", offset: 22, length: 30 },
  ]);
});

const refused: { name: string; stdin: string; says: RegExp }[] = [
  { name: "nothing", stdin: "", says: /Cannot read the input: There are no hex digits/ },
  { name: "no hex", stdin: "hello", says: /"h" is not a hex digit/ },
  { name: "half a byte", stdin: "fff", says: /odd number/ },
  { name: "bytes without a message", stdin: "0102", says: /no BGP message in 2 bytes/ },
];

for (const { name, stdin, says } of refused) {
  Deno.test(`porter decode refuses ${name} with one line`, async () => {
    const { code, stdout, stderr } = await porter(["decode"], { stdin });
    assertMatch(stderr, says);
    assertMatch(stderr, /^porter: [^\n]+\n$/);
    assertEquals([code, stdout], [1, ""]);
  });
}

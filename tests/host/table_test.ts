import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeTable, ruleComment, rulesetChains } from "../../lib/host/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";

type Json = Record<string, unknown>;
type Objects = Record<string, Json>[];

const golden = Deno.readTextFileSync(new URL("../golden/host/table.json", import.meta.url));

/** The golden listing after an edit. */
function edited(edit: (objects: Objects) => Objects | void): string {
  const listing = JSON.parse(golden) as { nftables: Objects };
  return JSON.stringify({ nftables: edit(listing.nftables) ?? listing.nftables });
}

function intact(text: string): boolean {
  const table = decodeTable(text);
  assert(table.ok, "the listing is readable");
  return table.value.rulesIntact;
}

Deno.test("decodeTable() reads what nft lists of the table that porter wrote", () => {
  const table = decodeTable(golden);
  assert(table.ok);
  assertEquals(table.value.eips.map(formatAddress), ["203.0.113.1", "203.0.113.2", "2001:db8::1"]);
  assertEquals([...table.value.services].sort(), [
    "2001:db8::1 sctp 9",
    "2001:db8::1 tcp 80",
    "203.0.113.1 tcp 80",
    "203.0.113.1 udp 53",
  ]);
  assertEquals(table.value.rulesIntact, true);
});

Deno.test("decodeTable() does not mind handles and order of sets and chains", () => {
  const text = edited((objects) =>
    [
      ...objects.filter((object) => object["rule"] !== undefined),
      ...objects.filter((object) => object["rule"] === undefined).reverse(),
    ].map((object) => {
      for (const body of Object.values(object)) body["handle"] = 4711;
      return object;
    })
  );
  assertEquals(intact(text), true);
});

Deno.test("decodeTable() sees every single rule, chain and set that is missing", () => {
  const total = (JSON.parse(golden) as { nftables: Objects }).nftables.length;
  let tried = 0;
  for (let i = 0; i < total; i++) {
    const text = edited((objects) => {
      const [kind] = Object.keys(objects[i] ?? {});
      return kind === "metainfo" || kind === "table" ? [] : objects.filter((_, j) => j !== i);
    });
    if (text === '{"nftables":[]}') continue;
    tried++;
    assertEquals(intact(text), false, `object ${i} missing`);
  }
  assertEquals(tried, 4 + 4 + 10);
});

Deno.test("decodeTable() sees what was added, moved or changed in the table", () => {
  const find = (objects: Objects, kind: string, name: string): Json => {
    const found = objects.find((object) => object[kind]?.["name"] === name)?.[kind];
    assert(found !== undefined);
    return found;
  };
  const rules = (objects: Objects): Json[] =>
    objects.flatMap((object) => object["rule"] === undefined ? [] : [object["rule"]]);
  const inTable = { family: "inet", table: "porter" };
  const edits: Record<string, (objects: Objects) => Objects | void> = {
    "a rule more": (objects) => [...objects, { rule: { ...inTable, chain: "guard4", expr: [] } }],
    "a rule twice": (objects) => [...objects, { rule: { ...rules(objects)[0] } }],
    "another comment": (objects) => void (rules(objects)[3]!["comment"] = "porter 00000000 x 1"),
    "no comment": (objects) => void delete rules(objects)[3]!["comment"],
    "two rules swapped": (objects) => {
      const [a, b] = rules(objects);
      [a!["comment"], b!["comment"]] = [b!["comment"], a!["comment"]];
    },
    "a chain more": (objects) => [...objects, { chain: { ...inTable, name: "x" } }],
    "another priority": (objects) => void (find(objects, "chain", "prerouting")["prio"] = -90),
    "another policy": (objects) => void (find(objects, "chain", "prerouting")["policy"] = "drop"),
    "another hook": (objects) => void (find(objects, "chain", "prerouting")["hook"] = "input"),
    "a hook too many": (objects) => void (find(objects, "chain", "refuse")["hook"] = "output"),
    "a set more": (objects) => [...objects, { set: { ...inTable, name: "x", type: "mark" } }],
    "another type": (objects) => void (find(objects, "set", "eips4")["type"] = "ipv6_addr"),
    "a flag": (objects) => void (find(objects, "set", "eips4")["flags"] = ["interval"]),
    "a map": (objects) => [...objects, { map: { ...inTable, name: "m" } }],
    "an element with a time-out": (objects) =>
      void (find(objects, "set", "eips4")["elem"] = [{ elem: { val: "203.0.113.1", expires: 9 } }]),
    "a prefix": (objects) =>
      void (find(objects, "set", "eips4")["elem"] = [{ prefix: { addr: "203.0.113.0", len: 24 } }]),
    "a service of another family": (objects) =>
      void (find(objects, "set", "services4")["elem"] = [{ concat: ["2001:db8::1", "tcp", 80] }]),
    "another protocol": (objects) =>
      void (find(objects, "set", "services4")["elem"] = [{ concat: ["203.0.113.1", "dccp", 80] }]),
    "a range of ports": (objects) =>
      void (find(objects, "set", "services4")["elem"] = [{
        concat: ["203.0.113.1", "tcp", { range: [1, 9] }],
      }]),
  };
  assertEquals(Object.keys(edits).length, 19);
  for (const [name, edit] of Object.entries(edits)) {
    assertEquals(intact(edited(edit)), false, name);
  }
});

Deno.test("decodeTable() says what is wrong with text that is no listing of our table", () => {
  const cases: [string, string][] = [
    ["Error: No such file or directory", "no JSON"],
    ["[]", 'a list "nftables" was expected'],
    ['{"nftables":{}}', 'a list "nftables" was expected'],
    ['{"nftables":[null,1,{}]}', "no table inet porter in the listing"],
    [
      '{"nftables":[{"table":{"family":"ip","name":"porter"}}]}',
      "no table inet porter in the listing",
    ],
    [
      '{"nftables":[{"table":{"family":"inet","name":"x"}}]}',
      "no table inet porter in the listing",
    ],
  ];
  for (const [text, error] of cases) assertEquals(decodeTable(text), { ok: false, error });
});

Deno.test("no two rules have the same comment, and none is longer than nft takes", () => {
  const comments = rulesetChains.flatMap(({ name, rules }) =>
    rules.map((_, i) => ruleComment(name, i))
  );
  assertEquals(comments.length, 10);
  assertEquals(new Set(comments).size, comments.length);
  for (const comment of comments) {
    assert(comment.length <= 128);
    assertStringIncludes(comment, "porter ");
  }
});

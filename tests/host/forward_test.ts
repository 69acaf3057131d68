import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeForwards, diffForwards, type HostForward } from "../../lib/host/mod.ts";
import { address } from "./fake_node.ts";

const golden = Deno.readTextFileSync(new URL("../golden/host/forwards.json", import.meta.url));
const forward = (from: string, to: string): HostForward => ({
  from: address(from),
  to: address(to),
  port: 17900,
});
const wanted = [
  forward("172.30.0.1", "172.30.0.2"),
  forward("2001:db8::1", "2001:db8::2"),
];

/** The golden listing after an edit. */
function edited(edit: (objects: Record<string, Record<string, unknown>>[]) => void): string {
  const listing = JSON.parse(golden) as { nftables: Record<string, Record<string, unknown>>[] };
  edit(listing.nftables);
  return JSON.stringify(listing);
}

function diffWith(text: string): string {
  const observed = decodeForwards(text);
  assert(observed.ok, "the listing is readable");
  return diffForwards(wanted, observed.value);
}

Deno.test("diffForwards() names the leaf switch, the node's address and the port, in one transaction", () => {
  const script = diffForwards(wanted, undefined);
  assertEquals(script.split("\n").slice(0, 5), [
    "add table inet porter_forward",
    "delete table inet porter_forward",
    "table inet porter_forward {",
    "  chain prerouting {",
    "    type nat hook prerouting priority -101; policy accept;",
  ]);
  assertStringIncludes(
    script,
    "ip saddr 172.30.0.1 ip daddr 172.30.0.2 fib daddr type local tcp dport 179 dnat ip to " +
      "172.30.0.2:17900 comment",
  );
  assertStringIncludes(
    script,
    "ip6 saddr 2001:db8::1 ip6 daddr 2001:db8::2 fib daddr type local tcp dport 179 dnat ip6 to " +
      "[2001:db8::2]:17900 comment",
  );
});

Deno.test("diffForwards() finds nothing to do where nft lists what it wrote, and removes what nobody wants", () => {
  assertEquals(diffWith(golden), "");
  assertEquals(diffForwards([], undefined), "");
  const observed = decodeForwards(golden);
  assert(observed.ok);
  assertEquals(diffForwards([], observed.value), "delete table inet porter_forward\n");
});

Deno.test("diffForwards() writes the table anew when anything in it was changed", () => {
  const anew = diffForwards(wanted, undefined);
  const edits: Record<string, Parameters<typeof edited>[0]> = {
    "a rule less": (objects) => void objects.pop(),
    "a rule more": (objects) => void objects.push({ rule: { expr: [] } }),
    "two rules swapped": (objects) => void objects.push(...objects.splice(-2, 1)),
    "another comment": (objects) => void (objects.at(-1)!["rule"]!["comment"] = "x"),
    "no chain": (objects) => void objects.splice(2, 1),
    "another priority": (objects) => void (objects[2]!["chain"]!["prio"] = -100),
    "another policy": (objects) => void (objects[2]!["chain"]!["policy"] = "drop"),
    "a set": (objects) => void objects.push({ set: { name: "x" } }),
  };
  for (const [what, edit] of Object.entries(edits)) {
    assertEquals(diffWith(edited(edit)), anew, what);
  }
  const [first, second] = wanted;
  assert(first !== undefined && second !== undefined);
  const observed = decodeForwards(golden);
  assert(observed.ok);
  const moved = diffForwards([{ ...first, port: 1790 }, second], observed.value);
  assertStringIncludes(moved, "172.30.0.2:1790 ");
});

Deno.test("decodeForwards() says what is wrong with text that is no listing", () => {
  for (const [text, why] of [["x", "no JSON"], ["[]", 'a list "nftables" was expected']] as const) {
    assertEquals(decodeForwards(text), { ok: false, error: why });
  }
});

/**
 * What each fault of an UPDATE calls for: RFC 7606, and RFC 4271 section 6.3 where that still holds.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { formatPrefix } from "../../../lib/net/mod.ts";
import {
  type CodecOptions,
  decodeMessage,
  formatNlri,
  headerLength,
  initialCodec,
  messageTypes,
  type Severity,
  type Update,
  writeHeader,
} from "../../../lib/bgp/wire/mod.ts";

/** Good attributes by the names that `fault_cases.txt` uses for them, each whole, in hex. */
const good = {
  ORIGIN: "400101 00",
  AS_PATH: "400206 02010000fde9",
  NEXT_HOP: "400304 0a000001",
  LOCAL_PREF: "400504 00000064",
  MP_REACH: "800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8",
  MP_UNREACH: "800f08 0002 01 20 20010db9",
  MANDATORY: "400101 00 400206 02010000fde9 400304 0a000001",
} as const;

interface FaultCase {
  readonly what: string;
  readonly expected: string;
  /** Code and subcode of the strongest fault. */
  readonly error: string | undefined;
  readonly attributes: string;
  readonly withdrawn: string;
  readonly nlri: string;
  readonly internal: boolean;
  readonly as4: boolean;
}

const cases: readonly FaultCase[] = Deno.readTextFileSync(
  new URL("fault_cases.txt", import.meta.url),
).split("\n").filter((line) => line !== "" && !line.startsWith("#")).map(readFaultCase);

Deno.test("the table of faults covers what RFC 7606 tells apart", () => {
  assert(cases.length >= 84, `${cases.length} cases`);
  const count = (expected: string): number => cases.filter((it) => it.expected === expected).length;
  assert(count("session-reset") >= 13);
  assert(count("treat-as-withdraw") >= 25);
  assert(count("attribute-discard") >= 8);
  assert(count("none") >= 8);
});

for (const it of cases) {
  Deno.test(`UPDATE with ${it.what}: ${it.expected}`, () => {
    const { as4, internal, withdrawn, nlri } = it;
    const codec: CodecOptions = { ...initialCodec, as4, internal };
    const bytes = update({ withdrawn, attributes: it.attributes, nlri });
    const decoded = decodeMessage(bytes, codec);
    if (!decoded.ok) {
      assertEquals(decoded.error.severity, "session-reset");
      assertEquals(it.expected, "session-reset", decoded.error.message);
      assertEquals(`${decoded.error.code}/${decoded.error.subcode}`, it.error);
      return;
    }
    const { message, faults } = decoded.value;
    assert(message.type === "update");
    const [worst] = [...faults].sort((a, b) => rank(b.severity) - rank(a.severity));
    assertEquals(worst?.severity ?? "none", it.expected, worst?.message);
    if (worst !== undefined) assertEquals(`${worst.code}/${worst.subcode}`, it.error);
    if (it.expected === "treat-as-withdraw") assertWithdrawn(message, nlri);
    else assertEquals(message.nlri.length, nlri === "" ? 0 : 1);
  });
}

Deno.test("treat-as-withdraw withdraws the prefixes of all four places, each in its family", () => {
  const decoded = decodeMessage(
    update({
      withdrawn: "18 c63364",
      attributes: `${good.MP_UNREACH} ${good.MP_REACH} 400101 07 ${good.AS_PATH} ${good.NEXT_HOP}`,
      nlri: "18 c00002 18 cb0071",
    }),
    { ...initialCodec, as4: true },
  );
  assert(decoded.ok && decoded.value.message.type === "update");
  const { withdrawn, attributes, nlri } = decoded.value.message;
  assertEquals(withdrawn.map(formatNlri), ["198.51.100.0/24", "192.0.2.0/24", "203.0.113.0/24"]);
  assertEquals(nlri, []);
  assertEquals(attributes.length, 1);
  const [only] = attributes;
  assert(only?.kind === "mp-unreach" && only.family === 6);
  const all = only.withdrawn.map(({ prefix }) => formatPrefix(prefix)).sort();
  assertEquals(all, ["2001:db8::/32", "2001:db9::/32"]);
});

Deno.test("a fault carries the whole attribute for the NOTIFICATION", () => {
  const decoded = decodeMessage(
    update({ withdrawn: "", attributes: "400101 03", nlri: "" }),
    { ...initialCodec, as4: true },
  );
  assert(!decoded.ok);
  assertEquals(decoded.error.data.toHex(), "40010103");
});

Deno.test("lengths of fields beyond the message end the session", () => {
  for (const body of ["0005 0000", "0000 0005", "ffff 0000", "0000 ffff 400101"]) {
    const decoded = decodeMessage(whole(hex(body)), { ...initialCodec, as4: true });
    assert(!decoded.ok);
    assertEquals(`${decoded.error.code}/${decoded.error.subcode}`, "3/1");
  }
});

function readFaultCase(line: string): FaultCase {
  const [what = "", consequence = "", list = "", session = ""] = line.split("|").map((it) =>
    it.trim()
  );
  const [expected = "", error] = consequence.split(" ");
  const attributes = list.replaceAll(/[A-Z_]{3,}/g, (name) => {
    const known = Object.entries(good).find(([key]) => key === name);
    if (known === undefined) throw new Error(`${what}: there is no ${name}`);
    return known[1];
  });
  const option = (name: string): string | undefined =>
    new RegExp(`\\b${name}=(\\S*)`).exec(session)?.[1];
  return {
    what,
    expected,
    error,
    attributes,
    withdrawn: option("withdrawn") ?? "",
    nlri: option("nlri") ?? "18c00002", // 192.0.2.0/24
    internal: session.includes("internal"),
    as4: !session.includes("as2"),
  };
}

function assertWithdrawn(message: Update, nlri: string): void {
  assertEquals(message.nlri, []);
  if (nlri === "") {
    const [only] = message.attributes;
    assert(only?.kind === "mp-unreach");
    assertEquals(only.withdrawn.map(formatNlri), ["2001:db8::/32"]);
  } else {
    assertEquals(message.attributes, []);
    assertEquals(message.withdrawn.map(formatNlri), ["192.0.2.0/24"]);
  }
}

function rank(severity: Severity): number {
  return ["attribute-discard", "treat-as-withdraw", "session-reset"].indexOf(severity);
}

function update(parts: {
  readonly withdrawn: string;
  readonly attributes: string;
  readonly nlri: string;
}): Uint8Array {
  const [withdrawn, attributes] = [hex(parts.withdrawn), hex(parts.attributes)];
  return whole(Uint8Array.of(
    0,
    withdrawn.length,
    ...withdrawn,
    0,
    attributes.length,
    ...attributes,
    ...hex(parts.nlri),
  ));
}

function whole(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerLength + body.length);
  writeHeader(bytes, 0, bytes.length, messageTypes.update);
  bytes.set(body, headerLength);
  return bytes;
}

function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}

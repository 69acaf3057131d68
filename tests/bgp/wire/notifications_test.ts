/**
 * NOTIFICATIONs in words, and the texts of RFC 9003.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  cease,
  ceaseSubcode,
  decodeMessage,
  describeNotification,
  encodeMessage,
  errorCode,
  holdTimerExpired,
  initialCodec,
  type Notification,
  notification,
  notificationName,
  openError,
} from "../../../lib/bgp/wire/mod.ts";

Deno.test("notificationName() is of a closed list, whatever the peer sends", () => {
  assertEquals(
    notificationName(cease("administrative-shutdown", "evil")),
    "Cease/Administrative Shutdown",
  );
  assertEquals(notificationName(holdTimerExpired()), "Hold Timer Expired");
  assertEquals(notificationName(notification(6, 200)), "Cease/unknown");
  const names = new Set<string>();
  for (let code = 0; code < 256; code++) {
    for (let sub = 0; sub < 256; sub++) names.add(notificationName(notification(code, sub)));
  }
  assert(names.size < 60, `${names.size} names`);
});

const words: readonly (readonly [Notification, string])[] = [
  [notification(1, 1), "Message Header Error/Connection Not Synchronized"],
  [notification(1, 2, Uint8Array.of(0, 18)), "Message Header Error/Bad Message Length: length 18"],
  [notification(1, 3, Uint8Array.of(9)), "Message Header Error/Bad Message Type: type 9"],
  [
    openError("unsupported-version", Uint8Array.of(0, 4)),
    "OPEN Message Error/Unsupported Version Number: the peer speaks 4",
  ],
  [openError("bad-peer-as", Uint8Array.of(0xfd, 0xe9)), "OPEN Message Error/Bad Peer AS: AS 65001"],
  [openError("unspecific"), "OPEN Message Error"],
  [openError("unacceptable-hold-time"), "OPEN Message Error/Unacceptable Hold Time"],
  [notification(3, 1), "UPDATE Message Error/Malformed Attribute List"],
  [notification(3, 11, Uint8Array.of(1, 2)), "UPDATE Message Error/Malformed AS_PATH: data 0x0102"],
  [holdTimerExpired(), "Hold Timer Expired"],
  [notification(5, 1), "Finite State Machine Error/Unexpected Message in OpenSent"],
  [notification(5, 0), "Finite State Machine Error"],
  [cease("peer-deconfigured"), "Cease/Peer De-configured"],
  [
    cease("administrative-shutdown", "gone fishing"),
    'Cease/Administrative Shutdown: "gone fishing"',
  ],
  [cease("administrative-reset", 'a "b"\n'), 'Cease/Administrative Reset: "a \\"b\\"\\n"'],
  [notification(6, 99), "Cease/subcode 99"],
  [notification(77, 1, Uint8Array.of(5)), "error 77/1: data 0x05"],
  [notification(6, 9, Uint8Array.of(6, 4)), "Cease/Hard Reset: Cease/Administrative Reset"],
  [notification(6, 9, Uint8Array.of(6, 9, 6, 4)), "Cease/Hard Reset: data 0x06090604"],
  [notification(6, 2, Uint8Array.of(9, 65)), "Cease/Administrative Shutdown: data 0x0941"],
  [
    notification(6, 2, Uint8Array.of(2, 0xc3, 0x28)),
    "Cease/Administrative Shutdown: data 0x02c328",
  ],
];

Deno.test("every NOTIFICATION has words, with its data where that means something", () => {
  assert(words.length >= 21);
  for (const [message, text] of words) assertEquals(describeNotification(message), text);
});

Deno.test("no NOTIFICATION that can be received is without words or on two lines", () => {
  for (let code = 0; code < 256; code++) {
    for (let subcode = 0; subcode < 256; subcode++) {
      const text = describeNotification(notification(code, subcode, Uint8Array.of(1, 10)));
      assert(/^[^\n]+$/.test(text), `${code}/${subcode}`);
    }
  }
});

Deno.test("a peer's text cannot steer a terminal or break a line of log", () => {
  const message = cease("administrative-reset", "a\u001b[2Jb\u009bc\u202ed\u2028e");
  assertEquals(
    describeNotification(message),
    'Cease/Administrative Reset: "a\\u001b[2Jb\\u{9b}c\\u{202e}d\\u{2028}e"',
  );
});

Deno.test("a shutdown text is cut between characters to 255 bytes of UTF-8", () => {
  const message = cease("administrative-shutdown", "ü".repeat(200));
  assertEquals(message.data[0], 254);
  assertEquals(message.data.length, 255);
  assertEquals(
    describeNotification(message),
    `Cease/Administrative Shutdown: "${"ü".repeat(127)}"`,
  );
});

Deno.test("a text is only said where RFC 9003 has a place for it", () => {
  for (const reason of Object.keys(ceaseSubcode) as (keyof typeof ceaseSubcode)[]) {
    const carries = reason === "administrative-shutdown" || reason === "administrative-reset";
    assertEquals(cease(reason, "text").data.length, carries ? 5 : 0);
    assertEquals(cease(reason, "").data.length, 0);
    assertEquals(cease(reason).code, errorCode.cease);
  }
});

Deno.test("a NOTIFICATION is read as it was written", () => {
  const message = cease("administrative-reset", "new line card");
  const decoded = decodeMessage(encodeMessage(message, initialCodec), initialCodec);
  assert(decoded.ok);
  assertEquals(decoded.value, { message, faults: [] });
});

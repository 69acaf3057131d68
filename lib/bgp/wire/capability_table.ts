/**
 * The capabilities, one row each: RFC 5492, RFC 2918, 4724 and 8538, 4760, 6793, 7911, 8654, 8950. Unknown
 * ones are kept as bytes. A new capability is a row here and a shape in `message.ts`.
 *
 * @module
 */

import { formatAfi, formatFamily } from "./families.ts";
import { BadValue } from "./malformed.ts";
import type { Capability } from "./message.ts";
import { readU16, readU32, readU8, type Writer } from "./bytes.ts";

/** The kinds of capabilities that have a row. */
export type CapabilityKind = Exclude<Capability["kind"], "unknown">;

/** The capability of a kind. */
export type CapabilityOf<K extends Capability["kind"]> = Extract<Capability, { readonly kind: K }>;

/** One capability; without a kind, any of them. */
export type CapabilityRow<K extends CapabilityKind = CapabilityKind> = CapabilityColumns<
  CapabilityOf<K>
>;

/** The columns, by the capability's shape: so a row of one kind is also a row of any kind. */
export interface CapabilityColumns<C extends Capability> {
  readonly kind: C["kind"];
  readonly code: number;
  /**
   * Reads the value, which is the bytes from `start` to `end`; throws BadValue. Undefined: to be ignored,
   * kept as unknown.
   */
  decode(bytes: Uint8Array, start: number, end: number): C | undefined;
  /** Appends the value, without code and length. */
  encode(writer: Writer, capability: C): void;
  /** In words, for example "add-path ipv4-unicast receive". */
  describe(capability: C): string;
}

const multiprotocol: CapabilityRow<"multiprotocol"> = {
  kind: "multiprotocol",
  code: 1,
  decode(bytes, start, end) {
    wantBytes(end - start, end - start === 4);
    return { kind: "multiprotocol", afi: readU16(bytes, start), safi: readU8(bytes, start + 3) };
  },
  encode(writer, { afi, safi }) {
    writer.u16(afi);
    writer.u8(0);
    writer.u8(safi);
  },
  describe: ({ afi, safi }) => `multiprotocol ${formatFamily(afi, safi)}`,
};

const routeRefresh: CapabilityRow<"route-refresh"> = {
  kind: "route-refresh",
  code: 2,
  decode(_bytes, start, end) {
    wantBytes(end - start, end === start);
    return { kind: "route-refresh" };
  },
  encode: () => {},
  describe: () => "route-refresh",
};

const extendedNextHop: CapabilityRow<"extended-next-hop"> = {
  kind: "extended-next-hop",
  code: 5,
  decode(bytes, start, end) {
    wantBytes(end - start, (end - start) % 6 === 0);
    const families = [];
    for (let at = start; at < end; at += 6) {
      const [afi, safi] = [readU16(bytes, at), readU16(bytes, at + 2)];
      families.push({ afi, safi, nextHopAfi: readU16(bytes, at + 4) });
    }
    return { kind: "extended-next-hop", families };
  },
  encode(writer, { families }) {
    for (const { afi, safi, nextHopAfi } of families) {
      writer.u16(afi);
      writer.u16(safi);
      writer.u16(nextHopAfi);
    }
  },
  describe({ families }) {
    const names = families.map(({ afi, safi, nextHopAfi }) =>
      ` ${formatFamily(afi, safi)} via ${formatAfi(nextHopAfi)}`
    );
    return `extended-next-hop${names.join(",")}`;
  },
};

const extendedMessage: CapabilityRow<"extended-message"> = {
  kind: "extended-message",
  code: 6,
  decode(_bytes, start, end) {
    wantBytes(end - start, end === start);
    return { kind: "extended-message" };
  },
  encode: () => {},
  describe: () => "extended-message",
};

const gracefulRestart: CapabilityRow<"graceful-restart"> = {
  kind: "graceful-restart",
  code: 64,
  decode(bytes, start, end) {
    wantBytes(end - start, end - start >= 2 && (end - start - 2) % 4 === 0);
    const head = readU16(bytes, start);
    const families = [];
    for (let at = start + 2; at < end; at += 4) {
      const forwardingKept = (readU8(bytes, at + 3) & 0x80) !== 0;
      families.push({ afi: readU16(bytes, at), safi: readU8(bytes, at + 2), forwardingKept });
    }
    return {
      kind: "graceful-restart",
      restarting: (head & 0x8000) !== 0,
      notification: (head & 0x4000) !== 0,
      restartTime: head & 0x0fff,
      families,
    };
  },
  encode(writer, { restarting, notification, restartTime, families }) {
    if (restartTime > 0x0fff) throw new RangeError(`Cannot write restart time ${restartTime}`);
    writer.u16((restarting ? 0x8000 : 0) | (notification ? 0x4000 : 0) | restartTime);
    for (const { afi, safi, forwardingKept } of families) {
      writer.u16(afi);
      writer.u8(safi);
      writer.u8(forwardingKept ? 0x80 : 0);
    }
  },
  describe({ restarting, notification, restartTime, families }) {
    const names = families.map(({ afi, safi, forwardingKept }) =>
      ` ${formatFamily(afi, safi)}${forwardingKept ? " (forwarding kept)" : ""}`
    );
    const flags = `${restarting ? " restarting" : ""}${notification ? " notification" : ""}`;
    return `graceful-restart ${restartTime}s${flags}${names.join("")}`;
  },
};

const as4: CapabilityRow<"as4"> = {
  kind: "as4",
  code: 65,
  decode(bytes, start, end) {
    wantBytes(end - start, end - start === 4);
    return { kind: "as4", as: readU32(bytes, start) };
  },
  encode: (writer, { as }) => writer.u32(as),
  describe: ({ as }) => `as4 ${as}`,
};

const addPath: CapabilityRow<"add-path"> = {
  kind: "add-path",
  code: 69,
  decode(bytes, start, end) {
    wantBytes(end - start, (end - start) % 4 === 0);
    const families = [];
    for (let at = start; at < end; at += 4) {
      const mode = readU8(bytes, at + 3);
      // RFC 7911 section 4: with any other value the capability is to be ignored.
      if (mode < 1 || mode > 3) return undefined;
      const [receive, send] = [(mode & 1) !== 0, (mode & 2) !== 0];
      families.push({ afi: readU16(bytes, at), safi: readU8(bytes, at + 2), receive, send });
    }
    return { kind: "add-path", families };
  },
  encode(writer, { families }) {
    for (const { afi, safi, receive, send } of families) {
      if (!receive && !send) throw new RangeError("Cannot write ADD-PATH of neither direction");
      writer.u16(afi);
      writer.u8(safi);
      writer.u8((receive ? 1 : 0) | (send ? 2 : 0));
    }
  },
  describe({ families }) {
    const names = families.map(({ afi, safi, receive, send }) => {
      const direction = receive ? send ? "both" : "receive" : "send";
      return ` ${formatFamily(afi, safi)} ${direction}`;
    });
    return `add-path${names.join(",")}`;
  },
};

function wantBytes(length: number, good: boolean): void {
  if (!good) throw new BadValue(`its value cannot have ${length} bytes`);
}

/** The row of each kind; a kind without a row does not compile. */
export const capabilityRows: { readonly [K in CapabilityKind]: CapabilityRow<K> } = {
  "multiprotocol": multiprotocol,
  "route-refresh": routeRefresh,
  "extended-next-hop": extendedNextHop,
  "extended-message": extendedMessage,
  "graceful-restart": gracefulRestart,
  "as4": as4,
  "add-path": addPath,
};

/** All rows, ordered by code. */
export const capabilityTable: readonly CapabilityRow[] = Object.values(
  capabilityRows,
).sort((a, b) => a.code - b.code);

/** Names of capabilities that are only kept, for people. */
const otherNames: ReadonlyMap<number, string> = new Map([
  [9, "role"], // RFC 9234
  [67, "dynamic"],
  [70, "enhanced-route-refresh"], // RFC 7313
  [71, "long-lived-graceful-restart"], // RFC 9494
  [73, "hostname"],
  [75, "software-version"],
  [128, "route-refresh-cisco"],
]);

/** A capability in words; unknown ones with their bytes. */
export function describeCapability(capability: Capability): string {
  if (capability.kind !== "unknown") {
    const row: CapabilityRow = capabilityRows[capability.kind];
    return row.describe(capability);
  }
  const name = otherNames.get(capability.code) ?? `capability-${capability.code}`;
  return capability.value.length === 0 ? name : `${name} 0x${capability.value.toHex()}`;
}

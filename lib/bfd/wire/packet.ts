/**
 * The BFD Control packet, RFC 5880 section 4.1: what its fields are, read from bytes and written to
 * them. What is wrong in a packet by itself is refused here, in the order of section 6.8.6; what is
 * wrong for a session is the session's to judge (lib/bfd/session).
 *
 * @module
 */

import { err, ok, type Result } from "../../result/mod.ts";

/** RFC 5880 section 4.1, State (Sta). */
export type SessionStateName = "AdminDown" | "Down" | "Init" | "Up";

/** By the number on the wire. */
const stateNames: readonly SessionStateName[] = ["AdminDown", "Down", "Init", "Up"];

/** RFC 5880 section 4.1, Diagnostic (Diag), by its number: why the session last left Up. */
const diagnostics = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
] as const;

/** The diagnostics that porter sends. */
export const diag = {
  none: 0,
  detectionTimeExpired: 1,
  neighborDown: 3,
  administrativelyDown: 7,
} as const;

/** A BFD Control packet without an Authentication Section. Intervals in microseconds. */
export interface ControlPacket {
  /** 0 to 31; `diagnosticName` has it in words. */
  readonly diag: number;
  readonly state: SessionStateName;
  readonly poll: boolean;
  readonly final: boolean;
  /** The sender's BFD does not share fate with its control plane (C). */
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly detectMult: number;
  /** Never 0. */
  readonly myDiscriminator: number;
  /** 0 while the sender does not know ours. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxInterval: number;
  readonly requiredMinRxInterval: number;
  readonly requiredMinEchoRxInterval: number;
}

/** A diagnostic in words; those that RFC 5880 reserves by their number. */
export function diagnosticName(number: number): string {
  return diagnostics[number] ?? `Diagnostic ${number}`;
}

/** Bytes of a packet without an Authentication Section. */
const packetLength = 24;

const flag = { poll: 0x20, final: 0x10, independent: 0x08, auth: 0x04, demand: 0x02, multi: 0x01 };

/** RFC 5880 section 4.1, Auth Type, by its number. */
const authTypes: readonly string[] = [
  "reserved",
  "Simple Password",
  "Keyed MD5",
  "Meticulous Keyed MD5",
  "Keyed SHA1",
  "Meticulous Keyed SHA1",
];

/**
 * Reads the payload of a UDP datagram; the error says why it must be discarded (RFC 5880 section
 * 6.8.6), in words that start in lower case. Bytes after the packet's own length are ignored.
 */
export function decodePacket(bytes: Uint8Array): Result<ControlPacket> {
  if (bytes.length < packetLength) return err(`${bytes.length} bytes are no BFD Control packet`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, flags, detectMult, length] = [0, 1, 2, 3].map((at) => view.getUint8(at)) as [
    number,
    number,
    number,
    number,
  ];
  const version = first >> 5;
  if (version !== 1) return err(`the version is ${version}, not 1`);
  const authenticated = (flags & flag.auth) !== 0;
  const shortest = authenticated ? packetLength + 2 : packetLength;
  if (length < shortest) return err(`the length field says ${length}, less than ${shortest}`);
  if (length > bytes.length) {
    return err(`the length field says ${length}, but ${bytes.length} bytes came`);
  }
  if (detectMult === 0) return err("Detect Mult is 0");
  if ((flags & flag.multi) !== 0) return err("the Multipoint bit is set");
  const myDiscriminator = view.getUint32(4);
  if (myDiscriminator === 0) return err("My Discriminator is 0");
  const state = stateNames[flags >> 6] ?? "AdminDown";
  const yourDiscriminator = view.getUint32(8);
  if (yourDiscriminator === 0 && (state === "Init" || state === "Up")) {
    return err(`Your Discriminator is 0 in state ${state}`);
  }
  if (authenticated) return err(refusedAuthentication(view, length));
  return ok({
    diag: first & 0x1f,
    state,
    poll: (flags & flag.poll) !== 0,
    final: (flags & flag.final) !== 0,
    controlPlaneIndependent: (flags & flag.independent) !== 0,
    demand: (flags & flag.demand) !== 0,
    detectMult,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTxInterval: view.getUint32(12),
    requiredMinRxInterval: view.getUint32(16),
    requiredMinEchoRxInterval: view.getUint32(20),
  });
}

/**
 * Section 6.8.6: an authenticated packet for a session without authentication is discarded. The
 * Authentication Section (4.2 to 4.4) is read so far that the refusal says what the sender uses.
 */
function refusedAuthentication(view: DataView, length: number): string {
  const type = view.getUint8(packetLength);
  const sectionLength = view.getUint8(packetLength + 1);
  if (sectionLength !== length - packetLength) {
    return `the Authentication Section says ${sectionLength} bytes, but has ` +
      `${length - packetLength}`;
  }
  const name = authTypes[type] ?? `type ${type}`;
  return `it is authenticated (${name}), which porter does not do; ` +
    "turn BFD authentication off for this session";
}

/** Writes a packet. Numbers out of range are bugs and throw a RangeError. */
export function encodePacket(packet: ControlPacket): Uint8Array {
  check("Diag", packet.diag, 0, 31);
  check("Detect Mult", packet.detectMult, 1, 255);
  const bytes = new Uint8Array(packetLength);
  const view = new DataView(bytes.buffer);
  bytes[0] = (1 << 5) | packet.diag;
  bytes[1] = (stateNames.indexOf(packet.state) << 6) |
    (packet.poll ? flag.poll : 0) |
    (packet.final ? flag.final : 0) |
    (packet.controlPlaneIndependent ? flag.independent : 0) |
    (packet.demand ? flag.demand : 0);
  bytes[2] = packet.detectMult;
  bytes[3] = packetLength;
  const words = [
    packet.myDiscriminator,
    packet.yourDiscriminator,
    packet.desiredMinTxInterval,
    packet.requiredMinRxInterval,
    packet.requiredMinEchoRxInterval,
  ];
  for (const [index, word] of words.entries()) {
    check("a field", word, 0, 0xffffffff);
    view.setUint32(4 + 4 * index, word);
  }
  return bytes;
}

function check(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot write ${value} as ${what}: not in ${min}..${max}`);
  }
}

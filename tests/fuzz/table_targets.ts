/**
 * One fuzz target for each row of the attribute and capability tables, so that every byte of an input
 * is one of the row's value. Their laws are those of whole messages, `checkMessage`.
 *
 * @module
 */

import fc from "fast-check";
import {
  type Attribute,
  attributeTable,
  type Capability,
  capabilityTable,
  type CodecOptions,
  encodeAttributes,
  encodeCapability,
  headerLength,
  initialCodec,
  messageTypes,
  writeHeader,
} from "../../lib/bgp/wire/mod.ts";
import { attributeArbitraries, capabilityArbitraries } from "../property/wire_arbitraries.ts";
import type { FuzzTarget } from "./runner.ts";
import { checkMessage, codecOf, codecs } from "./wire_targets.ts";

/** Of each codec; the same in every run, as a seed must bring back what it found. */
const seedsOfEach = { seed: 1, numRuns: 3 };

/** What an UPDATE must have, in 4-octet and 2-octet sessions. */
const mandatory = {
  origin: "40010100",
  asPath: { true: "4002060201 0000fde9", false: "4002040201 fde9" },
  nextHop: "4003040a000001",
  localPref: "40050400000064",
} as const;

const attributeTargets = attributeTable.map((row): FuzzTarget => {
  const valuesFor = (codec: CodecOptions) =>
    fc.sample<Attribute>(attributeArbitraries[row.kind](codec), seedsOfEach).map((attribute) => {
      const bytes = encodeAttributes([attribute], codec);
      return bytes.subarray((bytes[0] ?? 0) & 0x10 ? 4 : 3);
    });
  return {
    name: `attribute-${row.kind}`,
    seeds: codecs.flatMap((codec, i) =>
      valuesFor(codec).map((value) => Uint8Array.of(i, ...value))
    ),
    run(bytes) {
      const codec = codecOf(bytes[0]);
      checkMessage(updateWith(row, bytes.subarray(1), codec), codec);
    },
  };
});

/** An UPDATE with one prefix, its mandatory attributes but for this row's, and this row's value. */
function updateWith(
  row: { readonly code: number; readonly flags: number },
  value: Uint8Array,
  codec: CodecOptions,
): Uint8Array {
  const others = [
    ...(row.code === 1 ? [] : [mandatory.origin]),
    ...(row.code === 2 ? [] : [mandatory.asPath[`${codec.as4}`]]),
    ...(row.code === 3 ? [] : [mandatory.nextHop]),
    ...(codec.internal && row.code !== 5 ? [mandatory.localPref] : []),
  ].map((hex) => Uint8Array.fromHex(hex.replaceAll(" ", "")));
  const cut = value.subarray(0, codec.maxMessageLength - 100);
  const attribute = [row.flags | 0x10, row.code, cut.length >>> 8, cut.length & 0xff, ...cut];
  const attributes = [...others.flatMap((each) => [...each]), ...attribute];
  const nlri = [...(codec.addPathReceive.includes(4) ? [0, 0, 0, 1] : []), 24, 192, 0, 2];
  const length = [attributes.length >>> 8, attributes.length & 0xff];
  return whole([0, 0, ...length, ...attributes, ...nlri], messageTypes.update);
}

const capabilityTargets = capabilityTable.map((row): FuzzTarget => ({
  name: `capability-${row.kind}`,
  seeds: fc.sample(capabilityArbitraries[row.kind] as fc.Arbitrary<Capability>, {
    seed: 1,
    numRuns: 20,
  })
    .map((capability) => encodeCapability(capability).subarray(2)),
  run(bytes) {
    const value = bytes.subarray(0, 251);
    const open = [4, 0xfd, 0xe9, 0, 90, 10, 0, 0, 1, value.length + 4];
    const parameter = [2, value.length + 2, row.code, value.length, ...value];
    checkMessage(whole([...open, ...parameter], messageTypes.open), initialCodec);
  },
}));

function whole(body: readonly number[], type: number): Uint8Array {
  const bytes = new Uint8Array(headerLength + body.length);
  writeHeader(bytes, 0, bytes.length, type);
  bytes.set(body, headerLength);
  return bytes;
}

/** The targets of this file. */
export const tableTargets: readonly FuzzTarget[] = [...attributeTargets, ...capabilityTargets];

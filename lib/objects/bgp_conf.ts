/**
 * BgpConf, the speaker's configuration: network.kubesphere.io/v1alpha1 with every field of 2020, and
 * `spec.asPerRack`, `spec.nodeBfd`, `spec.drain` and `spec.brake`, which are new and optional.
 *
 * @module
 */

import { z } from "zod";
import { ipv4, parseAddress } from "../net/mod.ts";
import { brakeReleaseAnnotation, brakeSpec, readBrake, readBrakeRelease } from "./brake.ts";
import { flag, section, textThat, wholeNumber } from "./field.ts";
import { defineKind, porterGroup } from "./kind.ts";
import type { BgpConf } from "./model.ts";
import { bgpConfStatus } from "./status.ts";

/** The BGP identifier of RFC 6286: four octets, not zero, written like an IPv4 address. */
function isRouterId(text: string): boolean {
  const address = parseAddress(text);
  return address?.family === 4 && address.value !== 0;
}

const spec = section({
  as: wholeNumber(1, 4294967295).describe("Our autonomous system number."),
  asPerRack: z.record(
    z.string(),
    wholeNumber(1, 4294967295),
    "must be a mapping of racks to autonomous system numbers",
  ).optional().describe(
    "Autonomous system numbers in place of `as`, by the rack of the node that a manager or an agent " +
      "runs on: the node's label porter.kubesphere.io/rack or openelb.kubesphere.io/rack.",
  ),
  routerID: textThat("a dotted quad like 10.0.0.1, not 0.0.0.0", isRouterId)
    .describe("Our BGP identifier, written like an IPv4 address."),
  port: wholeNumber(1, 65535).describe(
    "The TCP port on which leaf switches reach us; 179 as a rule.",
  ),
  nodeBfd: section({
    enabled: flag().optional().describe(
      "Whether the managers watch the nodes with BFD; true where spec.nodeBfd is there.",
    ),
    interval: wholeNumber(20, 60_000).optional()
      .describe("Milliseconds between BFD packets to a node; 100 where nothing is said."),
    detectMultiplier: wholeNumber(2, 255).optional()
      .describe("So many intervals of silence and the node is out; 3 where nothing is said."),
    maxUnreachable: wholeNumber(0, 100).optional().describe(
      "When more percent of the nodes are lost at once, none is taken out, since it is more likely " +
        "the manager's own network; 50 where nothing is said.",
    ),
  }).optional().describe("The managers watch the nodes with BFD (docs/bfd.md)."),
  drain: section({
    withdrawAfterSeconds: wholeNumber(0, 86400).optional().describe(
      "Seconds from the beginning of a node's drain until its paths are withdrawn; 60 where nothing is said.",
    ),
    minNextHops: wholeNumber(0, 255).optional().describe(
      "No withdrawal leaves an address fewer next hops than these; 1 where nothing is said.",
    ),
    onCordon: flag().optional()
      .describe("A cordoned node is drained; false where nothing is said."),
  }).optional().describe("How nodes are taken out (RFC 8326)."),
  brake: brakeSpec.optional(),
}).describe("Who porter is to the leaf switches. Of several BgpConfs the oldest is in force.");

/** The schema of `spec` and `status`, for the CRD. */
export const bgpConfSchema: z.ZodObject = section({ spec, status: bgpConfStatus.optional() });

/** The kind BgpConf. */
export const bgpConfKind = defineKind({
  kind: "BgpConf",
  apiVersion: `${porterGroup}/v1alpha1`,
  namespaced: false,
  schema: section({ spec }),
  strictness: "every-unknown",
  read(meta, { spec }, warnings): BgpConf {
    const id = parseAddress(spec.routerID);
    const released = readBrakeRelease(meta.annotations[brakeReleaseAnnotation], warnings);
    return {
      ...meta,
      spec: {
        as: spec.as,
        asPerRack: spec.asPerRack ?? {},
        routerId: id?.family === 4 ? id : ipv4(0),
        port: spec.port,
        ...nodeBfdOf(spec.nodeBfd),
        ...(spec.drain && {
          drain: {
            withdrawAfter: spec.drain.withdrawAfterSeconds ?? 60,
            minNextHops: spec.drain.minNextHops ?? 1,
            onCordon: spec.drain.onCordon ?? false,
          },
        }),
        ...(spec.brake && { brake: readBrake(spec.brake, released) }),
      },
    };
  },
});

/** What spec.nodeBfd has where nothing is said. */
export const nodeBfdDefaults = { interval: 100, detectMultiplier: 3, maxUnreachable: 50 } as const;

function nodeBfdOf(raw: z.infer<typeof spec>["nodeBfd"]): Pick<BgpConf["spec"], "nodeBfd"> {
  if (raw === undefined || raw.enabled === false) return {};
  return {
    nodeBfd: {
      interval: raw.interval ?? nodeBfdDefaults.interval,
      detectMultiplier: raw.detectMultiplier ?? nodeBfdDefaults.detectMultiplier,
      maxUnreachable: raw.maxUnreachable ?? nodeBfdDefaults.maxUnreachable,
    },
  };
}

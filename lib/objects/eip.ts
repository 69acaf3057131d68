/**
 * Eip, a pool of addresses: network.kubesphere.io/v1alpha1 with every field of 2020, for IPv4 and
 * IPv6.
 *
 * @module
 */

import type { z } from "zod";
import { parseRange } from "../net/mod.ts";
import { eipBgp, readEipBgp } from "./announcing.ts";
import { fieldWarning, flag, list, oneOf, section, text, wholeNumber } from "./field.ts";
import { defineKind, porterGroup } from "./kind.ts";
import { labelSelectorSchema, readLabelSelector } from "./label_selector.ts";
import type { Eip } from "./model.ts";
import { eipStatus } from "./status.ts";

const spec = section({
  address: text().describe("One address, a prefix (203.0.113.0/24) or a range (first-last)."),
  // The API of 2020 took "" for bgp.
  protocol: oneOf("bgp", "layer2", "").optional()
    .describe("How the addresses are announced; bgp where nothing is said."),
  disable: flag().optional().describe("No new address is handed out; those in use stay."),
  usingKnownIPs: flag().optional()
    .describe("Addresses that end in .0 or .255 may be handed out as well."),
  priority: wholeNumber(0, 65535).optional()
    .describe(
      "Pools with a lower number hand out first, then older ones; 100 where nothing is said.",
    ),
  autoAssign: flag().optional().describe(
    "false: only Services that name this pool (annotation porter.kubesphere.io/pool) or one of its addresses get one; true where nothing is said.",
  ),
  namespaces: list(text()).optional()
    .describe("Only Services of these namespaces, or of those that namespaceSelector means."),
  namespaceSelector: labelSelectorSchema.optional()
    .describe("Only Services of namespaces with these labels, or of those in namespaces."),
  serviceSelector: labelSelectorSchema.optional()
    .describe("Only Services with these labels."),
  bgp: eipBgp.optional(),
}).describe("Which addresses, for whom, and how they are announced.");

const defaultPriority = 100;

/** The schema of `spec` and `status`, for the CRD. */
export const eipSchema: z.ZodObject = section({ spec, status: eipStatus.optional() });

/** The kind Eip. An address that means nothing stays an object, so that it can be refused by name. */
export const eipKind = defineKind({
  kind: "Eip",
  apiVersion: `${porterGroup}/v1alpha1`,
  namespaced: false,
  schema: section({ spec }),
  strictness: "every-unknown",
  read(meta, { spec }, warnings): Eip {
    const range = parseRange(spec.address);
    if (!range.ok) warnings.push(fieldWarning(["spec", "address"], range.error));
    return {
      ...meta,
      spec: {
        address: spec.address,
        range: range.ok ? range.value : { invalid: range.error },
        protocol: spec.protocol === "layer2" ? "layer2" : "bgp",
        disable: spec.disable ?? false,
        usingKnownIps: spec.usingKnownIPs ?? false,
        priority: spec.priority ?? defaultPriority,
        autoAssign: spec.autoAssign ?? true,
        ...(spec.namespaces === undefined ? {} : { namespaces: spec.namespaces }),
        ...(spec.namespaceSelector === undefined
          ? {}
          : { namespaceSelector: readLabelSelector(spec.namespaceSelector) }),
        ...(spec.serviceSelector === undefined
          ? {}
          : { serviceSelector: readLabelSelector(spec.serviceSelector) }),
        ...(spec.bgp === undefined ? {} : { bgp: readEipBgp(spec.bgp) }),
      },
    };
  },
});

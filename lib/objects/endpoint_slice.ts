/**
 * EndpointSlice of discovery.k8s.io/v1: where the endpoints of a Service are and how they do.
 *
 * @module
 */

import { fieldWarning, flag, list, oneOf, section, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import type { Endpoint, EndpointSlice } from "./model.ts";

/** The label that names the Service a slice belongs to. */
export const serviceNameLabel = "kubernetes.io/service-name";

const endpoint = section({
  nodeName: text().optional(),
  conditions: section({
    ready: flag().optional(),
    serving: flag().optional(),
    terminating: flag().optional(),
  }).optional(),
});

/** The kind EndpointSlice. */
export const endpointSliceKind = defineKind({
  kind: "EndpointSlice",
  apiVersion: "discovery.k8s.io/v1",
  namespaced: true,
  schema: section({
    addressType: oneOf("IPv4", "IPv6", "FQDN"),
    endpoints: list(endpoint).optional(),
  }),
  strictness: "near-misses",
  read(meta, body, warnings): EndpointSlice {
    const service = meta.labels[serviceNameLabel] ?? "";
    if (service === "") {
      const path = ["metadata", "labels", serviceNameLabel];
      warnings.push(fieldWarning(path, "is missing, so the slice belongs to no Service"));
    }
    return {
      ...meta,
      service,
      family: body.addressType === "IPv4" ? 4 : body.addressType === "IPv6" ? 6 : undefined,
      endpoints: (body.endpoints ?? []).map(readEndpoint),
    };
  },
});

/** What is not said counts as the API says: ready, serving as ready is, not terminating. */
function readEndpoint(
  { nodeName, conditions }: { nodeName?: string | undefined; conditions?: Conditions | undefined },
): Endpoint {
  const ready = conditions?.ready ?? true;
  return shared({
    ready,
    serving: conditions?.serving ?? ready,
    terminating: conditions?.terminating ?? false,
    nodeName: nodeName === "" ? undefined : nodeName,
  });
}

/** All endpoints that do the same on one node are one object: there are many, and few that differ. */
const known = new Map<string, Endpoint>();
const mostKnown = 65_536;

function shared(endpoint: Endpoint): Endpoint {
  const { ready, serving, terminating, nodeName } = endpoint;
  const key = `${+ready}${+serving}${+terminating}${nodeName === undefined ? "" : ` ${nodeName}`}`;
  const same = known.get(key);
  if (same !== undefined) return same;
  if (known.size >= mostKnown) known.clear();
  known.set(key, endpoint);
  return endpoint;
}

interface Conditions {
  readonly ready?: boolean | undefined;
  readonly serving?: boolean | undefined;
  readonly terminating?: boolean | undefined;
}

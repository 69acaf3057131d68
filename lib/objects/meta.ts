/**
 * What all objects have: apiVersion, kind, metadata and status, as the Kubernetes API conventions
 * define them.
 *
 * @module
 */

import type { z } from "zod";
import type { ObjectMeta } from "./model.ts";
import { list, section, text, textMap, textThat, wholeNumber } from "./field.ts";
import { isMapping } from "./spelling.ts";

/** A DNS-1123 subdomain, which names of objects are. */
const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name of an object. */
export const objectName = (): z.ZodString =>
  textThat(
    "a name of at most 253 lower case letters, digits, - and .",
    (each) => each.length <= 253 && namePattern.test(each),
  );

const time = (): z.ZodString =>
  textThat('a time like "2026-01-31T12:00:00Z"', (each) => !Number.isNaN(Date.parse(each)));

/** Schema of metadata. */
export const metadataSchema = section({
  name: objectName(),
  namespace: objectName().optional(),
  uid: text().optional(),
  resourceVersion: text().optional(),
  generation: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  creationTimestamp: time().optional(),
  deletionTimestamp: time().optional(),
  labels: textMap().optional(),
  annotations: textMap().optional(),
  finalizers: list(text()).optional(),
});

/** Makes porter's noun of checked metadata; `status` is taken as it is. */
export function readMeta(options: {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly metadata: z.infer<typeof metadataSchema>;
  readonly status: unknown;
}): ObjectMeta {
  const { metadata } = options;
  return {
    ref: {
      kind: options.kind,
      namespace: options.namespaced ? metadata.namespace ?? "default" : "",
      name: metadata.name,
    },
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp === undefined
      ? 0
      : Date.parse(metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? nothing,
    annotations: ownAnnotations(metadata.annotations ?? nothing),
    finalizers: metadata.finalizers ?? noFinalizers,
    status: isMapping(options.status) ? options.status : nothing,
  };
}

/** Other people's annotations can be large (the last applied manifest) and are of no use here. */
function ownAnnotations(
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const own = Object.entries(all).filter(([key]) => key.includes("kubesphere.io/"));
  return own.length === 0 ? nothing : Object.fromEntries(own);
}

/** Shared: there are tens of thousands of objects, and most have none of something. */
const nothing: Readonly<Record<string, never>> = {};
const noFinalizers: readonly string[] = [];

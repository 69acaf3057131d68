/**
 * One object of the cache: the last version of it that could be read, and what is wrong with the
 * version there is.
 *
 * @module
 */

import {
  type Noun,
  type ObjectFault,
  parseObject,
  parseServed,
  type Reserved,
} from "../../objects/mod.ts";
import type { ObjectRef } from "../../refusal/mod.ts";
import { type Raw, record, text, uidOf } from "./raw.ts";
import type { Resource } from "./resources.ts";

/** One object. */
export interface Entry {
  readonly ref: ObjectRef;
  readonly uid: string;
  /** metadata.resourceVersion of the version that was read last, also when that is broken. */
  readonly version: string;
  /** The last good version. */
  readonly noun: Noun | undefined;
  /** Whether `noun` is of `version`. */
  readonly good: boolean;
  readonly faults: readonly ObjectFault[];
  /** What a Service holds that cannot be read and never could. */
  readonly reserved: readonly Reserved[];
}

const lastGood = "; the last good version stays in force";

/** Names a raw object of a resource. */
export function refOf({ kind, namespaced }: Resource, raw: Raw): ObjectRef {
  const metadata = record(raw.metadata);
  return {
    kind,
    namespace: namespaced ? text(metadata.namespace) || "default" : "",
    name: text(metadata.name),
  };
}

/** Reads what is worth reading of a raw object; `before` is what is known of the same object. */
export function readEntry(
  resource: Resource,
  raw: Raw,
  options: { readonly version: string; readonly before: Entry | undefined },
): Entry {
  const { version, before } = options;
  const ref = refOf(resource, raw);
  // The API server has dropped what its own kinds do not know; a CustomResourceDefinition may be older.
  const parsed = resource.custom ? parseObject(raw) : parseServed(resource.kind, raw);
  const noun = parsed.ok && parsed.value.kind !== "Ignored"
    ? { kind: parsed.value.kind, object: parsed.value.object } as Noun
    : undefined;
  const found = !parsed.ok
    ? parsed.error.faults
    : parsed.value.kind === "Ignored"
    ? []
    : parsed.value.warnings;
  const stays = noun === undefined && before?.noun !== undefined ? lastGood : "";
  return {
    ref,
    uid: uidOf(raw),
    version,
    noun: noun ?? before?.noun,
    good: noun !== undefined,
    faults: found.map(({ severity, field, message }) => ({
      severity,
      object: ref,
      field,
      message: severity === "error" ? message + stays : message,
    })),
    reserved: noun === undefined && before?.noun === undefined ? reservedBy(ref, raw) : [],
  };
}

/** What its record and its status say that a Service holds, whatever else is wrong with it. */
function reservedBy(service: ObjectRef, raw: Raw): readonly Reserved[] {
  if (service.kind !== "Service") return [];
  const { name, namespace } = service;
  const { annotations } = record(raw.metadata);
  const parsed = parseObject({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, annotations },
    status: raw.status,
  });
  if (!parsed.ok || parsed.value.kind !== "Service") return [];
  return parsed.value.object.holds.map(({ address }) => ({ address, service }));
}

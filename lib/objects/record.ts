/**
 * Our own record on a Service of what it holds: the annotation `porter.kubesphere.io/assigned`, for
 * example `203.0.113.32 pool=edge by=pool, 2001:db8::1 pool=edge-v6 by=pool`. The annotation of 2020,
 * `eip.porter.kubesphere.io/v1alpha1`, is both the user's request and where the address was written
 * back; `by=annotation` tells whether the user wrote it or it is our echo.
 *
 * @module
 */

import { type Address, formatAddress, parseAddress } from "../net/mod.ts";
import { err, ok, type Result } from "../result/mod.ts";

/** The annotation that holds our record. */
export const recordAnnotation = "porter.kubesphere.io/assigned";

/**
 * The annotation of a Service that turned out to be there when a claim for it was to be dropped because
 * it was not seen (docs/adr/0020). It makes the Service porter's to look at, which then decides anew
 * and removes it.
 */
export const releasedAnnotation = "porter.kubesphere.io/released";

/** The annotation of 2020 that asks for an address, and where we write back what was given. */
export const eipAnnotation = "eip.porter.kubesphere.io/v1alpha1";

/** One address of the record. */
export interface RecordEntry {
  readonly address: Address;
  /** The Eip it came from. */
  readonly pool: string;
  /** What asked for it: nobody (the pool gave it), or the user by one of the two fields. */
  readonly by: "pool" | "annotation" | "loadBalancerIP";
}

/** Writes the record as annotation text. */
export function formatRecord(entries: readonly RecordEntry[]): string {
  return entries
    .map((e) => `${formatAddress(e.address)} pool=${e.pool} by=${e.by}`)
    .join(", ");
}

/** Reads annotation text; the error says which entry is wrong. "" has no entries. */
export function parseRecord(text: string): Result<readonly RecordEntry[]> {
  const entries: RecordEntry[] = [];
  for (const part of text.split(",").map((each) => each.trim()).filter((each) => each !== "")) {
    const match = /^(\S+) pool=(\S+) by=(pool|annotation|loadBalancerIP)$/.exec(part);
    const address = parseAddress(match?.[1] ?? "");
    if (match === null || address === undefined) return err(`"${part}" is no entry of the record`);
    entries.push({ address, pool: match[2] ?? "", by: match[3] as RecordEntry["by"] });
  }
  return ok(entries);
}

/**
 * What we write into the annotation of 2020 for this record; undefined when the user wrote that
 * annotation and it is left alone. A reader that finds exactly this text finds no request in it.
 */
export function recordEcho(entries: readonly RecordEntry[]): string | undefined {
  if (entries.length === 0 || entries.some((e) => e.by === "annotation")) return undefined;
  return entries.map((e) => formatAddress(e.address)).join(",");
}

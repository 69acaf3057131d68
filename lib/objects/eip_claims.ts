/**
 * How much of the claims of an Eip goes into its one object (docs/adr/0041): `status.used` grows with each
 * of them, and etcd takes no more than 1.5 MiB in one request.
 *
 * @module
 */

/**
 * Bytes of claims that an Eip gets at the most: what is left of 1.5 MiB (etcd's --max-request-bytes) without
 * 256 KiB of annotations, all that the API server takes, and the rest of the object.
 */
export const claimsAtMost = 1.2 * 2 ** 20;

/** Bytes of one claim as JSON: `"192.0.2.1":"namespace/name",`. */
export function claimSize(address: string, service: string): number {
  return address.length + service.length + 6;
}

const sizes = new WeakMap<object, number>();

/** Bytes of all claims of a `status.used`; 0 for what is none. */
export function claimsSize(used: unknown): number {
  if (typeof used !== "object" || used === null) return 0;
  const known = sizes.get(used);
  if (known !== undefined) return known;
  const claims = used as Readonly<Record<string, unknown>>;
  let size = 0;
  for (const address in claims) {
    const services = claims[address];
    if (typeof services === "string") size += claimSize(address, services);
  }
  sizes.set(used, size);
  return size;
}

/**
 * `--health-address`: health over HTTP where it is asked for.
 *
 * @module
 */

import { type HealthOptions, type HealthServer, serveHealth } from "../observe/mod.ts";
import { Failure } from "./failure.ts";

/** The same as HealthOptions, with no address where nothing was asked for. */
export type WantedHealth = Omit<HealthOptions, "address" | "unreadable"> & {
  readonly address: HealthOptions["address"] | undefined;
  readonly unreadable: HealthOptions["unreadable"] | undefined;
};

/** Starts to tell of health, if it was asked for. Throws a Failure when the address cannot be had. */
export function startHealth(
  { address, unreadable = new Map(), ...options }: WantedHealth,
): HealthServer | undefined {
  if (address === undefined) return undefined;
  try {
    return serveHealth({ ...options, address, unreadable });
  } catch (thrown) {
    const { hostname, port } = address;
    const why = thrown instanceof Deno.errors.AddrInUse
      ? "the address is in use"
      : thrown instanceof Error
      ? thrown.message
      : String(thrown);
    const where = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    throw new Failure(`Cannot listen on --health-address ${where}: ${why}`);
  }
}

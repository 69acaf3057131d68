/**
 * `--health-address` and `--metrics-address`: health and metrics over HTTP where they are asked for.
 *
 * @module
 */

import {
  type HealthAddress,
  type HealthOptions,
  type HealthServer,
  serveHealth,
} from "../observe/mod.ts";
import { Failure } from "./failure.ts";

/** The same as HealthOptions, with no address where nothing was asked for. */
export type WantedHealth = Omit<HealthOptions, "address" | "unreadable"> & {
  readonly flags: {
    readonly healthAddress?: HealthAddress | undefined;
    readonly metricsAddress?: HealthAddress | undefined;
  };
  readonly unreadable: HealthOptions["unreadable"] | undefined;
};

/**
 * Starts to tell of health and metrics, each where it was asked for: both addresses answer all. Throws
 * a Failure when an address cannot be had.
 */
export async function startHealth(
  { flags, unreadable = new Map(), ...options }: WantedHealth,
): Promise<Pick<HealthServer, "close">> {
  const servers: HealthServer[] = [];
  const close = async () => void await Promise.all(servers.map((server) => server.close()));
  for (const flag of ["health", "metrics"] as const) {
    const address = flags[`${flag}Address`];
    if (address === undefined) continue;
    try {
      servers.push(serveHealth({ ...options, address, unreadable }));
    } catch (thrown) {
      await close();
      throw cannotListen(`--${flag}-address`, address, thrown);
    }
  }
  return { close };
}

/** The one line for an address of a flag that cannot be had. */
export function cannotListen(
  flag: string,
  address: HealthAddress | string,
  thrown: unknown,
): Failure {
  const why = thrown instanceof Deno.errors.AddrInUse
    ? "the address is in use"
    : thrown instanceof Error
    ? thrown.message
    : String(thrown);
  const where = typeof address === "string" ? address : hostAndPort(address);
  return new Failure(`Cannot listen on ${flag} ${where}: ${why}`);
}

function hostAndPort({ hostname, port }: HealthAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

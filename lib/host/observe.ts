/**
 * What the tools printed about a node, together as one value.
 *
 * @module
 */

import { err, ok, type Result } from "../result/mod.ts";
import { type AddressKey, addressKey, parseAddress } from "../net/mod.ts";
import type { HostEip, HostObserved, HostPort } from "./model.ts";
import { decodeLocalTable } from "./routes.ts";
import { decodeTable } from "./table.ts";

/** What the tools printed. */
export interface HostTexts {
  /** `ip -4 -j route show table local`. */
  readonly routes4: string;
  /** `ip -6 -j route show table local`; "" where the node has no IPv6. */
  readonly routes6: string;
  /** `nft -j list table inet porter`, or undefined when there is no such table. */
  readonly table: string | undefined;
}

/** Reads it all; the error names the tool whose text cannot be read. */
export function decodeHost(texts: HostTexts): Result<HostObserved> {
  const routes4 = decodeLocalTable(texts.routes4, 4);
  if (!routes4.ok) return err(`Cannot read the answer of ip -4 route: ${routes4.error}`);
  const routes6 = decodeLocalTable(texts.routes6, 6);
  if (!routes6.ok) return err(`Cannot read the answer of ip -6 route: ${routes6.error}`);
  const table = texts.table === undefined ? undefined : decodeTable(texts.table);
  if (table?.ok === false) return err(`Cannot read the answer of nft: ${table.error}`);
  return ok({
    routes: [...routes4.value.routes, ...routes6.value.routes],
    discards: [...routes4.value.discards, ...routes6.value.discards],
    strayRoutes: [...routes4.value.strayRoutes, ...routes6.value.strayRoutes],
    foreignLocal: [...routes4.value.foreignLocal, ...routes6.value.foreignLocal],
    table: table?.value,
  });
}

/** The EIPs that porter had on the node, with their ports: what an earlier agent last took for wanted. */
export function foundEips({ routes, table }: HostObserved): readonly HostEip[] {
  const ports = new Map<AddressKey, HostPort[]>();
  for (const each of table?.services ?? []) {
    const [text = "", protocol, port] = each.split(" ");
    const address = parseAddress(text);
    if (address === undefined) continue;
    if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") continue;
    const key = addressKey(address);
    ports.set(key, [...ports.get(key) ?? [], { protocol, port: Number(port) }]);
  }
  return routes.map((address) => ({ address, ports: ports.get(addressKey(address)) ?? [] }));
}

/**
 * Sockets for a command that speaks BGP or BFD, with the options that only the C library gives where
 * they may be had.
 *
 * @module
 */

import type { Datagrams, Transport } from "../ports/mod.ts";
import { openDatagrams, openLibc, tcpTransport } from "../system/mod.ts";

/**
 * Opens the C library's sockets, and gives up the permission to open anything else: from here on
 * nothing more of any library can be reached, whatever a leaf switch may send (docs/adr/0022).
 */
export function socketsOnce(): { readonly transport: Transport; readonly datagrams: Datagrams } {
  const libc = openLibc();
  const datagrams = openDatagrams();
  Deno.permissions.revokeSync({ name: "ffi" });
  return { transport: tcpTransport(libc), datagrams };
}

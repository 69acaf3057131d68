/**
 * TCP for a command that speaks BGP, with socket options where they may be had.
 *
 * @module
 */

import type { Transport } from "../ports/mod.ts";
import { openLibc, tcpTransport } from "../system/mod.ts";

/**
 * Opens the C library's sockets, and gives up the permission to open anything else: from here on
 * nothing more of any library can be reached, whatever a leaf switch may send (docs/adr/0022).
 */
export function transportOnce(): Transport {
  const libc = openLibc();
  Deno.permissions.revokeSync({ name: "ffi" });
  return tcpTransport(libc);
}

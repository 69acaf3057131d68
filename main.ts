/**
 * porter: a LoadBalancer for bare metal. The command line is in lib/cli.
 *
 * @module
 */

import { dropPermissions, runCli } from "./lib/cli/mod.ts";

if (import.meta.main) {
  dropPermissions(Deno.args[0]);
  Deno.exit(await runCli(Deno.args));
}

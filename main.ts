/**
 * porter: a LoadBalancer for bare metal. The command line is in lib/cli.
 *
 * @module
 */

import { dropPermissions } from "./lib/cli/permissions.ts";
import { runCli } from "./lib/cli/program.ts";

if (import.meta.main) {
  dropPermissions(Deno.args[0]);
  Deno.exit(await runCli(Deno.args));
}

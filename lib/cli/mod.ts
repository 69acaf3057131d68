/**
 * The command line: one file a command, over commander; `program.ts` puts them together.
 *
 * @module
 */

export { dropPermissions } from "./permissions.ts";
export { runCli } from "./program.ts";

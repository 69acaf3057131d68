/**
 * The PortForwards port over `nft` (nftables) and `ss` (iproute2).
 *
 * @module
 */

import { decodeForwards, forwardTableName } from "../host/mod.ts";
import type { PortForwards } from "../ports/mod.ts";
import { type Commands, systemCommands } from "./command.ts";
import { failed, KernelError, run } from "./host_programs.ts";

/** This node's port forward; `commands` is another's for tests and namespaces. */
export function linuxPortForwards(commands: Commands = systemCommands()): PortForwards {
  return {
    listens: async (port) => {
      const result = await run(commands, "ss", ["-Hltn", `sport = :${port}`]);
      if (result.code !== 0) throw failed("ss", result);
      return result.stdout.trim() !== "";
    },
    observe: async () => {
      const args = ["-j", "list", "table", "inet", forwardTableName];
      const result = await run(commands, "nft", args);
      if (result.code !== 0) {
        if (result.stderr.includes("No such file or directory")) return undefined;
        throw failed("nft list", result);
      }
      const observed = decodeForwards(result.stdout);
      if (observed.ok) return observed.value;
      throw new KernelError(`Cannot read the answer of nft: ${observed.error}`);
    },
    apply: async (script) => {
      const result = await run(commands, "nft", ["-f", "-"], { stdin: script });
      if (result.code !== 0) throw failed("nft -f", result);
    },
  };
}

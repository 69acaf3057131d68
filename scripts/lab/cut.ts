/**
 * Losing every packet of a machine without any link going down.
 *
 * @module
 */

import type { Lab } from "./lab.ts";

/** Every packet of the machine is lost from now on; nobody sees a link go down. */
export async function cut(lab: Lab, role: string): Promise<number> {
  const chains = ["input", "output", "forward"].map((hook) =>
    `chain ${hook} { type filter hook ${hook} priority -300; policy drop; }`
  );
  const stdin = `table inet cut {\n${chains.join("\n")}\n}\n`;
  await lab.must(role, ["nft", "-f", "-"], { stdin });
  return Date.now();
}

/** Undoes `cut`. */
export async function mend(lab: Lab, role: string): Promise<void> {
  await lab.must(role, ["nft", "delete", "table", "inet", "cut"]);
}

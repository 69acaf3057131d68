/**
 * What to type in a lab that was left up.
 *
 * @module
 */

import { porterCommand } from "./porter.ts";
import type { Rack } from "./rack.ts";
import type { Report } from "./report.ts";
import { short } from "./words.ts";

/** Says how to look around; every line can be typed in the checkout's folder. */
export function tellAround(rack: Rack, report: Report): void {
  const { lab } = rack;
  const folder = short(rack.manifests.folder);
  const name = lab.name === "porter-lab" ? "" : ` --name ${lab.name}`;
  report.say(`
The lab ${lab.name} stays up. In the checkout's folder, as root:

  edit the objects, and see what happens
    ls ${folder} ${folder}/.status
    tail -f ${short(rack.manager.log)}
    ${porterCommand("plan", folder).map(local).join(" ")}

  the leaf switch
    birdc -s ${short(rack.leaf.socket)} show route
    birdc -s ${short(rack.leaf.socket)} show protocols all porter
    ip netns exec ${lab.ns("leaf")} ip route

  the client and the nodes
    ip netns exec ${lab.ns("client")} curl http://203.0.113.1/
    ip netns exec ${lab.ns("node1")} ip route show table local proto 179
    ip netns exec ${lab.ns("node1")} nft list table inet porter

Remove it with: deno task lab --down${name}`);
}

/** The runtime and the checkout's own files by their short names. */
function local(word: string): string {
  if (word === Deno.execPath()) return "deno";
  return word.endsWith("/main.ts") ? "main.ts" : word;
}

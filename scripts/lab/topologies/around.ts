/**
 * What to type in a topology that was left up.
 *
 * @module
 */

import { porterCommand } from "../porter.ts";
import { short } from "../words.ts";
import type { Scene } from "./scene.ts";

/** How to look around; every line can be typed in the checkout's folder. */
export function aroundScene({ lab, routers, files, topology, eip }: Scene): string {
  const [ip, host] = topology.family === 6 ? ["ip -6", `[${eip}]`] : ["ip", eip];
  const folder = short(files.folder);
  const node = topology.nodes[0]?.name ?? "";
  const looks = [...routers.values()].flatMap(({ role, look }) => [
    look,
    `ip netns exec ${lab.ns(role)} ${ip} route show ${eip}`,
  ]);
  const plan = porterCommand("plan", folder, "--node", node).map((word) =>
    word === Deno.execPath() ? "deno" : word.endsWith("/main.ts") ? "main.ts" : word
  );
  const lines = [
    ...looks,
    `ip netns exec ${lab.ns("client")} curl http://${host}/`,
    `ls ${folder} ${folder}/.status`,
    plan.join(" "),
  ];
  const name = lab.name === "porter-lab" ? "" : ` --name ${lab.name}`;
  return `
The lab ${lab.name} stays up. In the checkout's folder, as root:

${lines.map((line) => `    ${line}`).join("\n")}

Remove it with: deno task lab --down${name}`;
}

/**
 * An endpoint and a node are lost while a manager speaks for them.
 *
 * @module
 */

import { type Lab, manifests, until } from "../lab/mod.ts";
import { nodeNumbers } from "../lab/rack.ts";
import { cut, mend } from "../lab/cut.ts";
import type { Tell } from "./main.ts";
import { eip, serving } from "./serving.ts";
import { budgetOf } from "./witness.ts";

/** All of them, in one rack with BFD between manager and agents at 100 ms x 3. */
export async function nodeScenes(lab: Lab, tell: Tell): Promise<void> {
  const { rack, managers, looks } = await serving(lab, { nodeBfd: true });
  const manager = managers.get("manager");
  if (manager === undefined) throw new Error("no manager");
  const watched = async () => {
    const text = await manager.output();
    return nodeNumbers.every((node) =>
      new RegExp(`"bfd\\.up"[^\\n]*"Node node${node}"`).test(text)
    );
  };
  await until("the manager has BFD with every agent", watched, { signal: lab.signal });
  const without = () => rack.kernelHas(eip, [1, 2]);

  const gone = async () => {
    const at = Date.now();
    await rack.writeService({ name: "web" }, [1, 2]);
    return at;
  };
  tell("endpoint of one node", await budgetOf(looks, gone, without));
  await rack.writeService({ name: "web" });
  await rack.kernelHas(eip, nodeNumbers);

  const nodes = (ready: boolean) =>
    rack.manifests.write(
      "nodes",
      ...nodeNumbers.map((number) => manifests.node(number, { ready: ready || number !== 3 })),
    );
  const said = async () => {
    const at = Date.now();
    await nodes(false);
    return at;
  };
  tell("node, once its Node says NotReady", await budgetOf(looks, said, without));
  await nodes(true);
  await rack.kernelHas(eip, nodeNumbers);

  const noticing = { by: manager, events: ["nodes.unreachable"] };
  const silent = () => cut(lab, "node3");
  tell("node, nodeBfd 100 ms x 3", await budgetOf({ ...looks, noticing }, silent, without));
  await mend(lab, "node3");
}

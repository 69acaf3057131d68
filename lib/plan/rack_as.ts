/**
 * The AS of a speaker by the rack of the node that it runs on, as OpenELB's asPerRack has it: each rack is
 * an AS of its own, and its leaf switch knows that one.
 *
 * @module
 */

import type { BgpConf, Node } from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";

/** The labels of a Node that name its rack; the first that is there counts. */
const rackLabels = ["porter.kubesphere.io/rack", "openelb.kubesphere.io/rack"] as const;

/** The AS to speak as. */
export interface RackAs {
  readonly as: number;
  /** Why it is not one of asPerRack, though there are some. */
  readonly refusal?: Refusal;
}

/**
 * The AS of a speaker on the node `host`; "" for one that was not told where it runs. With undefined
 * nobody runs anywhere: the plan of a directory.
 */
export function rackAs(conf: BgpConf, nodes: readonly Node[], host: string | undefined): RackAs {
  const { as, asPerRack } = conf.spec;
  if (host === undefined || Object.keys(asPerRack).length === 0) return { as };
  const node = nodes.find((each) => each.ref.name === host);
  const rack = rackLabels.map((label) => node?.labels[label]).find((each) => each !== undefined);
  if (rack !== undefined && Object.hasOwn(asPerRack, rack)) return { as: asPerRack[rack] ?? as };
  const why = host === ""
    ? "porter manager was started without --node"
    : node === undefined
    ? `there is no Node ${host}`
    : rack === undefined
    ? `Node ${host} has no label ${rackLabels[0]}`
    : `rack ${rack} of Node ${host} is not in it`;
  const message = `Cannot take an AS of spec.asPerRack: ${why}; AS ${as} is used`;
  return { as, refusal: { object: conf.ref, reason: "RackUnknown", message } };
}

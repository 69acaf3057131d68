/**
 * Every family that porter may give, for the documents and the checks.
 *
 * @module
 */

import { agentFamilies } from "./agent.ts";
import { bfdFamilies } from "./bfd_families.ts";
import { changeToUpdate, eipNextHops, passDuration } from "./manager.ts";
import { managerFamilies } from "./manager_families.ts";
import { metallbAnnounced, metallbFamilies } from "./metallb.ts";
import { processFamilies } from "./process_families.ts";
import { sessionFamilies } from "./session_families.ts";

/** What can be said of a family without a state. */
export interface FamilyName {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

/** The families by who gives them. */
export const allFamilies: Readonly<
  Record<"both" | "manager" | "agent" | "metallb", readonly FamilyName[]>
> = {
  both: [
    ...processFamilies,
    { ...passDuration, type: "histogram" },
    ...sessionFamilies,
    ...bfdFamilies,
  ],
  manager: [
    ...managerFamilies,
    { ...eipNextHops, type: "gauge" },
    { ...changeToUpdate, type: "histogram" },
  ],
  agent: agentFamilies,
  metallb: [...metallbFamilies, { ...metallbAnnounced, type: "gauge" }],
};

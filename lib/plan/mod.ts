/**
 * Snapshot in, everything that shall be true out.
 *
 * @module
 */

export * from "./model.ts";
export * from "./patch.ts";
export { plan, Planner, type PlannerOptions } from "./planner.ts";
export type { Endpoints, Serving } from "./endpoints.ts";
export type { NodeTable, TrafficPolicy } from "./next_hops.ts";
export { nextHopsOf, nextHopsOfAggregate, routeOf } from "./service_plan.ts";
export { isAggregate } from "./routes.ts";
export { type DrainPhase, type NodeDrain, nodeDrains } from "./drain.ts";
export { BrakedPlanner } from "./braked_planner.ts";
export { addressesOf, holdRecord, restoredRoutes } from "./brake_record.ts";
export { type RackAs, rackAs } from "./rack_as.ts";
export { recordedOwners } from "./brake_owners.ts";
export { asksAgentOf } from "./speakers.ts";
export { refusedAtAgents } from "./speakers_said.ts";
export { forwardRefusals, portForwards } from "./forwards.ts";
export { hostState, HostStates, recorded } from "./host_state.ts";
export { Statuses, statuses, type StatusOptions } from "./statuses.ts";
export type { Audience } from "./audience.ts";
export type { Policies } from "./attributes.ts";
export type { PodNetwork, PodNetworks } from "./safety.ts";
export { LinkBandwidths } from "./link_bandwidth.ts";
export { bgpPeerPatch, type PeerSaid } from "./object_status.ts";
export { awaitsRecords } from "./end_of_rib.ts";
export { events } from "./events.ts";
export { allocatedCondition, announcedCondition, type Condition } from "./conditions.ts";
export { conditionsOfService, standingMeanings } from "./service_status.ts";
export { nodeVerdicts } from "./next_hops.ts";
export { nodeAddresses } from "./claims.ts";
export { type Delta, delta, inForce } from "./order.ts";
export { attributesText } from "./attributes_text.ts";
export { bfdPart, eipLine, type NodeHostState, renderPlan } from "./render.ts";
export { planToJson } from "./json.ts";
export {
  formatReport,
  parseReport,
  type ReportedListening,
  type ReportedRefusal,
  type ReportedSession,
  reportLifetime,
  reportOf,
  type SpeakerName,
  type SpeakerReport,
  type SpeakerState,
} from "./speaker_report.ts";

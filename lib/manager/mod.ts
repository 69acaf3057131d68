/**
 * The manager: gives Services their EIPs, plans next hops, tells the leaf switches, writes statuses.
 *
 * @module
 */

export { type ManagedSpeaker, Manager, type ManagerOptions, type ManagerPass } from "./manager.ts";
export type { Reporting, SpeakerReports } from "./speaker_reports.ts";

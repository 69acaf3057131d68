/**
 * What porter says of itself: the log, health, metrics, the local API and the looking glass.
 *
 * @module
 */

export { agentAnswers, type AgentKnown, type HostKnown } from "./answers.ts";
export { managerAnswers, type ManagerKnown, type SelfKnown } from "./answers.ts";
export * from "./api.ts";
export * from "./health.ts";
export * from "./log.ts";
export { lookingGlass } from "./looking_glass.ts";
export { allFamilies, type FamilyName } from "./metrics/all.ts";
export { AgentMetrics, type AgentMetricsOptions } from "./metrics/agent.ts";
export {
  ManagerMetrics,
  type ManagerMetricsOptions,
  type MetricsCompat,
  metricsCompats,
} from "./metrics/manager.ts";
export type { ProcessState } from "./metrics/process_families.ts";
export { Recorder } from "./recorder.ts";

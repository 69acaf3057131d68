/**
 * What porter says of itself: the log, health, and metrics.
 *
 * @module
 */

export * from "./health.ts";
export * from "./log.ts";
export { allFamilies, type FamilyName } from "./metrics/all.ts";
export { AgentMetrics, type AgentMetricsOptions } from "./metrics/agent.ts";
export {
  ManagerMetrics,
  type ManagerMetricsOptions,
  type MetricsCompat,
  metricsCompats,
} from "./metrics/manager.ts";
export type { ProcessState } from "./metrics/process_families.ts";

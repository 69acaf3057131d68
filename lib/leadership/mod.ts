/**
 * Who writes: an election by Lease (coordination.k8s.io/v1), whose judgement does without anybody
 * else's clock.
 *
 * @module
 */

export { Elector, type ElectorOptions } from "./elector.ts";
export {
  claim,
  defaultElectionTimes,
  type ElectionTimes,
  type Observation,
  observe,
} from "./turn.ts";

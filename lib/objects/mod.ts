/**
 * The objects porter reads: schemas at the door, porter's own nouns inside.
 *
 * @module
 */

export * from "./model.ts";
export * from "./record.ts";
export * from "./parse.ts";
export * from "./snapshot.ts";
export { fieldBelow, type FieldFault, formatPath } from "./field.ts";
export {
  loadBalancerClass,
  misspeltOptInAnnotation,
  optInAnnotation,
  poolAnnotation,
  protocolAnnotation,
  sharingKeyAnnotation,
  sharingNamespacesAnnotation,
} from "./service.ts";
export { type LabelSelector, type Requirement, selects } from "./label_selector.ts";
export { serviceNameLabel } from "./endpoint_slice.ts";
export { drainAnnotation, excludeLabel, readDrain } from "./node.ts";
export { eipSchema } from "./eip.ts";
export { claimsAtMost, claimSize, claimsSize } from "./eip_claims.ts";
export { bgpConfSchema, nodeBfdDefaults } from "./bgp_conf.ts";
export {
  brakeDefaults,
  brakeReleaseAnnotation,
  type BrakeSettings,
  formatHold,
  type HeldGroup,
  type HoldRecord,
  readHold,
} from "./brake.ts";
export { bgpPeerSchema } from "./bgp_peer.ts";
export { hostAddress, type PeerTransport } from "./peer_transport.ts";
export type { Drain, EipBgp, PeerExport, Speakers } from "./announcing.ts";
export {
  type AskedAttributes,
  attributeAnnotations,
  type AttributeName,
  attributeNames,
} from "./attributes.ts";
export { formatFault } from "./fault.ts";
export { isOldFinalizer, stayingFinalizers } from "./finalizers.ts";

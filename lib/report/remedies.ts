/**
 * What to do about each "no", in one sentence with the command or field. Where nothing stands here
 * the refusal's own message says it.
 *
 * @module
 */

import type { RefusalReason } from "../refusal/mod.ts";

/** Reasons of a chain that are no refusals: nobody said no, something is not there. */
export const chainReasons = {
  NotFound: "there is no such Service",
  NotLoadBalancer: "the Service is not of type LoadBalancer",
  NotOptedIn: "the Service names neither porter's class nor its annotation",
  OtherClass: "spec.loadBalancerClass names another load balancer, which wins over the annotation",
  Deleting: "the Service is being deleted",
  NotListed: "not every kind of object was listed yet",
  Pending: "the address is not written down yet, and is announced only then",
  NoPeer: "there is no BgpPeer, so nobody is told",
  NoPeerSelects: "no BgpPeer selects it by its spec.export",
  SessionDown: "no session with a peer is up",
  NotSent: "no peer was told the address",
  HostStateMissing: "a node that is a next hop does not take the address in",
  HostAddressTaken: "a node that is a next hop has the address by somebody else's hand",
} as const;

/** The name of a reason in a chain. */
export type ChainReason = RefusalReason | keyof typeof chainReasons;

const next: Partial<Record<ChainReason, string>> = {
  NotFound: "Check namespace and name: kubectl get services --all-namespaces",
  NotLoadBalancer: "Set spec.type to LoadBalancer",
  NotOptedIn: "Set spec.loadBalancerClass: porter.kubesphere.io/porter (only when the Service is " +
    "created), or the annotation lb.kubesphere.io/v1alpha1: porter",
  OtherClass: "Make the Service anew with spec.loadBalancerClass: porter.kubesphere.io/porter; " +
    "Kubernetes lets nobody change it",
  Deleting: "Nothing: it goes as soon as its finalizers are gone",
  NotListed: "Ask /readyz of the manager which kind is missing; it names what RBAC lacks",
  Pending:
    "Wait a second; then see whether a manager leads (porter_leader) and what its log says of " +
    "status.write-failed",
  NoPeer: "Create a BgpPeer for each leaf switch: manifests/samples/bgp_peer.yaml",
  SessionDown: "See porter peers, and the neighbour's state on the leaf switch",
  NoPeerSelects:
    "Compare spec.export of the BgpPeers with the labels of Service, Eip and nodes: kubectl get " +
    "bgppeers -o yaml",
  NotSent: "See porter peers, and porter routes -o wide a moment later",
  HostStateMissing: "Look at /readyz and the log of the agent on that node",
  HostAddressTaken: "Take the address off that interface (ip address), or out of the pool",
  InvalidObject: "Mend the field that is named; porter plan DIR or the log has the line",
  PoolInvalidAddress: "Write spec.address of the Eip as an address, a prefix or FIRST-LAST",
  PoolOverlap: "Make the two Eips apart, or delete one",
  PoolProtocolUnsupported: "Set spec.protocol of the Eip to bgp",
  RequestedAddressInvalid: "Mend the address that the Service asks for, or take the request away",
  RequestedAddressOutsidePools:
    "Ask for an address of an Eip (porter eips), or make one that has it",
  RequestedAddressReserved: "Set usingKnownIPs: true on the Eip, or ask for another address",
  RequestedAddressInUse: "Ask for another address; porter eips says who has this one",
  SharingKeyDiffers: "Give both Services the same porter.kubesphere.io/sharing-key",
  SharingNamespaceRefused:
    "Name the other namespace in porter.kubesphere.io/sharing-namespaces of both",
  SharingPortConflict: "Services that share an address need different ports",
  SharingPolicyDiffers:
    "Give both Services the same externalTrafficPolicy, and with Local the same pods",
  RequestedAddressFamily: "Ask for an address of a family of spec.ipFamilies",
  RequestedAddressProtocol: "Ask for an address of an Eip with protocol bgp",
  RequestedPoolDisabled: "Enable that Eip (spec.disable: false), or ask for another address",
  RequestedPoolMissing: "Mend the annotation porter.kubesphere.io/pool; porter eips lists the Eips",
  PoolNotAllowed: "Open an Eip to the namespace or labels of the Service",
  PoolsOnRequestOnly: "Name an Eip in the annotation porter.kubesphere.io/pool",
  AddressOfNode: "Take the node's address out of the Eip, and delete the request for it",
  ProtocolUnknown: "Set the annotation protocol.porter.kubesphere.io/v1alpha1 to bgp, or remove it",
  ProtocolUnsupported: "Layer 2 is not served: remove the protocol annotation to use BGP",
  NoPool: "Create an Eip with protocol bgp and an address of the Service's family",
  PoolsDisabled: "Set spec.disable of an Eip to false",
  PoolExhausted: "Make the Eip larger or add another one; porter eips says who has what",
  PoolClaimsFull: "Add another Eip, or move a part of the full one's range to one; see porter eips",
  NoReadyEndpoint:
    "Look at the pods: kubectl get endpointslices -l kubernetes.io/service-name=NAME",
  NoEligibleNode: "See porter nodes; each line above says why a node is out",
  BgpConfMissing: "Create a BgpConf: manifests/samples/bgp_conf.yaml",
  WithdrawalsHeld:
    "See porter brake: undo the change, or release it with the command that it prints",
  ListenFailed: "Free the port (ss -ltnp names its owner), or set spec.port of the BgpConf",
  PeerDuplicate: "Delete one of the two BgpPeers",
  FamilyNotNegotiated: "Activate that address family for the neighbour on the leaf switch",
  RouteCapReached: "Raise the cap of the BgpPeer, or announce less",
};

/** What to do; undefined where the message of the refusal says it. */
export function remedy(reason: ChainReason): string | undefined {
  return next[reason];
}

/**
 * The closed list of names for every "no" porter says. A refusal shows up under the same name as a
 * condition's reason, an event's reason, a log field and a metric label; a name never contains
 * anything a user wrote, so that labels stay bounded.
 *
 * @module
 */

/** What each reason means, in one sentence for the person who reads it at three in the morning. */
export const refusalMeanings = {
  // Objects
  InvalidObject: "a field of the object cannot be used; the last good version stays in force",
  // Eip (pools)
  PoolInvalidAddress: "spec.address is not an address, a prefix or a range",
  PoolOverlap: "the pool shares addresses with an older pool, which keeps them",
  PoolProtocolUnsupported: "the pool's protocol is not served; only bgp is",
  PoolClaimsFull:
    "the one object that an Eip is holds as many claims as it can; what is held stays, other Eips go on",
  // Service
  RequestedAddressInvalid: "the requested address is not an IP address",
  RequestedAddressOutsidePools: "no pool contains the requested address",
  RequestedAddressReserved:
    "the requested address ends in .0 or .255 and the pool does not use those",
  RequestedAddressInUse: "the requested address is held by another Service",
  SharingKeyDiffers: "the Service that holds the requested address has another sharing key or none",
  SharingNamespaceRefused:
    "the Service that holds the requested address is of a namespace that is not admitted",
  SharingPortConflict: "the Service that holds the requested address has the same port",
  SharingPolicyDiffers:
    "the Service that holds the requested address treats packets in another way",
  RequestedAddressFamily: "the requested address is of a family that the Service does not have",
  RequestedAddressProtocol: "the pool of the requested address serves another protocol",
  RequestedPoolDisabled: "the pool of the requested address is disabled or being deleted",
  RequestedPoolMissing: "no Eip of the name that the Service asks for can serve it",
  PoolNotAllowed: "the pool admits neither the Service's namespace nor, by its labels, the Service",
  PoolsOnRequestOnly: "every pool that admits the Service hands out on request only",
  AddressOfNode: "the address is a node's own, so it is neither handed out nor announced",
  ProtocolUnknown: "the protocol annotation is neither bgp nor layer2",
  ProtocolUnsupported: "the Service asks for layer2, which is not served",
  NoPool: "no pool of the Service's protocol and family exists",
  PoolsDisabled: "every pool that could serve the Service is disabled",
  PoolExhausted: "every address of every pool that could serve the Service is in use",
  NoReadyEndpoint: "no endpoint of the Service is ready, so nothing is announced",
  NoEligibleNode: "endpoints are ready, but no node may be a next hop",
  AddressOfPods: "the address is in the pod network of a node, so it is not announced",
  AddressMartian: "no router forwards packets of the address, so it is not announced",
  AttributeInvalid: "an annotation that sets a BGP attribute means nothing and is left out",
  AttributeNotAllowed: "the Eip lets no Service set this BGP attribute, so it is left out",
  NotAggregated:
    "the Eip shall be announced by covering prefixes, and some of its addresses are announced one by one",
  // BgpConf
  BgpConfMissing: "there is no BgpConf, so no session is opened",
  BgpConfSuperseded: "an older BgpConf is in force; exactly one is used",
  NodesHeld:
    "BFD has lost so many nodes at once that the manager's own network is suspected; they stay",
  WithdrawalsHeld:
    "one change would have withdrawn too many routes at once; they stay announced until released",
  RackUnknown: "spec.asPerRack has no AS for the rack of the node that porter runs on",
  ListenFailed: "the BGP port cannot be listened on",
  // BgpPeer
  NoSpeakerNode: "the agents of some nodes shall speak to the peer, but there is no such node",
  PeerDuplicate: "an older BgpPeer names the same neighbour address and port",
  PeerSecretMissing: "there is no Secret, or no key in it, for the peer's password",
  PeerSecretInvalid: "what the Secret has for the peer's password cannot be a password",
  SocketOptionsDenied:
    "the peer's session needs socket options that porter may not, or cannot, set here",
  PeerUnsupported: "the peer asks for something that porter cannot do",
  PortForwardFailed: "the node's kernel does not take the rule that forwards port 179 to porter",
  BfdUnavailable: "the BFD session that the peer asks for cannot run here; BGP goes on without it",
  RouteCapReached: "the peer's cap on announced prefixes is reached",
  FamilyNotNegotiated: "the peer does not take an address family in which Services have addresses",
} as const;

/** The name of a "no". */
export type RefusalReason = keyof typeof refusalMeanings;

/** A "no": what was refused, why by name, and the particulars in words. */
export interface Refusal {
  /** The object that is refused. */
  readonly object: ObjectRef;
  /** The name from the closed list. */
  readonly reason: RefusalReason;
  /** The particulars, starting with a capital, no full stop, naming the field and what to do. */
  readonly message: string;
}

/** Names an object: kind, namespace ("" for cluster-scoped kinds), name. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Writes "Kind namespace/name" or "Kind name". */
export function formatRef(ref: ObjectRef): string {
  return ref.namespace === ""
    ? `${ref.kind} ${ref.name}`
    : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** The key of an object for a Map. */
export function refKey(ref: ObjectRef): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** Whether both name the same object. */
export function sameRef(a: ObjectRef, b: ObjectRef): boolean {
  return a === b || a.name === b.name && a.namespace === b.namespace && a.kind === b.kind;
}

/** Orders objects by kind, namespace and name. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return compareText(a.kind, b.kind) || compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

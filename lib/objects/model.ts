/**
 * Porter's own nouns for the objects it reads. Raw Kubernetes objects stop at `parse.ts`; everything
 * beyond works on these. All are immutable, and a store gives the same reference for an object that
 * did not change.
 *
 * @module
 */

import type { Address, AddressRange, Family, Ipv4, Prefix } from "../net/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";
import type { Drain, EipBgp, PeerExport, Speakers } from "./announcing.ts";
import type { AskedAttributes } from "./attributes.ts";
import type { BrakeSettings } from "./brake.ts";
import type { Secret } from "../secret/mod.ts";
import type { PeerTransport } from "./peer_transport.ts";
import type { LabelSelector } from "./label_selector.ts";

/** Everything a store holds, at one moment. */
export interface Snapshot {
  /** Every kind was listed once. Before that nothing may be allocated or written. */
  readonly complete: boolean;
  readonly eips: readonly Eip[];
  readonly bgpConfs: readonly BgpConf[];
  readonly bgpPeers: readonly BgpPeer[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly Node[];
  /** Left out where the store reads none. */
  readonly namespaces?: readonly Namespace[];
  /** Those that BgpPeers name, at least; left out means none. */
  readonly secrets?: readonly SecretObject[];
  /** Secrets that BgpPeers name and that cannot be read; left out means none. */
  readonly unreadSecrets?: readonly UnreadSecret[];
  /** What could not be read, in the order of files and lines. */
  readonly faults: readonly ObjectFault[];
  /**
   * Addresses of Services that cannot be read now (a broken file, a file that just went away) but
   * whose statuses hold them: nobody else gets them. Left out means none.
   */
  readonly reserved?: readonly Reserved[];
}

/** An address that a Service holds which is not in the snapshot. */
export interface Reserved {
  readonly address: Address;
  readonly service: ObjectRef;
}

/** A snapshot with nothing in it. */
export const emptySnapshot: Snapshot = {
  complete: true,
  eips: [],
  bgpConfs: [],
  bgpPeers: [],
  services: [],
  endpointSlices: [],
  nodes: [],
  faults: [],
};

/** One thing wrong with one object or file. */
export interface ObjectFault {
  /** error: not read, the last good version stays in force; warning: read, but surely not meant. */
  readonly severity: "error" | "warning";
  /** Undefined when the text is too broken to know. */
  readonly object?: ObjectRef;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** The path of the field, for example "spec.address"; "" for the whole object. */
  readonly field: string;
  /** What is wrong, starting in lower case, no full stop. */
  readonly message: string;
  /** The object can be read, but the store cannot write it for now. */
  readonly unwritable?: true;
  /** Of an Eip: bytes of claims that it takes at the most, as a store was told (eip_claims.ts). */
  readonly claimsAtMost?: number;
}

/** What all objects have. */
export interface ObjectMeta {
  readonly ref: ObjectRef;
  /** "" where the store knows none. */
  readonly uid: string;
  /** metadata.generation; 0 where the store knows none. */
  readonly generation: number;
  /** The version as read, "" where none is known: compared with itself, and for `StatusPatch.ifUnchanged`. */
  readonly resourceVersion: string;
  /** Milliseconds since the epoch; 0 where the store knows none. Orders objects, oldest first. */
  readonly createdAt: number;
  /** A deletion timestamp is set: porter lets go of it. */
  readonly deleting: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Only those whose key has "kubesphere.io/" in it: what a status patch is compared with. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** What `.status` holds now, as it was read, to see whether a write would change anything. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** A pool of addresses. */
export interface Eip extends ObjectMeta {
  readonly spec: {
    /** As the user wrote it. */
    readonly address: string;
    /** What it means, or what is wrong with it: such a pool is refused, not hidden. */
    readonly range: AddressRange | { readonly invalid: string };
    readonly protocol: "bgp" | "layer2";
    /** No new address is handed out. */
    readonly disable: boolean;
    /** Addresses that end in .0 or .255 may be handed out. */
    readonly usingKnownIps: boolean;
    /** The lower goes first. */
    readonly priority: number;
    /** false: only for Services that name the Eip or one of its addresses. */
    readonly autoAssign: boolean;
    /** Only for Services of these namespaces or of those that the selector means. */
    readonly namespaces?: readonly string[];
    readonly namespaceSelector?: LabelSelector;
    /** Only for Services with such labels. */
    readonly serviceSelector?: LabelSelector;
    /** How the addresses are announced; left out: with no attributes beyond the mandatory ones. */
    readonly bgp?: EipBgp;
  };
}

/** A Secret; none of its values can be printed. */
export interface SecretObject extends ObjectMeta {
  readonly data: Readonly<Record<string, Secret>>;
}

/** A Secret that the store was asked for and does not have, for a reason that may pass. */
export interface UnreadSecret {
  readonly namespace: string;
  readonly name: string;
  /** Why, in words; undefined while it is being read for the first time. */
  readonly why?: string;
}

/** Which value of which Secret. */
export interface SecretKeyRef {
  readonly name: string;
  /** Left out: the one Secret of that name that the store reads. */
  readonly namespace?: string;
  readonly key: string;
}

/** A namespace; its labels matter to the selectors of Eips. */
export type Namespace = ObjectMeta;

/** The speaker's configuration. */
export interface BgpConf extends ObjectMeta {
  readonly spec: {
    readonly as: number;
    /** Of speakers on nodes of these racks, in place of `as`. */
    readonly asPerRack: Readonly<Record<string, number>>;
    readonly routerId: Ipv4;
    readonly port: number;
    /** Left out: nodes are not watched. Milliseconds, and percent of the nodes. */
    readonly nodeBfd?: {
      readonly interval: number;
      readonly detectMultiplier: number;
      readonly maxUnreachable: number;
    };
    /** Left out: as by default. */
    readonly drain?: Drain;
    /** Left out: nothing is held. */
    readonly brake?: BrakeSettings;
  };
}

/** A leaf switch. Optional fields of the 2020 API that were left out have their default here. */
export interface BgpPeer extends ObjectMeta {
  readonly spec: PeerTransport & {
    /** Where the password is, for TCP MD5. */
    readonly passwordSecretRef?: SecretKeyRef;
    readonly peerAs: number;
    /** 0: the BgpConf's. */
    readonly localAs: number;
    /** Of a range its first address, which stands for it. */
    readonly neighborAddress: Address;
    /** Everybody who connects from a prefix, in place of one neighbour. */
    readonly listenRange?: { readonly prefix: Prefix; readonly limit: number };
    readonly sendMax: number;
    readonly passiveMode: boolean;
    readonly remotePort: number;
    readonly usingPortForward: boolean;
    /** Seconds. New and optional: spec.timers. */
    readonly holdTime: number;
    readonly keepaliveTime: number;
    readonly connectRetryTime: number;
    readonly idleHoldTime: number;
    /** Seconds, 0 where it is not enabled. New and optional: spec.gracefulRestart. */
    readonly restartTime: number;
    readonly speakers: Speakers;
    /** Left out: no BFD. Milliseconds. */
    readonly bfd?: {
      readonly minTx: number;
      readonly minRx: number;
      readonly detectMultiplier: number;
      /** Left out: as the AS says. */
      readonly multiHop?: boolean;
    };
    /** The next hop that the peer is told: the nodes, or our own address of the session. */
    readonly nextHop?: "node" | "self";
    /** What the peer is told, and what is said of it. */
    readonly export?: PeerExport;
  };
}

/**
 * Why a Service is porter's: by class, by the 2020 annotation, by its misspelt form; "classless" when it
 * names no load balancer at all, so that it is porter's where the managers serve those; or not.
 */
export type OptIn = "class" | "annotation" | "misspelt-annotation" | "classless" | "none";

/** A Service of any type; one that is not porter's matters only while it still holds an address. */
export interface Service extends ObjectMeta {
  readonly optIn: OptIn;
  readonly isLoadBalancer: boolean;
  /**
   * The address the user asks for, as text, and the field that says so. The annotation asks for
   * nothing while its text is exactly the `recordEcho` of our record (record.ts): then we wrote it.
   */
  readonly requested?: { readonly text: string; readonly field: RequestField };
  /** The Eips that it wants its addresses of; left out: any. */
  readonly requestedPools?: readonly string[];
  /** The protocol annotation as written. */
  readonly requestedProtocol?: string;
  /** The sharing key and the namespaces that may share; left out where there is no key. */
  readonly sharing?: { readonly key: string; readonly namespaces: readonly string[] };
  /** What its annotations say of its paths; whether that counts is the Eip's to say. */
  readonly attributes?: AskedAttributes;
  readonly ports: readonly ServicePort[];
  /** The labels of its pods; empty for a Service whose endpoints somebody else writes. */
  readonly selector: Readonly<Record<string, string>>;
  readonly externalTrafficPolicy: "Cluster" | "Local";
  /** The families the Service has; IPv4 where nothing is said. */
  readonly families: readonly Family[];
  /** Neither families nor cluster addresses are said, so that an API server would choose. */
  readonly familiesAssumed?: true;
  /** spec.ipFamilyPolicy as written. */
  readonly ipFamilyPolicy?: "SingleStack" | "PreferDualStack" | "RequireDualStack";
  /** What our own record (record.ts) and status.loadBalancer.ingress say that it holds, each once. */
  readonly holds: readonly Held[];
}

/** The fields that can ask for an address, the first one wins. */
export type RequestField =
  | "metadata.annotations[eip.porter.kubesphere.io/v1alpha1]"
  | "spec.loadBalancerIP";

/** An address that a Service holds. */
export interface Held {
  readonly address: Address;
  /** The pool it came from, by our record; undefined when only the status says so. */
  readonly pool?: string;
  /** Whether status.loadBalancer.ingress has it. */
  readonly inStatus: boolean;
}

/** A port of a Service. */
export interface ServicePort {
  readonly name: string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly port: number;
}

/** A part of a Service's endpoints. */
export interface EndpointSlice extends ObjectMeta {
  /** The Service of the same namespace, from the label kubernetes.io/service-name. */
  readonly service: string;
  readonly family: Family | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** One endpoint; conditions that are not said count as the API says (ready and serving: true). */
export interface Endpoint {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
}

/** A node of the cluster. */
export interface Node extends ObjectMeta {
  readonly ready: boolean;
  readonly networkUnavailable: boolean;
  /** Labelled node.kubernetes.io/exclude-from-external-load-balancers. */
  readonly excluded: boolean;
  /** Cordoned; such a node still serves. */
  readonly unschedulable: boolean;
  readonly podNetworks?: readonly Prefix[];
  /** Since when it is cordoned, in milliseconds since the epoch, where the taint says so. */
  readonly cordonedAt?: number;
  /** Its annotation drains it; since when, in milliseconds since the epoch, where it holds a time. */
  readonly drain?: { readonly since?: number };
  /** Addresses of type InternalIP, in the order of the object. */
  readonly internalIps: readonly Address[];
}

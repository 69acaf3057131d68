/**
 * What address allocation works on: claims and pools in, outcomes out. All values; nothing here
 * knows where they come from.
 *
 * @module
 */

import type { Address, AddressKey, AddressRange, Family } from "../net/mod.ts";
import type { LabelSelector } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import type { JudgedPool } from "./pools.ts";

/** A Service that shall have an address of each of its families. */
export interface Claim {
  readonly service: ObjectRef;
  /** Milliseconds since the epoch; the oldest claim is served first. */
  readonly createdAt: number;
  readonly families: readonly Family[];
  /** What becomes of one family when the other cannot be had; left out, each is on its own. */
  readonly ipFamilyPolicy?: IpFamilyPolicy;
  /** The protocol annotation as written; undefined means bgp. */
  readonly protocol?: string;
  /** The Service's labels; none where left out. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The Eips that it wants its addresses of; any where left out. */
  readonly requestedPools?: readonly string[];
  readonly requested?: Request;
  /** Left out where the Service shares with nobody. */
  readonly sharing?: Sharing;
  /** What the Service holds now, each address once. */
  readonly holds: readonly Hold[];
}

/** As Kubernetes has it: PreferDualStack is content with one family, RequireDualStack is not. */
export type IpFamilyPolicy = "SingleStack" | "PreferDualStack" | "RequireDualStack";

/** How a Service shares its address with others; of all values only equality matters. */
export interface Sharing {
  readonly key: string;
  /** The namespaces, beside its own, with which it shares; "*" is all of them. */
  readonly namespaces: readonly string[];
  /** For example "TCP 80"; sorted. */
  readonly ports: readonly string[];
  /** Says what a node does with a packet: Cluster, or Local for which pods. */
  readonly policy: string;
}

/** What the user asks for. */
export interface Request {
  /** Undefined when the text is not an address. */
  readonly address: Address | undefined;
  readonly text: string;
  /** The field that says so, for messages. */
  readonly field: string;
  readonly by: "annotation" | "loadBalancerIP";
}

/** An address that a Service holds: by our record when `pool` is known, else by its status alone. */
export interface Hold {
  readonly address: Address;
  readonly pool?: string;
}

/** A pool of addresses (an Eip). */
export interface Pool {
  readonly eip: ObjectRef;
  /** Milliseconds since the epoch; of two pools that overlap the older one keeps the addresses. */
  readonly createdAt: number;
  readonly range: AddressRange | { readonly invalid: string };
  readonly protocol: "bgp" | "layer2";
  /** Hands out nothing new. */
  readonly disable: boolean;
  /** Hands out nothing new and stands in no other pool's way. */
  readonly deleting: boolean;
  /** Hands out .0 and .255 too. */
  readonly usingKnownIps: boolean;
  /** The lower goes first, then the older; 100 where left out. */
  readonly priority?: number;
  /** false: hands out only to Services that name it, or one of its addresses. */
  readonly autoAssign?: boolean;
  /** Only Services of these namespaces, or of those that the selector means; left out: of any. */
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  /** Only Services with such labels. */
  readonly serviceSelector?: LabelSelector;
}

/** A Service holds this address. */
export interface Assignment {
  readonly service: ObjectRef;
  readonly address: Address;
  /** The Eip it came from; that Eip may be gone or changed since. */
  readonly pool: string;
  /** What decided on the address; "held" for every address that the Service had before. */
  readonly by: "pool" | "annotation" | "loadBalancerIP" | "held";
  /** How the pool stands to the address now. Held addresses stay whatever it says. */
  readonly standing: PoolStanding;
}

/** How a pool stands to an address that came from it. */
export type PoolStanding =
  | "InPool"
  | "PoolGone"
  | "OutsidePool"
  | "PoolDisabled"
  | "PoolDeleting"
  | "PoolRefused";

/** What came of one claim. */
export interface Outcome {
  readonly claim: Claim;
  /** At most one of each family, in the order of the claim's families. */
  readonly assignments: readonly Assignment[];
  readonly refusals: readonly Refusal[];
  /** Families that the Service would have liked, PreferDualStack, and can do without. */
  readonly wanting: readonly Refusal[];
  /** Addresses that the Service held and shall not hold any longer. */
  readonly released: readonly Address[];
  /** Claims for the Service that live and were not followed: nobody else gets these addresses. */
  readonly claimed: readonly PoolClaim[];
}

/** What a pool's own object says: this address is for that Service. */
export interface PoolClaim {
  readonly address: Address;
  /** The Eip that says so. */
  readonly pool: string;
  readonly service: ObjectRef;
}

/** What came of all claims and pools. */
export interface Allocation {
  /** Oldest claim first. */
  readonly outcomes: readonly Outcome[];
  /** Those of all outcomes, in the same order. */
  readonly assignments: readonly Assignment[];
  /** Those of the pools, oldest first, then those of all outcomes. */
  readonly refusals: readonly Refusal[];
}

/** What an allocation must know beside claims and pools. */
export interface AllocationOptions {
  /** Nodes' own addresses and the names of the nodes: never handed out. */
  readonly nodeAddresses?: ReadonlyMap<AddressKey, string>;
  /** Addresses held by Services that are not among the claims, and their names: given to nobody else. */
  readonly reserved?: ReadonlyMap<AddressKey, readonly string[]>;
  /** The labels of Namespaces, by name. */
  readonly namespaces?: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What the pools' own objects say of who may have what. */
  readonly claimed?: readonly PoolClaim[];
  /** Bytes of further claims that the pools' own objects take, by pool; no bound where left out. */
  readonly room?: ReadonlyMap<string, number>;
  /** Only adopt what is held: the objects are not all known yet. */
  readonly adoptOnly?: boolean;
  /** What is held by claims that are not among those given, and share with nobody. */
  readonly anchors?: Anchors;
}

/** Addresses that nobody else can have, and who has them. */
export interface Anchors {
  /** Who has it; undefined when nobody of these. */
  holderOf(key: AddressKey): ObjectRef | undefined;
  /** An address of the pool below which each is held by one of these or kept back by its number. */
  firstFree(judged: JudgedPool): Address | undefined;
}

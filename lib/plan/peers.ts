/**
 * BgpConf and BgpPeer to a speaker's configuration, the managers' or that of a node's agent: exactly
 * one BgpConf is in force, each neighbour address and port has one peer.
 *
 * @module
 */

import type { BfdTarget } from "../bfd/session/mod.ts";
import { type PeerConfig, peerDefaults, type SpeakerConfig } from "../bgp/model/mod.ts";
import { fnv1a, formatAddress, formatPrefix, type Ipv4, ipv4 } from "../net/mod.ts";
import { type BgpConf, type BgpPeer, type Node, sameValue, type Snapshot } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import type { Secret } from "../secret/mod.ts";
import { bfdRefusal, bfdTarget, NodeBfdPlanner } from "./bfd.ts";
import { portForwardRefusal } from "./forwards.ts";
import type { AgentPeer, NodeBfdPlan } from "./model.ts";
import { byAge, byRef, sameItems } from "./order.ts";
import { passwordOf, type Secrets } from "./passwords.ts";
import { rackAs } from "./rack_as.ts";
import { SpeakersOf, type SpokenTo } from "./speakers.ts";

/** What the speaker shall be, and which objects it is not. */
export interface Speaking {
  readonly conf: ObjectRef | undefined;
  readonly speaker: SpeakerConfig | undefined;
  /** In the order of names. */
  readonly peers: readonly PeerConfig[];
  readonly agentPeers: readonly AgentPeer[];
  readonly bfd: readonly BfdTarget[];
  readonly nodeBfd: NodeBfdPlan | undefined;
  readonly refusals: readonly Refusal[];
}

/** What is looked at. */
type Objects = Pick<
  Snapshot,
  "bgpConfs" | "bgpPeers" | "nodes" | "secrets" | "unreadSecrets"
>;

/** Decides on one speaker and its peers; objects that did not change keep their references. */
export class SpeakerPlanner {
  readonly #node: string | undefined;
  readonly #host: string | undefined;
  readonly #speakersOf = new SpeakersOf();
  readonly #nodeBfd = new NodeBfdPlanner();
  readonly #speakers = new WeakMap<BgpConf, SpeakerConfig>();
  readonly #peers = new WeakMap<BgpPeer, PeerConfig>();
  readonly #agentPeers = new WeakMap<SpokenTo, AgentPeer>();
  /** The passwords of this plan; a peer that is not here has no session. */
  #passwords: ReadonlyMap<BgpPeer, Secret | undefined> = new Map();
  #last: readonly PeerConfig[] = [];

  /** Decides for the agent of this node; undefined for the managers, of which one runs on `host`. */
  constructor(node: string | undefined, host: string | undefined) {
    this.#node = node;
    this.#host = node ?? host;
  }

  /** Decides for the objects of a snapshot. */
  plan(objects: Objects): Speaking {
    const { bgpConfs, bgpPeers, nodes } = objects;
    const [conf, ...others] = bgpConfs.filter((each) => !each.deleting).sort(byAge);
    const staying = bgpPeers.filter((each) => !each.deleting).sort(byAge);
    if (conf === undefined) {
      const refusals = staying.map((each) => missing(each.ref));
      return {
        conf: undefined,
        speaker: undefined,
        peers: [],
        agentPeers: [],
        bfd: [],
        nodeBfd: undefined,
        refusals,
      };
    }
    const { spokenTo, meetings } = this.#speakersOf.of(staying, nodes);
    const rack = rackAs(conf, nodes, this.#host);
    const config = this.#speaker(conf, rack.as);
    const noRack = this.#rackRefusal(conf, nodes, { spokenTo, own: rack.refusal });
    const refusals = [
      ...(noRack === undefined ? [] : [noRack]),
      ...others.map((each) => superseded(each.ref, conf.ref)),
      ...meetings.map(({ younger, older }) => duplicate(younger, older.ref)),
      ...staying.flatMap((each) => portForwardRefusal(each) ?? []),
      ...spokenTo.filter((each) => each.nodes?.length === 0).map((each) => noNode(each.peer.ref)),
      ...staying.flatMap((each) => bfdRefusal(each) ?? []),
    ];
    refusals.push(...this.#findPasswords(spokenTo, objects));
    const sorted = spokenTo.filter(({ peer }) => this.#passwords.has(peer))
      .sort((a, b) => byRef(a.peer, b.peer));
    const agentPeers = sorted.flatMap((each) => this.#agentPeer(each) ?? []);
    const peers = this.#node === undefined
      ? sorted.flatMap(({ peer, nodes }) => nodes === undefined ? [this.#peer(peer)] : [])
      : agentPeers.filter((each) => each.nodes.includes(this.#node ?? "")).map(({ peer }) => peer);
    const bfd = sorted.filter((each) => this.#speaksTo(each))
      .flatMap(({ peer }) => bfdTarget(peer, peer.spec.localAs || rack.as) ?? []);
    const nodeBfd = this.#node === undefined ? this.#nodeBfd.plan(conf, nodes) : undefined;
    if (!sameItems(this.#last, peers)) this.#last = peers;
    const speaker = this.#node === undefined
      ? managerSpeaker(config, spokenTo)
      : agentSpeaker(config, peers, nodes.find((each) => each.ref.name === this.#node));
    return { conf: conf.ref, speaker, peers: this.#last, agentPeers, bfd, nodeBfd, refusals };
  }

  /** Which speaker has no AS of its rack: ourselves, or, for managers, the first of the agents. */
  #rackRefusal(
    conf: BgpConf,
    nodes: readonly Node[],
    { spokenTo, own }: {
      readonly spokenTo: readonly SpokenTo[];
      readonly own: Refusal | undefined;
    },
  ): Refusal | undefined {
    const silent = spokenTo.length > 0 && !spokenTo.some((each) => this.#speaksTo(each));
    if (own !== undefined && !silent) return own;
    if (this.#node !== undefined || Object.keys(conf.spec.asPerRack).length === 0) return undefined;
    const speaking = new Set(spokenTo.flatMap((each) => each.nodes ?? []));
    for (const node of nodes) {
      const { name } = node.ref;
      const { refusal } = speaking.has(name) ? rackAs(conf, [node], name) : {};
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** Whether we are among those who speak to the peer. */
  #speaksTo({ nodes }: SpokenTo): boolean {
    return this.#node === undefined ? nodes === undefined : nodes?.includes(this.#node) === true;
  }

  #speaker(conf: BgpConf, as: number): SpeakerConfig {
    const known = this.#speakers.get(conf);
    if (known?.as === as) return known;
    const made = { as, routerId: conf.spec.routerId, listen: { port: conf.spec.port } };
    this.#speakers.set(conf, made);
    return made;
  }

  /** Fills `#passwords`; gives why peers have none. */
  #findPasswords(spokenTo: readonly SpokenTo[], secrets: Secrets): readonly Refusal[] {
    const passwords = new Map<BgpPeer, Secret | undefined>();
    const refusals: Refusal[] = [];
    for (const { peer } of spokenTo) {
      const verdict = passwordOf(peer, secrets);
      if (verdict.ok) passwords.set(peer, verdict.password);
      else if (verdict.refusal !== undefined) refusals.push(verdict.refusal);
    }
    this.#passwords = passwords;
    return refusals;
  }

  #peer(peer: BgpPeer): PeerConfig {
    const password = this.#passwords.get(peer);
    const known = this.#peers.get(peer);
    if (known !== undefined && sameValue(known.password, password)) return known;
    const made = { ...peerConfig(peer), ...(password !== undefined && { password }) };
    this.#peers.set(peer, made);
    return made;
  }

  #agentPeer(spokenTo: SpokenTo): AgentPeer | undefined {
    const { peer, nodes } = spokenTo;
    if (nodes === undefined) return undefined;
    const known = this.#agentPeers.get(spokenTo);
    const config = this.#peer(peer);
    if (known?.peer === config) return known;
    const made = { peer: config, nodes };
    this.#agentPeers.set(spokenTo, made);
    return made;
  }
}

/** Managers that speak to nobody leave the port to whoever needs it on their node. */
function managerSpeaker(config: SpeakerConfig, spokenTo: readonly SpokenTo[]): SpeakerConfig {
  const { listen: _, ...silent } = config;
  const byAgents = spokenTo.length > 0 && spokenTo.every((each) => each.nodes !== undefined);
  return byAgents ? silent : config;
}

/**
 * The speaker of an agent: its node's first IPv4 InternalIP is its BGP identifier. It listens only for
 * peers that shall connect to it; undefined when it has no peer.
 */
function agentSpeaker(
  { as, listen }: SpeakerConfig,
  peers: readonly PeerConfig[],
  node: Node | undefined,
): SpeakerConfig | undefined {
  if (node === undefined || peers.length === 0) return undefined;
  const routerId = routerIdOf(node);
  const listens = listen !== undefined && peers.some((each) => each.passive);
  return listens ? { as, routerId, listen } : { as, routerId };
}

/** Any four octets but zero will do that no other speaker of the AS has (RFC 6286 section 2.1). */
function routerIdOf({ ref, internalIps }: Node): Ipv4 {
  const own = internalIps.find((each): each is Ipv4 => each.family === 4);
  if (own !== undefined) return own;
  // An IPv6-only node has nothing better than its name.
  return ipv4(fnv1a(new TextEncoder().encode(ref.name)) || 1);
}

function peerConfig({ ref, spec }: BgpPeer): PeerConfig {
  return {
    ...peerDefaults,
    name: ref.name,
    address: spec.neighborAddress,
    ...(spec.listenRange !== undefined && { listenRange: spec.listenRange }),
    port: spec.remotePort,
    peerAs: spec.peerAs,
    passive: spec.passiveMode,
    ...(spec.sourceAddress !== undefined && { localAddress: spec.sourceAddress }),
    ...(spec.interface !== undefined && { interface: spec.interface }),
    ...(spec.ttlSecurity !== undefined && { ttlSecurity: spec.ttlSecurity }),
    ...(spec.ebgpMultiHop !== undefined && { ebgpMultiHop: spec.ebgpMultiHop }),
    addPathSendMax: spec.sendMax,
    holdTime: spec.holdTime,
    localAs: spec.localAs,
    keepaliveTime: spec.keepaliveTime,
    connectRetryTime: spec.connectRetryTime,
    nextHop: spec.nextHop === "self" ? "self" : "keep",
    ...(spec.export?.maxPrefixes === undefined ? {} : { maxPrefixesOut: spec.export.maxPrefixes }),
    ...(spec.export === undefined ? {} : { attributes: spec.export.attributes }),
    idleHoldTime: spec.idleHoldTime,
    idleHoldTimeMax: Math.max(spec.idleHoldTime, peerDefaults.idleHoldTimeMax),
    restartTime: spec.restartTime,
    ...(spec.speakers.type === "Agents" && ownPathOnly),
  };
}

/**
 * An agent says one path, its own, at the address that the leaf switch reaches it at: what any eBGP
 * speaker says (RFC 4271 section 5.1.3), and right also on a node that has a link to each of two.
 */
const ownPathOnly = { addPathSendMax: 0, nextHop: "self" } as const;

function missing(object: ObjectRef): Refusal {
  const message = "Cannot open the session: there is no BgpConf; create one";
  return { object, reason: "BgpConfMissing", message };
}

function superseded(object: ObjectRef, by: ObjectRef): Refusal {
  const message = `Cannot use this BgpConf: the older BgpConf ${by.name} is in force; ` +
    "delete one of the two";
  return { object, reason: "BgpConfSuperseded", message };
}

function duplicate({ ref, spec }: BgpPeer, older: ObjectRef): Refusal {
  const { listenRange } = spec;
  const used = listenRange === undefined
    ? `${formatAddress(spec.neighborAddress)} of spec.config.neighborAddress`
    : `${formatPrefix(listenRange.prefix)} of spec.config.listenRange`;
  const port = spec.passiveMode ? "passive too" : `with port ${spec.remotePort} too`;
  const message = `Cannot use ${used}: the older BgpPeer ` +
    `${older.name} has it, ${port}; delete one of the two`;
  return { object: ref, reason: "PeerDuplicate", message };
}

function noNode(object: ObjectRef): Refusal {
  const message = "Cannot open a session: no Node has the labels of spec.speakers.nodeSelector; " +
    "label the nodes whose agents shall speak";
  return { object, reason: "NoSpeakerNode", message };
}

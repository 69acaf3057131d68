/**
 * BgpConf and BgpPeer to the speaker's configuration: exactly one BgpConf is in force, each
 * neighbour address has one peer.
 *
 * @module
 */

import { type PeerConfig, peerDefaults, type SpeakerConfig } from "../bgp/model/mod.ts";
import { type AddressKey, addressKey, formatAddress } from "../net/mod.ts";
import type { BgpConf, BgpPeer } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import { byAge, byRef, sameItems } from "./order.ts";

/** What the speaker shall be, and which objects it is not. */
export interface Speaking {
  readonly conf: ObjectRef | undefined;
  readonly speaker: SpeakerConfig | undefined;
  /** In the order of names. */
  readonly peers: readonly PeerConfig[];
  readonly refusals: readonly Refusal[];
}

/** Decides on the speaker and its peers; objects that did not change keep their references. */
export class SpeakerPlanner {
  readonly #speakers = new WeakMap<BgpConf, SpeakerConfig>();
  readonly #peers = new WeakMap<BgpPeer, PeerConfig>();
  #last: readonly PeerConfig[] = [];

  /** Decides for the objects of a snapshot. */
  plan(confs: readonly BgpConf[], peers: readonly BgpPeer[]): Speaking {
    const [conf, ...others] = confs.filter((each) => !each.deleting).sort(byAge);
    const staying = peers.filter((each) => !each.deleting).sort(byAge);
    if (conf === undefined) {
      const refusals = staying.map((each) => missing(each.ref));
      return { conf: undefined, speaker: undefined, peers: [], refusals };
    }
    const refusals = others.map((each) => superseded(each.ref, conf.ref));
    const byAddress = new Map<AddressKey, BgpPeer>();
    for (const peer of staying) {
      const older = byAddress.get(addressKey(peer.spec.neighborAddress));
      if (older === undefined) byAddress.set(addressKey(peer.spec.neighborAddress), peer);
      else refusals.push(duplicate(peer, older.ref));
      if (peer.spec.usingPortForward) refusals.push(portForward(peer.ref));
    }
    const configs = [...byAddress.values()].sort(byRef).map((each) =>
      memo(this.#peers, each, peerConfig)
    );
    if (!sameItems(this.#last, configs)) this.#last = configs;
    const speaker = memo(this.#speakers, conf, speakerConfig);
    return { conf: conf.ref, speaker, peers: this.#last, refusals };
  }
}

function speakerConfig({ spec }: BgpConf): SpeakerConfig {
  return { as: spec.as, routerId: spec.routerId, listen: { port: spec.port } };
}

function peerConfig({ ref, spec }: BgpPeer): PeerConfig {
  return {
    ...peerDefaults,
    name: ref.name,
    address: spec.neighborAddress,
    port: spec.remotePort,
    peerAs: spec.peerAs,
    passive: spec.passiveMode,
    addPathSendMax: spec.sendMax,
    holdTime: spec.holdTime,
    connectRetryTime: spec.connectRetryTime,
  };
}

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
  const address = formatAddress(spec.neighborAddress);
  const message = `Cannot use ${address} of spec.config.neighborAddress: the older BgpPeer ` +
    `${older.name} has it; delete one of the two`;
  return { object: ref, reason: "PeerDuplicate", message };
}

function portForward(object: ObjectRef): Refusal {
  const message = "Cannot use spec.usingPortForward: porter does not forward port 179 yet; the " +
    "session comes up without it, on the port of the BgpConf";
  return { object, reason: "PeerUnsupported", message };
}

function memo<K extends object, V>(known: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}

/**
 * What on a node, and of a running porter, keeps packets or sessions away: judged from what programs
 * and porter said.
 *
 * @module
 */

import type { BrakeReport, HostReport, PeerReport, StatusReport } from "./model.ts";
import { reversePaths, type ReversePathSymptoms } from "./reverse_path.ts";
import { few } from "./text.ts";

/** What was found out; undefined where it could not be. */
export interface Symptoms {
  readonly manager: StatusReport | undefined;
  /** Why there is no answer of the manager, of the agent, and what to do. */
  readonly silence: { readonly manager?: string; readonly agent?: string };
  readonly peers: readonly PeerReport[];
  readonly brake: BrakeReport | undefined;
  readonly agent: HostReport | undefined;
  /** What `ss -Hltnp` said of the BGP port. */
  readonly listeners: string | undefined;
  /** By the name of the setting. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly reversePath: ReversePathSymptoms;
  /** What `nft list tables` said. */
  readonly tables: string | undefined;
  /** Whether there is the interface of kube-proxy's IPVS mode; undefined where nobody knows. */
  readonly ipvs: boolean | undefined;
  /** Milliseconds since the epoch, here. */
  readonly now: number;
}

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly verdict: "fine" | "warning" | "broken" | "unknown";
  readonly says: string;
}

/** The settings that are looked at. */
export const sysctlNames = [
  "net.ipv4.ip_forward",
  "net.ipv6.conf.all.forwarding",
] as const;

/** Milliseconds that two clocks may differ: a Lease and a log must be told by. */
const clocksDiffer = 2000;

/** Judges everything. */
export function diagnose(symptoms: Symptoms): readonly Finding[] {
  return [
    ...managerFindings(symptoms),
    portFinding(symptoms),
    ...symptoms.peers.flatMap(peerFindings),
    ...brakeFindings(symptoms),
    ...hostFindings(symptoms),
    forwardFinding(symptoms, "net.ipv4.ip_forward"),
    forwardFinding(symptoms, "net.ipv6.conf.all.forwarding"),
    reversePathFinding(symptoms),
    proxyFinding(symptoms),
  ];
}

function managerFindings({ manager, silence, now }: Symptoms): readonly Finding[] {
  if (manager === undefined) {
    const says = silence.manager ?? "no manager was asked; see --manager";
    return [{ what: "manager", verdict: "unknown", says }];
  }
  const missing = [...manager.missing, ...manager.faults].map((says): Finding => ({
    what: "manager",
    verdict: "broken",
    says,
  }));
  const late = Math.abs(manager.now - now);
  return [
    ...(missing.length > 0 ? missing : [
      { what: "manager", verdict: "fine", says: "every object that it needs can be read" } as const,
    ]),
    late > clocksDiffer
      ? {
        what: "clock",
        verdict: "broken",
        says: `the manager's differs by ${late} ms: is NTP running?`,
      }
      : { what: "clock", verdict: "fine", says: "here and at the manager the same" },
  ];
}

function portFinding({ manager, listeners }: Symptoms): Finding {
  const what = "BGP port";
  const speaker = manager?.speaker;
  if (speaker?.listenError) {
    const owner = /users:\(\("([^"]+)",pid=(\d+)/.exec(listeners ?? "");
    const who = owner === null ? "" : `; ${owner[1]} (pid ${owner[2]}) has it`;
    return { what, verdict: "broken", says: `${speaker.listenError}${who}` };
  }
  if (speaker === undefined || speaker === null) {
    const says = manager === undefined ? "no manager answers" : "there is no BgpConf";
    return { what, verdict: "unknown", says };
  }
  return speaker.port === null
    ? { what, verdict: "fine", says: "nobody needs it: agents speak" }
    : {
      what,
      verdict: speaker.listening ? "fine" : "broken",
      says: `${speaker.port}, ${speaker.listening ? "the manager listens" : "nobody listens"}`,
    };
}

function peerFindings({ name, state, hints }: PeerReport): readonly Finding[] {
  const what = `BgpPeer ${name}`;
  if (hints.length === 0) {
    const asked = state === "Established";
    return [{ what, verdict: asked ? "fine" : "unknown", says: asked ? "is up" : state }];
  }
  const verdict = state === "Established" || state === "Partial" ? "warning" : "broken";
  return hints.map((says): Finding => ({ what, verdict, says }));
}

/** Where it holds nothing there is nothing to say. */
function brakeFindings({ brake, now }: Symptoms): readonly Finding[] {
  if (brake === undefined || brake.since === null) return [];
  const minutes = Math.max(0, Math.floor((now - brake.since) / 60_000));
  const says =
    `WithdrawalsHeld: ${brake.routes} routes, ${brake.percent}% of all, for ${minutes} ` +
    "min; porter brake says which, and how to release them";
  return [{ what: "brake", verdict: "warning", says }];
}

function hostFindings({ agent, silence }: Symptoms): readonly Finding[] {
  const what = "host state";
  if (agent === undefined) {
    const says = silence.agent ?? "no agent was asked; see --agent";
    return [{ what, verdict: "unknown", says }];
  }
  const refused = agent.eips.flatMap(({ address, refused }) =>
    refused === null ? [] : [`${address} is on ${refused}, not by porter's hand`]
  );
  const wrong = [...agent.missing, ...refused];
  if (wrong.length > 0) return wrong.map((says): Finding => ({ what, verdict: "broken", says }));
  return [{ what, verdict: "fine", says: `${agent.eips.length} EIPs are taken in` }];
}

function forwardFinding({ sysctls }: Symptoms, name: string): Finding {
  const value = sysctls.get(name);
  if (value === undefined) return { what: name, verdict: "unknown", says: "cannot be read" };
  return value === "1" ? { what: name, verdict: "fine", says: "1: packets for pods go on" } : {
    what: name,
    verdict: "warning",
    says: `${value}: packets for pods stop here; sysctl -w ${name}=1`,
  };
}

function reversePathFinding({ reversePath }: Symptoms): Finding {
  const what = "rp_filter";
  const found = reversePaths(reversePath);
  if (found === undefined) return { what, verdict: "unknown", says: "cannot be read" };
  const { looked, strict } = found;
  if (strict.length === 0) {
    if (looked.length === 0) return { what, verdict: "fine", says: "no interface has IPv4" };
    const says = `not strict on ${few(looked)}: answers may leave by another way`;
    return { what, verdict: "fine", says };
  }
  if (looked.length === 1) {
    return {
      what,
      verdict: "fine",
      says: `1 is strict on ${few(strict)}, the only way in and out`,
    };
  }
  return {
    what,
    verdict: "warning",
    says:
      `1 is strict on ${
        few(strict)
      }: what comes in there and is answered by another interface is ` +
      "dropped; sysctl -w net.ipv4.conf.all.rp_filter=2 makes all of them loose",
  };
}

function proxyFinding({ tables, ipvs }: Symptoms): Finding {
  const what = "kube-proxy";
  if (ipvs) return { what, verdict: "warning", says: "IPVS mode: porter is not tested with it" };
  if (tables === undefined) return { what, verdict: "unknown", says: "nft cannot be asked" };
  if (/\bkube-proxy\b/.test(tables)) return { what, verdict: "fine", says: "nftables mode" };
  if (/\btable ip nat\b/.test(tables)) {
    return { what, verdict: "fine", says: "iptables mode, it seems" };
  }
  return {
    what,
    verdict: "warning",
    says: "no rules of it are here: who takes packets to the pods?",
  };
}

/**
 * The links beyond the plan: the speaker, what peers were told, and what the nodes have.
 *
 * @module
 */

import { addressKey, formatAddress } from "../net/mod.ts";
import { nextHopsOf, nodeAddresses } from "../plan/mod.ts";
import { addressesOf, broken, type Case, fine, routesOf, waiting, warning } from "./links.ts";
import { downHint } from "./peers.ts";
import { toldReports } from "./routes.ts";
import { type LinkReport, type NotToldReason, notToldReasons, type ToldReport } from "./model.ts";

/** Whether anybody speaks BGP. */
export function speakerLink({ subject }: Case): LinkReport {
  const title = "speaker";
  const { plan, running, refusals } = subject;
  if (plan.speaker === undefined || plan.conf === undefined) {
    return broken(title, "BgpConfMissing", []);
  }
  const { as, routerId, listen } = plan.speaker;
  const port = listen === undefined ? "listens on no port" : `port ${listen.port}`;
  const facts = [
    `BgpConf ${plan.conf.name}: AS ${as}, router id ${formatAddress(routerId)}, ${port}`,
  ];
  const nos = refusals.filter(({ object }) =>
    object.kind === "BgpConf" || object.kind === "BgpPeer"
  )
    .map(({ object, reason, message }) => `${object.kind} ${object.name}: ${reason}: ${message}`);
  if (plan.peers.length + plan.agentPeers.length === 0) {
    return broken(title, "NoPeer", [...facts, ...nos]);
  }
  const listenError = running?.speaker.listenError;
  if (listenError !== undefined) {
    // Peers that porter dials do without the port.
    return plan.peers.every(({ passive }) => passive)
      ? broken(title, "ListenFailed", [...facts, listenError])
      : warning(title, [...facts, listenError], "Free the port: ss -ltnp names its owner");
  }
  return nos.length === 0 ? fine(title, facts) : warning(
    title,
    [...facts, ...nos],
    "Mend what is refused; what is announced does not depend on it",
  );
}

/** Whether the peers were told. */
export function peersLink(about: Case): LinkReport {
  const title = "peers";
  const { subject } = about;
  if (subject.plan.speaker === undefined) return waiting(title);
  const reports = routesOf(about).flatMap(({ address, routes }) => {
    const told = toldReports(subject, routes);
    return told.length === 0 ? [] : [{ address, told }];
  });
  const facts = reports.flatMap(({ address, told }) => told.map((each) => tellText(each, address)));
  if (reports.length === 0) return waiting(title);
  // An address that no peer has is reached by nobody, whatever the Service's other one is.
  const alone = reports.find(({ told }) => told.every(({ sent }) => sent === "no"));
  const told = alone?.told ?? reports.flatMap((each) => each.told);
  const reason = gravest(told);
  if (reason === undefined) {
    return told.some(({ sent }) => sent === "yes")
      ? fine(title, facts)
      : { title, verdict: "unknown", reason: null, facts, next: askHint(about) };
  }
  const hint = reason === "SessionDown" ? downHints(about, told)[0] : undefined;
  const link = broken(title, reason, facts);
  const next = hint ?? link.next;
  return alone === undefined
    ? warning(title, facts, next ?? "See porter peers")
    : { ...link, next };
}

/** What keeps it from peers. That one does not select it is as its BgpPeer wants it; that none does is not. */
function gravest(told: readonly ToldReport[]): NotToldReason | undefined {
  if (told.every(({ reason }) => reason === "NoPeerSelects")) return "NoPeerSelects";
  return notToldReasons.find((each) =>
    each !== "NoPeerSelects" && told.some(({ reason }) => reason === each)
  );
}

function tellText({ peer, sent, why }: ToldReport, address: string): string {
  if (sent === "yes") return `${address} sent to ${peer}: ${why}`;
  return `${address} ${sent === "no" ? "not sent" : "not known whether sent"} to ${peer}: ${why}`;
}

function downHints({ subject }: Case, told: readonly ToldReport[]): readonly string[] {
  return told.flatMap(({ peer }) => {
    const config = subject.plan.peers.find(({ name }) => name === peer);
    const session = subject.running?.sessions.find(({ name }) => name === peer);
    if (config === undefined || session === undefined || session.state === "Established") return [];
    return [downHint(config, session)];
  });
}

function askHint({ subject }: Case): string {
  return subject.running === undefined
    ? "Ask a running manager: leave the directory away"
    : "See porter peers: agents that say nothing are named there; the manager's log has reports.failed " +
      "when what they say cannot be read";
}

/** Whether the nodes that are next hops take the address in. */
export function hostLink(about: Case): LinkReport {
  const title = "host state";
  const { subject, service, planned } = about;
  const addresses = addressesOf(about);
  if (addresses.length === 0) return waiting(title);
  const own = nodeAddresses(subject.snapshot.nodes);
  const ofNode = (planned?.assignments ?? []).filter(({ address }) => own.has(addressKey(address)));
  const ports = service.ports.map(({ protocol, port }) => `${protocol.toLowerCase()} ${port}`);
  const shall = `every node shall have ${addresses.join(", ")} as a local route, open for ` +
    (ports.length === 0 ? "no port" : ports.join(", "));
  if (ofNode.length > 0) return broken(title, "AddressOfNode", [shall]);
  const hops = new Set(
    (planned === undefined ? [] : nextHopsOf(planned)).filter(({ address }) =>
      address !== undefined
    ).map(({ node }) => node),
  );
  const asked = (subject.hosts ?? []).filter(({ node }) => hops.has(node) || hops.size === 0);
  const facts = [shall];
  let reason: "HostStateMissing" | "HostAddressTaken" | undefined;
  for (const { node, eips, missing } of asked) {
    for (const address of addresses) {
      const found = eips.find((each) => each.address === address);
      if (found?.present) facts.push(`${node} has ${address}`);
      else if (found !== undefined && found.refused !== null) {
        reason ??= "HostAddressTaken";
        facts.push(
          `${node} has ${address} on ${found.refused || "no interface"}, not by porter's hand`,
        );
      } else {
        reason ??= "HostStateMissing";
        facts.push(
          `${node} lacks ${address}${missing.length === 0 ? "" : `: ${missing.join("; ")}`}`,
        );
      }
    }
  }
  if (reason !== undefined) return broken(title, reason, facts);
  const others = [...hops].filter((node) => !asked.some((each) => each.node === node));
  if (others.length === 0 && asked.length > 0) return fine(title, facts);
  if (others.length > 0) facts.push(`not asked: the agents of ${others.join(", ")}`);
  const next = "Run porter explain on a node to ask its agent, or name agents with --agent";
  return { title, verdict: "unknown", reason: null, facts, next };
}

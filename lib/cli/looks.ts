/**
 * `porter peers`, `routes`, `eips` and `nodes`: what a running manager knows of each.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import {
  type EipsReport,
  eipsReport,
  type NodeReport,
  nodesReport,
  type PeerReport,
  peersReport,
  type RouteReport,
  routesReport,
} from "../report/mod.ts";
import { lookCommand } from "./looking.ts";
import { type Column, span, table } from "./table.ts";

/** Examples of a look; what is said of each is the same for all. */
function examples(name: string, more: string): string {
  const line = (args: string, what: string) => `  ${`porter ${name}${args}`.padEnd(44)} ${what}`;
  return `
${more}

Examples:
${line("", "ask the manager that runs here")}
${line(" -o wide --watch", "all columns, again and again")}
${line(" -o json --manager 127.0.0.1:7985", "as JSON, from a port-forward")}
${line(" --directory /etc/porter", "what the manifests come to, running or not")}`;
}

/** The four commands. */
export function lookCommands(): readonly CommandUnknownOpts[] {
  return [
    lookCommand({
      name: "peers",
      description: "say how the session with each BgpPeer is",
      help: examples(
        "peers",
        "SENT is prefixes told of those to be told. What is amiss, and what to do, stands below the table.",
      ),
      path: "peers",
      offline: peersReport,
      render: peersText,
    }),
    lookCommand({
      name: "routes",
      description: "say through which nodes each EIP is announced, and to whom",
      help: examples(
        "routes",
        "PEERS is how many peers were told, of those whose spec.export selects it.",
      ),
      path: "routes",
      offline: routesReport,
      render: (routes, wide) =>
        table(routes, routeColumns, { wide, none: "No Service has an address" }),
    }),
    lookCommand({
      name: "eips",
      description: "say how the pools are filled, and who has which address",
      help: examples("eips", "Services that got no address stand at the end, with the reason."),
      path: "eips",
      offline: eipsReport,
      render: eipsText,
    }),
    lookCommand({
      name: "nodes",
      description: "say which nodes may be next hops, and why the others may not",
      help: examples("nodes", "EIPS is of how many announced EIPs the node is a next hop."),
      path: "nodes",
      offline: nodesReport,
      render: (nodes, wide) => table(nodes, nodeColumns, { wide, none: "There is no Node" }),
    }),
  ];
}

function peersText(peers: readonly PeerReport[], wide: boolean, now: number): string {
  const columns: readonly Column<PeerReport>[] = [
    { title: "NAME", of: ({ name }) => name },
    { title: "ADDRESS", of: ({ address }) => address },
    { title: "AS", of: ({ peerAs }) => peerAs },
    { title: "STATE", of: ({ state }) => state },
    { title: "FOR", of: ({ since }) => since === null ? "" : span(now - since) },
    { title: "SENT", of: ({ prefixes }) => `${prefixes.sent}/${prefixes.wanted ?? "?"}` },
    { title: "PATHS", of: ({ pathsSent }) => pathsSent },
    { title: "RECEIVED", of: ({ prefixes }) => prefixes.received },
    { title: "FLAPS", of: ({ flaps }) => flaps },
    { title: "SPEAKERS", of: (peer) => speakersOf(peer) },
    { title: "BFD", of: ({ bfd }) => bfd ?? "", wide: true },
    { title: "HOLD", of: ({ holdTime }) => holdTime ?? "", wide: true },
    { title: "FAMILIES", of: ({ families }) => families.join(","), wide: true },
    { title: "ADD-PATH", of: ({ addPath }) => addPath.join(","), wide: true },
    { title: "LAST ERROR", of: ({ lastError }) => lastError ?? "", wide: true },
  ];
  const hints = peers.flatMap(({ name, state, speakers, lastError, hints }) => [
    // What agents met with stands in the hints, each with its node.
    ...(state === "Established" || lastError === null || speakers === "Agents"
      ? []
      : [`${name}: ${lastError}`]),
    ...hints.map((hint) => `${name}: ${hint}`),
  ]);
  const text = table(peers, columns, { wide, none: "There is no BgpPeer in force" });
  return hints.length === 0 ? text : `${text}\n\n${hints.join("\n")}`;
}

function speakersOf({ speakers, nodes, agentsUp }: PeerReport): string {
  if (speakers === "Managers") return "managers";
  return agentsUp === null ? `${nodes.length} agents` : `${agentsUp}/${nodes.length} agents`;
}

const routeColumns: readonly Column<RouteReport>[] = [
  { title: "PREFIX", of: ({ prefix }) => prefix },
  { title: "SERVICES", of: ({ services }) => services.join(",") },
  { title: "ANNOUNCED", of: ({ announced, reason }) => announced ? "yes" : `no: ${reason}` },
  {
    title: "VIA",
    of: ({ announced, nextHops }) =>
      announced ? nextHops.filter(({ out }) => out === null).map(({ node }) => node).join(",") : "",
  },
  {
    title: "PEERS",
    of: ({ peers }) => {
      const meant = peers.filter(({ reason }) => reason !== "NoPeerSelects");
      return `${meant.filter(({ sent }) => sent === "yes").length}/${meant.length}`;
    },
  },
  { title: "COVERED BY", of: ({ aggregate }) => aggregate ?? "", wide: true },
  {
    title: "OUT",
    of: ({ nextHops }) =>
      nextHops.filter(({ out }) => out !== null).map(({ node, out }) => `${node}:${out}`).join(","),
    wide: true,
  },
  {
    title: "NOT SENT",
    of: ({ peers }) =>
      peers.filter(({ sent }) => sent !== "yes").map(({ peer, why }) => `${peer}: ${why}`).join(
        "; ",
      ),
    wide: true,
  },
];

function eipsText({ pools, eips, pending }: EipsReport, wide: boolean): string {
  const poolTable = table(pools, [
    { title: "POOL", of: ({ name }) => name },
    { title: "ADDRESSES", of: ({ address }) => address },
    {
      title: "STATE",
      of: ({ state, exhausted }) => exhausted && state === "Open" ? "Full" : state,
    },
    { title: "USED", of: ({ used, size }) => `${used}/${size}` },
    { title: "REFUSED", of: ({ refusals }) => refusals.join("; "), wide: true },
  ], { wide, none: "There is no Eip" });
  const eipTable = table(eips, [
    { title: "ADDRESS", of: ({ address }) => address },
    { title: "POOL", of: ({ pool }) => pool },
    { title: "SERVICE", of: ({ service }) => service },
    { title: "STATE", of: ({ state }) => state },
    { title: "REASON", of: ({ reason }) => reason },
    { title: "HOPS", of: ({ nextHops }) => nextHops },
    { title: "MESSAGE", of: ({ message }) => message, wide: true },
  ], { wide, none: "No Service has an address" });
  const pendingTable = table(pending, [
    { title: "PENDING SERVICE", of: ({ service }) => service },
    { title: "REASON", of: ({ reason }) => reason },
    { title: "MESSAGE", of: ({ message }) => message },
  ], { wide, none: "" });
  return [poolTable, eipTable, pendingTable].filter((text) => text !== "").join("\n\n");
}

const nodeColumns: readonly Column<NodeReport>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "ADDRESSES", of: ({ addresses }) => addresses.join(",") },
  {
    title: "NEXT HOP",
    of: ({ eligible, out }) => {
      if (eligible.length > 0) return eligible.join(",");
      const [why = "no"] = Object.values(out);
      return `no: ${why}`;
    },
  },
  { title: "EIPS", of: ({ eips }) => eips },
  { title: "DRAIN", of: ({ drain }) => drain?.phase ?? "" },
  { title: "BFD", of: ({ bfd }) => bfd ?? "", wide: true },
  { title: "CORDONED", of: ({ cordoned }) => cordoned ? "yes, still serves" : "no", wide: true },
  {
    title: "OUT",
    of: ({ out }) => Object.entries(out).map(([family, why]) => `${family}:${why}`).join(","),
    wide: true,
  },
];

/**
 * The head of the page, peers and nodes.
 */

import { byId, card, count, draw, el, isUp, showLeftOff, span } from "./elements.js";

/** So many are shown. */
const most = { troubles: 50, nodes: 200 };

/** Who answers, and how it is, in a line. */
export function showStatus(status, peers, nodes) {
  byId("version").textContent = `${status.version} ${status.mode}`;
  const speaker = status.speaker;
  const services = (state) =>
    status.services.filter((each) => each.state === state).reduce(
      (sum, each) => sum + each.count,
      0,
    );
  const up = peers.filter(isUp).length;
  const eligible = nodes.filter((node) => node.eligible.length > 0).length;
  const drained = nodes.filter((node) => node.drain !== null).length;
  const chip = (text, kind = "") => el("span", { class: `chip ${kind}` }, text);
  byId("summary").replaceChildren(
    speaker === null
      ? chip("no BgpConf", "bad")
      : chip(`AS ${speaker.as}, router id ${speaker.routerId}`),
    chip(status.leads ? "leads" : "follows"),
    chip(`${up} of ${peers.length} peers up`, up === peers.length ? "good" : "bad"),
    chip(
      `${eligible} of ${nodes.length} nodes eligible`,
      eligible === nodes.length ? "good" : "warn",
    ),
    ...(drained > 0 ? [chip(`${count(drained, "node")} drained`, "warn")] : []),
    chip(`${count(services("announced"), "Service")} announced`),
    ...(services("allocated") > 0 ? [chip(`${services("allocated")} not announced`, "warn")] : []),
    ...(services("pending") > 0 ? [chip(`${services("pending")} without address`, "bad")] : []),
  );
}

/** What is not as it should be. */
export function showTrouble(status, peers, refusals, left) {
  const lines = [
    ...status.missing,
    ...(status.speaker?.listenError ? [status.speaker.listenError] : []),
    ...peers.flatMap((peer) => peer.hints.map((hint) => `BgpPeer ${peer.name}: ${hint}`)),
    ...status.faults,
    ...refusals.map(({ object, reason, message }) => `${object}: ${reason}: ${message}`),
  ];
  byId("trouble").hidden = lines.length === 0;
  const first = lines.slice(0, most.troubles);
  byId("troubles").replaceChildren(...first.map((line) => el("li", {}, line)));
  showLeftOff(
    "troubles-more",
    left + lines.length - first.length,
    ": porter plan, kubectl get events",
  );
}

/** The states of a session over the last hour, or since porter started when that is less. */
function historyBar(states, from, to) {
  const bar = draw("svg", {
    class: "history",
    viewBox: "0 0 1000 14",
    preserveAspectRatio: "none",
  });
  const known = states.map(({ at, state }, index) => ({
    state,
    from: Math.max(at, from),
    to: Math.min(states[index + 1]?.at ?? to, to),
  })).filter((each) => each.to > from);
  for (const { state, from: start, to: end } of known) {
    const x = 1000 * (start - from) / (to - from);
    const width = Math.max(2, 1000 * (end - start) / (to - from));
    const kind = state === "Established"
      ? "up"
      : state === "Idle" || state === "Down"
      ? "down"
      : "other";
    const part = draw("rect", { x, width, y: 0, height: 14, class: kind });
    part.append(
      draw(
        "title",
        {},
        `${state} from ${new Date(start).toLocaleTimeString()} for ${span(end - start)}`,
      ),
    );
    bar.append(part);
  }
  return bar;
}

/** The color of a state. */
function kindOf(state) {
  if (state === "Established" || state === "Up") return "good";
  return state === "NotAsked" || state === "Unknown" || state === "AdminDown" ? "quiet" : "bad";
}

/** The sessions of agents with one peer: all of them counted, those that are not up by name. */
function agentLines(peer, now) {
  if (peer.speakers === "Managers") return [];
  const all = peer.nodes.length;
  if (peer.agentsUp === null) return [el("p", { class: "quiet" }, `by ${all} agents`)];
  const down = peer.agents.filter((each) => each.state !== "Established");
  const left = all - peer.agentsUp - down.length;
  return [
    el(
      "p",
      { class: peer.agentsUp === all ? "good" : "bad" },
      `${peer.agentsUp} of ${all} agents have their session`,
    ),
    ...down.map(({ node, state, since, lastError }) =>
      el(
        "p",
        { class: kindOf(state) },
        `${node}: ${state === "Unknown" ? "says nothing" : state}` +
          (since === null ? "" : ` for ${span(now - since)}`) +
          (lastError === null ? "" : `: ${lastError}`),
      )
    ),
    ...(left > 0 ? [el("p", { class: "quiet" }, `and ${left} more`)] : []),
  ];
}

/** Peers and their sessions. */
export function showPeers(peers, histories, status) {
  const states = new Map(histories.map((each) => [each.peer, each.states]));
  const from = Math.max(status.startedAt, status.now - 3_600_000);
  byId("peers").replaceChildren(...peers.map((peer) => {
    const age = peer.since === null ? "" : ` for ${span(status.now - peer.since)}`;
    const wanted = peer.prefixes.wanted ?? "?";
    const agents = peer.speakers === "Agents";
    const addPath = peer.addPath.length > 0 ? `ADD-PATH ${peer.addPath.join(", ")}` : "no ADD-PATH";
    const details = [peer.families.join(", "), addPath, `hold time ${peer.holdTime} s`].join("; ");
    const known = states.get(peer.name) ?? [];
    return card(
      peer.name,
      el("span", { class: `badge ${kindOf(peer.state)}` }, peer.state + age),
      el(
        "p",
        { class: "quiet" },
        `${peer.address}, AS ${peer.peerAs}, by ${agents ? "agents" : "managers"}`,
      ),
      el(
        "p",
        {},
        `${peer.prefixes.sent}/${wanted} prefixes, ${count(peer.pathsSent, "path")} told` +
          (agents ? "" : `; ${count(peer.flaps, "flap")}`),
      ),
      ...agentLines(peer, status.now),
      ...(agents ? [] : [
        isUp(peer)
          ? el("p", { class: "quiet" }, details)
          : el("p", { class: "bad" }, peer.lastError ?? ""),
      ]),
      ...(peer.bfd === null ? [] : [el("p", { class: kindOf(peer.bfd) }, `BFD ${peer.bfd}`)]),
      ...(known.length === 0 ? [] : [
        historyBar(known, from, status.now),
        el(
          "p",
          { class: "quiet ends" },
          el("span", {}, `${span(status.now - from)} ago`),
          el("span", {}, "now"),
        ),
      ]),
    );
  }));
}

/** How far a node's drain is. */
function drainText({ phase, leavesAt }, now) {
  if (phase === "leaving") return "drained: its paths are withdrawn";
  return leavesAt === null ? "draining" : `draining, leaves in ${span(leavesAt - now)}`;
}

/** Nodes as next hops. */
export function showNodes(nodes, status) {
  byId("nodes").replaceChildren(
    ...nodes.slice(0, most.nodes).map((node) => {
      const outs = Object.entries(node.out);
      const reasons = new Set(outs.map(([, why]) => why)).size === 1
        ? [outs[0][1]]
        : outs.map(([family, why]) => `${family}: ${why}`);
      const fine = node.eligible.length > 0;
      const line = (kind, text) => el("p", { class: kind }, text);
      return card(
        node.name,
        el(
          "span",
          { class: `badge ${fine ? node.drain === null ? "good" : "warn" : "bad"}` },
          fine ? `next hop of ${count(node.eips, "EIP")}` : "out",
        ),
        line("quiet", node.addresses.join(", ")),
        ...(node.drain === null ? [] : [line("warn", drainText(node.drain, status.now))]),
        ...(node.bfd === null ? [] : [line(kindOf(node.bfd), `BFD ${node.bfd}`)]),
        ...(node.cordoned ? [line("quiet", "cordoned, still serves")] : []),
        ...(fine ? [] : reasons.map((text) => line("bad", text))),
      );
    }),
  );
  showLeftOff("nodes-more", nodes.length - most.nodes, ": porter nodes has all");
}

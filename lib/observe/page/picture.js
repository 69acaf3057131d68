/**
 * The picture: leaf switches above, nodes in the middle, EIPs below; a line for each live path.
 */

import { byId, cut, draw, isUp, toldOf } from "./elements.js";

const most = { eips: 24, nodes: 24 };

/** The session through which a node's paths are told: its own agent's, or that of the managers. */
function sessionState(peer, node) {
  if (peer.speakers === "Managers") return peer.state;
  if (!peer.nodes.includes(node)) return undefined;
  return peer.agents.find((each) => each.node === node)?.state ?? peer.state;
}

/** Draws what there is. */
export function showPicture(peers, nodes, routes, allRoutes) {
  const named = nodes.slice(0, most.nodes);
  const eips = routes.slice(0, most.eips);
  const columns = Math.max(peers.length, named.length, eips.length, 1);
  const width = columns * 128 + 40;
  const lines = [];
  const boxes = [];
  const place = (list, index) => width * (index + 0.5) / list.length;
  const box = (x, y, kind, title, below) => {
    const g = draw(
      "g",
      {},
      draw("rect", { x: x - 58, y, width: 116, height: 40, rx: 6, class: kind }),
    );
    g.append(draw("text", { x, y: y + 17, "text-anchor": "middle" }, cut(title, 17)));
    g.append(
      draw("text", { x, y: y + 32, "text-anchor": "middle", class: "small" }, cut(below, 21)),
    );
    g.append(draw("title", {}, `${title}: ${below}`));
    boxes.push(g);
  };
  const curve = (x1, y1, x2, y2, kind) =>
    lines.push(
      draw("path", {
        d: `M${x1},${y1} C${x1},${(y1 + y2) / 2} ${x2},${(y1 + y2) / 2} ${x2},${y2}`,
        class: kind,
      }),
    );
  const at = new Map(named.map((node, index) => [node.name, place(named, index)]));
  const used = new Set(
    routes.flatMap((route) =>
      route.announced
        ? route.nextHops.filter(({ out }) => out === null).map(({ node }) => node)
        : []
    ),
  );
  peers.forEach((peer, index) => {
    const x = place(peers, index);
    box(
      x,
      16,
      `leaf ${isUp(peer) ? "up" : "down"}`,
      peer.name,
      isUp(peer) ? `AS ${peer.peerAs}` : peer.state,
    );
    for (const [node, nodeX] of at) {
      const state = sessionState(peer, node);
      if (used.has(node) && state !== undefined) {
        curve(x, 56, nodeX, 126, state === "Established" ? "told" : "told down");
      }
    }
  });
  for (const [index, node] of named.entries()) {
    const fine = node.eligible.length > 0;
    const [why = ""] = Object.values(node.out);
    box(
      place(named, index),
      126,
      `node${fine ? node.drain === null ? "" : " drained" : " out"}`,
      node.name,
      fine ? node.drain?.phase ?? node.addresses[0] ?? "" : why,
    );
  }
  eips.forEach((route, index) => {
    const x = place(eips, index);
    box(
      x,
      236,
      "eip",
      route.prefix.replace(/\/\d+$/, ""),
      route.announced ? (route.aggregate ?? route.services.join(", ")) : route.reason,
    );
    const live = toldOf(route).told > 0;
    for (const { node, out } of route.nextHops) {
      if (route.announced && out === null && at.has(node)) {
        curve(at.get(node), 166, x, 236, live ? "path" : "path idle");
      }
    }
  });
  const picture = byId("picture");
  picture.setAttribute("viewBox", `0 0 ${width} 292`);
  picture.style.setProperty("min-width", `${Math.min(0.75 * width, 1600)}px`);
  // A few boxes shall not fill a wide screen.
  picture.style.setProperty("max-width", `${1.5 * width}px`);
  picture.replaceChildren(...lines, ...boxes);
  const more = [
    nodes.length > named.length ? `${named.length} of ${nodes.length} nodes` : "",
    allRoutes > eips.length ? `${eips.length} of ${allRoutes} EIPs` : "",
  ].filter((text) => text !== "");
  byId("picture-note").textContent =
    "leaf switches, nodes, EIPs; a line is a path, dashed while nobody is told of it" +
    (more.length === 0 ? "" : ` (shown: ${more.join(", ")})`);
}

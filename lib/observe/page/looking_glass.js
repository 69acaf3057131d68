/**
 * The looking glass: asks the local API for what it shows, again whenever the API says that there is
 * something new. Text from outside is only ever set as text.
 */

const shown = { eips: 200, events: 200, pictureEips: 24, pictureNodes: 24 };
const byId = (id) => document.getElementById(id);

/** Makes an element; children are elements or text. */
function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for pictures. */
function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== ""));
  return element;
}

async function ask(path, query = {}) {
  const response = await fetch(`api/v1/${path}?${new URLSearchParams(query)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `${path}: ${response.status}`);
  return body;
}

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86400) return `${Math.floor(s / 86400)}d${Math.floor(s / 3600) % 24}h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}h${Math.floor(s / 60) % 60}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m${s % 60}s` : `${s}s`;
}

const isUp = (peer) => peer.state === "Established";

function showStatus(status, peers, nodes) {
  byId("version").textContent = `${status.version} ${status.mode}`;
  const speaker = status.speaker;
  const count = (state) =>
    status.services.filter((each) => each.state === state).reduce(
      (sum, each) => sum + each.count,
      0,
    );
  const up = peers.filter(isUp).length;
  const eligible = nodes.filter((node) => node.eligible.length > 0).length;
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
    chip(`${count("announced")} Services announced`),
    ...(count("allocated") > 0 ? [chip(`${count("allocated")} not announced`, "warn")] : []),
    ...(count("pending") > 0 ? [chip(`${count("pending")} without address`, "bad")] : []),
  );
}

function showTrouble(status, peers, refusals) {
  const lines = [
    ...status.missing,
    ...(status.speaker?.listenError ? [status.speaker.listenError] : []),
    ...peers.flatMap((peer) => peer.hints.map((hint) => `BgpPeer ${peer.name}: ${hint}`)),
    ...status.faults,
    ...refusals.map(({ object, reason, message }) => `${object}: ${reason}: ${message}`),
  ];
  byId("trouble").hidden = lines.length === 0;
  byId("troubles").replaceChildren(...lines.slice(0, 50).map((line) => el("li", {}, line)));
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
    const kind = state === "Established" ? "up" : state === "Idle" ? "down" : "other";
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

function showPeers(peers, histories, status) {
  const states = new Map(histories.map((each) => [each.peer, each.states]));
  const from = Math.max(status.startedAt, status.now - 3_600_000);
  byId("peers").replaceChildren(...peers.map((peer) => {
    const kind = isUp(peer) ? "good" : peer.state === "NotAsked" ? "quiet" : "bad";
    const age = peer.since === null ? "" : ` for ${span(status.now - peer.since)}`;
    const wanted = peer.prefixes.wanted ?? "?";
    return el(
      "div",
      { class: "card" },
      el(
        "div",
        { class: "head" },
        el("h3", {}, peer.name),
        el("span", { class: kind }, peer.state + age),
      ),
      el(
        "p",
        { class: "quiet" },
        `${peer.address}, AS ${peer.peerAs}, by ${
          peer.speakers === "Managers" ? "managers" : `agents of ${peer.nodes.join(", ")}`
        }`,
      ),
      el(
        "p",
        {},
        `${peer.prefixes.sent}/${wanted} prefixes, ${peer.pathsSent} paths told; ${peer.flaps} flaps`,
      ),
      isUp(peer)
        ? el(
          "p",
          { class: "quiet" },
          `${peer.families.join(", ")}${
            peer.addPath.length > 0 ? `; ADD-PATH ${peer.addPath.join(", ")}` : "; no ADD-PATH"
          }; hold time ${peer.holdTime} s`,
        )
        : el("p", { class: "bad" }, peer.lastError ?? ""),
      historyBar(states.get(peer.name) ?? [], from, status.now),
    );
  }));
}

function showPools(pools) {
  byId("pools").replaceChildren(...pools.map((pool) => {
    const part = pool.size === 0 ? 0 : pool.used / pool.size;
    const full = pool.exhausted && pool.state === "Open";
    return el(
      "div",
      { class: "card" },
      el(
        "div",
        { class: "head" },
        el("h3", {}, pool.name),
        el(
          "span",
          { class: full ? "bad" : pool.state === "Open" ? "good" : "warn" },
          full ? "Full" : pool.state,
        ),
      ),
      el("p", { class: "quiet" }, `${pool.address}: ${pool.used} of ${pool.size} in use`),
      draw(
        "svg",
        { class: "bar", viewBox: "0 0 100 1", preserveAspectRatio: "none" },
        draw("rect", { width: 100 * Math.min(1, part), height: 1, class: full ? "full" : "" }),
      ),
      ...pool.refusals.map((text) => el("p", { class: "bad" }, text)),
    );
  }));
}

const open = new Set();

function showEips({ eips, pending }, routes) {
  const byAddress = new Map(routes.map((route) => [route.prefix.replace(/\/\d+$/, ""), route]));
  const rows = eips.map((eip) => ({ ...eip, key: `${eip.address} ${eip.service}` }));
  const item = (key, head, lines) => {
    const details = el(
      "details",
      { open: open.has(key) ? "" : undefined },
      head,
      el("ul", {}, ...lines.map((line) => el("li", {}, line))),
    );
    details.addEventListener("toggle", () => details.open ? open.add(key) : open.delete(key));
    return details;
  };
  byId("eips").replaceChildren(
    ...rows.map(({ key, address, service, pool, state, reason, message, nextHops }) => {
      const route = byAddress.get(address);
      const kind = state === "announced" ? "good" : "warn";
      return item(
        key,
        el(
          "summary",
          {},
          el("span", { class: "address" }, address),
          el("span", {}, service),
          el("span", { class: "quiet" }, `${pool}, ${nextHops} next hops`),
          el("span", { class: `state ${kind}` }, state === "announced" ? "announced" : reason),
        ),
        [
          message,
          ...(route?.nextHops ?? []).map(({ node, address, out }) =>
            out === null ? `via ${node} ${address}` : `not ${node}: ${out}`
          ),
          ...(route?.peers ?? []).map(({ peer, sent, why }) =>
            `${peer}: ${sent === "yes" ? "sent" : sent === "no" ? "not sent" : "unknown"}, ${why}`
          ),
        ],
      );
    }),
    ...pending.map(({ service, reason, message }) =>
      item(
        service,
        el(
          "summary",
          {},
          el("span", { class: "address" }, "no address"),
          el("span", {}, service),
          el("span", { class: "state bad" }, reason),
        ),
        [message],
      )
    ),
  );
  byId("eips-note").textContent = eips.length >= shown.eips
    ? `the first ${shown.eips}; find the others by name`
    : `${eips.length} addresses, ${pending.length} Services without one`;
}

function showNodes(nodes) {
  byId("nodes").replaceChildren(
    ...nodes.slice(0, 200).map((node) => {
      const reasons = Object.entries(node.out).filter(([family]) =>
        node.eligible.length === 0 || family === "ipv4"
      )
        .map(([family, why]) => `${family}: ${why}`);
      const fine = node.eligible.length > 0;
      return el(
        "div",
        { class: "card" },
        el(
          "div",
          { class: "head" },
          el("h3", {}, node.name),
          el(
            "span",
            { class: fine ? "good" : "bad" },
            fine ? `next hop of ${node.eips} EIPs` : "out",
          ),
        ),
        el("p", { class: "quiet" }, node.addresses.join(", ")),
        ...(node.cordoned ? [el("p", { class: "quiet" }, "cordoned, still serves")] : []),
        ...(fine ? [] : reasons.map((text) => el("p", { class: "bad" }, text))),
      );
    }),
  );
}

function showEvents(events) {
  byId("events").replaceChildren(
    ...events.toReversed().map(({ at, level, event, fields }) => {
      const when = new Date(at);
      const text = Object.entries(fields).map(([key, value]) =>
        `${key}=${Array.isArray(value) ? value.join(",") : value}`
      ).join("  ");
      const kind = level === "error" ? "bad" : level === "warn" ? "warn" : "";
      return el(
        "li",
        {},
        el("time", { datetime: when.toISOString() }, when.toLocaleTimeString()),
        el("strong", { class: kind }, event),
        el("span", { class: "quiet" }, `  ${text}`),
      );
    }),
  );
}

/** Leaf switches above, nodes in the middle, EIPs below; a line for each live path. */
function showPicture(peers, nodes, routes) {
  const named = nodes.slice(0, shown.pictureNodes);
  const eips = routes.slice(0, shown.pictureEips);
  const columns = Math.max(peers.length, named.length, eips.length, 1);
  const width = Math.max(640, columns * 128 + 40);
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
      if (used.has(node)) curve(x, 56, nodeX, 126, isUp(peer) ? "told" : "told down");
    }
  });
  for (const [index, node] of named.entries()) {
    const fine = node.eligible.length > 0;
    const [why = ""] = Object.values(node.out);
    box(
      place(named, index),
      126,
      `node${fine ? "" : " out"}`,
      node.name,
      fine ? node.addresses[0] ?? "" : why,
    );
  }
  eips.forEach((route, index) => {
    const x = place(eips, index);
    box(
      x,
      236,
      "eip",
      route.prefix.replace(/\/\d+$/, ""),
      route.announced ? route.services.join(", ") : route.reason,
    );
    for (const { node, out } of route.nextHops) {
      if (route.announced && out === null && at.has(node)) curve(at.get(node), 166, x, 236, "path");
    }
  });
  const picture = byId("picture");
  picture.setAttribute("viewBox", `0 0 ${width} 292`);
  picture.style.setProperty("min-width", `${Math.min(0.8 * width, 1600)}px`);
  picture.replaceChildren(...lines, ...boxes);
  const more = [
    nodes.length > named.length ? `${named.length} of ${nodes.length} nodes` : "",
    routes.length > eips.length ? `${eips.length} of ${routes.length} EIPs` : "",
  ].filter((text) => text !== "");
  byId("picture-note").textContent = "leaf switches, nodes, EIPs; a line is a live path" +
    (more.length === 0 ? "" : ` (shown: ${more.join(", ")})`);
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

async function show() {
  const filter = byId("filter").value.trim();
  const listed = { limit: shown.eips, ...(filter === "" ? {} : { filter }) };
  const [status, peers, routes, eips, nodes, refusals, events, histories] = await Promise.all([
    ask("status"),
    ask("peers"),
    ask("routes", listed),
    ask("eips", listed),
    ask("nodes"),
    ask("refusals", { limit: 50 }),
    ask("events", { limit: shown.events }),
    ask("history"),
  ]);
  showStatus(status, peers, nodes);
  showTrouble(status, peers, refusals);
  showPicture(peers, nodes, routes);
  showPeers(peers, histories, status);
  showPools(eips.pools);
  showEips(eips, routes);
  showNodes(nodes);
  showEvents(events);
}

let showing = false;
let again = false;

/** Shows what is now; one at a time, and once more when asked meanwhile. */
async function refresh() {
  again = true;
  if (showing) return;
  showing = true;
  while (again) {
    again = false;
    try {
      await show();
      say("live", "good");
    } catch (error) {
      say(error.message, "bad");
    }
  }
  showing = false;
}

function say(text, kind) {
  byId("live").textContent = text;
  byId("live").className = `quiet ${kind}`;
}

byId("filter").addEventListener("input", refresh);
// With ?live=no the page stays as it is: for printing, or for a picture of the moment.
if (new URLSearchParams(location.search).get("live") === "no") refresh();
else {
  const news = new EventSource("api/v1/watch");
  news.addEventListener("news", refresh);
  news.addEventListener("error", () => say("not connected; trying again", "bad"));
  setInterval(refresh, 10_000);
}

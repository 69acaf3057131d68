/**
 * Pools, EIPs and the flight recorder.
 */

import { byId, card, count, draw, el, showLeftOff, toldOf } from "./elements.js";

/** So many are asked for and shown. */
export const shown = { eips: 200, events: 200, refusals: 50 };

/** How the pools are filled. */
export function showPools(pools) {
  byId("pools").replaceChildren(...pools.map((pool) => {
    const part = pool.size === 0 ? 0 : pool.used / pool.size;
    const full = pool.exhausted && pool.state === "Open";
    return card(
      pool.name,
      el(
        "span",
        { class: full ? "bad" : pool.state === "Open" ? "good" : "warn" },
        full ? "Full" : pool.state,
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

/** Who has which address, and who got none. */
export function showEips({ eips, pending }, routes, left) {
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
      const { kind, text } = state === "announced" && route !== undefined
        ? toldOf(route)
        : { kind: "warn", text: reason };
      return item(
        key,
        el(
          "summary",
          {},
          el("span", { class: "address" }, address),
          el("span", {}, service),
          el(
            "span",
            { class: "quiet" },
            `${pool}, ${count(nextHops, "next hop")}${covered(route, ", as ")}`,
          ),
          el("span", { class: `state ${kind}` }, text),
        ),
        [
          message,
          ...[covered(route, "announced by the prefix that covers it, ")].filter(Boolean),
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
  const all = eips.length + (left.eips ?? 0);
  const without = pending.length + (left.pending ?? 0);
  byId("eips-note").textContent = `${count(all, "address", "addresses")}, ${
    count(without, "Service")
  } without one`;
  showLeftOff("eips-more", all - eips.length + without - pending.length, ": find them by name");
}

/** The covering prefix that is announced for an address; "" where it is announced by itself. */
function covered(route, before) {
  return route?.aggregate ? before + route.aggregate : "";
}

/** The last events, the newest first. */
export function showEvents(events) {
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

/**
 * Elements of the page. Text from outside is only ever set as text.
 */

/** The element of the page by that id. */
export const byId = (id) => document.getElementById(id);

/** Makes an element; children are elements or text. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for pictures. */
export function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== ""));
  return element;
}

/** Time in two units, for example "3m12s"; from milliseconds. */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86400) return `${Math.floor(s / 86400)}d${Math.floor(s / 3600) % 24}h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}h${Math.floor(s / 60) % 60}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m${s % 60}s` : `${s}s`;
}

/** A number of things, for example "1 node", "3 nodes". */
export const count = (number, thing, things = `${thing}s`) =>
  `${number} ${number === 1 ? thing : things}`;

/** How many of the peers that it is for were told of a route, and whether that is well. */
export function toldOf({ peers }) {
  const meant = peers.filter(({ reason }) => reason !== "NoPeerSelects");
  const told = meant.filter(({ sent }) => sent === "yes").length;
  const kind = told === 0 ? "bad" : told === meant.length ? "good" : "warn";
  const text = meant.length === 0
    ? "for no peer"
    : `told ${told} of ${count(meant.length, "peer")}`;
  return { told, kind, text };
}

/** Whether the session is up. */
export const isUp = (peer) => peer.state === "Established";

/** A text that is at most so long. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** A card: its name, a word on how it is, and what else is to be said. */
export function card(name, word, ...lines) {
  return el(
    "div",
    { class: "card" },
    el("div", { class: "head" }, el("h3", {}, name), word),
    ...lines,
  );
}

/** Says under a list how many it does not show. */
export function showLeftOff(id, number, where = "") {
  byId(id).textContent = number > 0 ? `and ${number} more${where}` : "";
}

/**
 * The looking glass: asks the local API for what it shows, again whenever the API says that there is
 * something new.
 */

import { byId } from "./elements.js";
import { showEips, showEvents, shown, showPools } from "./lists.js";
import { showNodes, showPeers, showStatus, showTrouble } from "./machines.js";
import { showPicture } from "./picture.js";

async function ask(path, query = {}) {
  const response = await fetch(`api/v1/${path}?${new URLSearchParams(query)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `${path}: ${response.status}`);
  return { body, left: leftOff(response.headers.get("x-left-off") ?? "") };
}

/** How many of each list were left off: "eips=120, pending=3". */
function leftOff(text) {
  return Object.fromEntries(
    text.split(", ").filter(Boolean).map((each) => each.split("=")).map((
      [list, number],
    ) => [list, Number(number)]),
  );
}

async function show() {
  const filter = byId("filter").value.trim();
  const listed = { limit: shown.eips, ...(filter === "" ? {} : { filter }) };
  const answers = await Promise.all([
    ask("status"),
    ask("peers"),
    ask("routes", listed),
    ask("eips", listed),
    ask("nodes"),
    ask("refusals", { limit: shown.refusals }),
    ask("events", { limit: shown.events }),
    ask("history"),
  ]);
  const [status, peers, routes, eips, nodes, refusals, events, histories] = answers.map(
    ({ body }) => body,
  );
  const [, , leftRoutes, leftEips, , leftRefusals] = answers.map(({ left }) => left);
  showStatus(status, peers, nodes);
  showTrouble(status, peers, refusals, leftRefusals.all ?? 0);
  showPicture(peers, nodes, routes, routes.length + (leftRoutes.all ?? 0));
  showPeers(peers, histories, status);
  showPools(eips.pools);
  showEips(eips, routes, leftEips);
  showNodes(nodes, status);
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

/**
 * BFD sessions, with leaf switches and, for managers, with nodes. Of nodes there may be thousands: they
 * are only counted.
 *
 * @module
 */

import type { BfdStatus } from "../../bfd/session/mod.ts";
import { type Family, flag, type Sample } from "./family.ts";

/** What these rows are read off. */
export interface BfdState {
  readonly bfd: readonly BfdStatus[];
}

const states: readonly BfdStatus["state"][] = ["AdminDown", "Down", "Init", "Up"];

/** The rows. */
export const bfdFamilies: readonly Family<BfdState>[] = [
  {
    name: "porter_bfd_sessions",
    type: "gauge",
    help: "BFD sessions by what is watched (BgpPeer, Node) and by their state (RFC 5880).",
    labels: ["kind", "state"],
    read: ({ bfd }) =>
      [...byKind(bfd)].flatMap(([kind, all]) =>
        states.map((state): Sample => [
          { kind, state },
          all.filter((each) => each.state === state).length,
        ])
      ),
  },
  {
    name: "porter_bfd_drops_total",
    type: "counter",
    help: "How often BFD sessions went from Up to Down without being asked to, by what is watched.",
    labels: ["kind"],
    read: ({ bfd }) =>
      [...byKind(bfd)].map(([kind, all]): Sample => [
        { kind },
        all.reduce((sum, { failures }) => sum + failures, 0),
      ]),
  },
  {
    name: "porter_bfd_session_up",
    type: "gauge",
    help: "1 when the BFD session with the peer is Up, else 0.",
    labels: ["peer"],
    read: ({ bfd }) =>
      bfd.flatMap(({ name, state }): readonly Sample[] => {
        const [kind, peer = ""] = name.split(" ");
        return kind === "BgpPeer" ? [[{ peer }, flag(state === "Up")]] : [];
      }),
  },
];

/** By the kind in the names of sessions. */
function byKind(bfd: readonly BfdStatus[]): ReadonlyMap<string, readonly BfdStatus[]> {
  return Map.groupBy(bfd, ({ name }) => name.split(" ")[0] ?? "");
}

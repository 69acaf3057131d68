/**
 * What every place for speakers' reports does, whatever is behind it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ReportStore, SpeakerName, SpeakerReport } from "../../lib/ports/mod.ts";

const session = {
  ...{ peer: "leaf", state: "Established", since: 1_000, prefixesSent: 3 },
  capabilities: ["route-refresh", "as4 64600"],
};

function report(role: SpeakerName["role"], name: string, at = 1): SpeakerReport {
  return { role, name, at, sessions: [session] };
}

/** In the order of their names: a place may have another one. */
async function all(reports: ReportStore): Promise<readonly SpeakerReport[]> {
  const key = ({ role, name }: SpeakerName): string => `${role} ${name}`;
  return [...await reports.read()].sort((a, b) => key(a) < key(b) ? -1 : 1);
}

/** Registers the contract's test over an empty place; `body` is given it, and it is gone afterwards. */
export function reportContract(
  place: string,
  open: (body: (reports: ReportStore) => Promise<void>) => Promise<void>,
): void {
  Deno.test(`${place} keeps the last report of each speaker, until it is removed`, () =>
    open(async (reports) => {
      assertEquals(await all(reports), []);
      await reports.write(report("agent", "node1"));
      await reports.write(report("agent", "node1", 2));
      // A manager of the same node is another speaker.
      await reports.write(report("manager", "node1"));
      await reports.write(report("manager", "Rack_1.example"));
      assertEquals(await all(reports), [
        report("agent", "node1", 2),
        report("manager", "Rack_1.example"),
        report("manager", "node1"),
      ]);
      await reports.remove({ role: "manager", name: "node1" });
      await reports.remove({ role: "manager", name: "node1" });
      await reports.remove({ role: "manager", name: "Rack_1.example" });
      assertEquals(await all(reports), [report("agent", "node1", 2)]);
    }));
}

/**
 * What the brake holds, for people: from a running porter, or from what the status of the BgpConf says.
 *
 * @module
 */

import { formatAddress, formatPrefix, formatRange } from "../net/mod.ts";
import { type BgpConf, readHold, type Snapshot } from "../objects/mod.ts";
import { type Hold, holdRecord, inForce, recordedOwners, restoredRoutes } from "../plan/mod.ts";
import type { BrakeReport } from "./model.ts";
import { nameOf } from "./text.ts";

/** So many Services are named. */
const mostNamed = 100;

/** Reports on the BgpConf in force; `hold` of a plan, left out where nobody runs. */
export function brakeReport(
  snapshot: Pick<Snapshot, "bgpConfs" | "eips" | "services">,
  hold?: Hold,
): BrakeReport {
  const conf = inForce(snapshot.bgpConfs);
  const settings = conf?.spec.brake;
  const record = hold === undefined ? writtenHold(conf) : holdRecord(hold);
  const owners = hold?.held.map((each) => each.owners) ??
    (record ? [...recordedOwners(restoredRoutes(record), snapshot).values()] : []);
  const names = [...new Set(owners.flat().map(nameOf))].sort();
  return {
    conf: conf?.ref.name ?? null,
    settings: settings === undefined ? null : {
      maxWithdrawn: settings.maxWithdrawn,
      withinSeconds: settings.within / 1000,
      minRoutes: settings.minRoutes,
    },
    since: record?.since ?? null,
    routes: record?.routes ?? 0,
    percent: record?.percent ?? 0,
    held: (record?.groups ?? []).map(({ ranges, prefixes, paths }) => ({
      addresses: [...ranges.map(formatRange), ...prefixes.map(formatPrefix)],
      nextHops: paths.map((each) => formatAddress(each.nextHop)),
    })),
    services: names.slice(0, mostNamed),
    moreServices: Math.max(0, names.length - mostNamed),
  };
}

function writtenHold(conf: BgpConf | undefined) {
  return conf?.spec.brake === undefined ? undefined : readHold(conf.status.brake);
}

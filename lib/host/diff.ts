/**
 * The difference between the host state that is wanted and the one that was observed, as one
 * `nft -f` script (a transaction) and one `ip -batch`, applied in that order.
 *
 * So the guard stands before a route does. The other way round, an EIP stays guarded as long as its
 * route was observed: removing one takes two rounds of observe and apply, first the route, then the
 * guard. A failure between the two leaves nothing exposed, and the next round finishes it. The state
 * is reached when there is no difference left; after two rounds, if nobody interferes.
 *
 * Nothing wanted means nothing there: without EIPs the table goes too, which is also how porter is
 * cleaned from a node.
 *
 * @module
 */

import {
  type Address,
  formatAddress,
  type Prefix,
  prefixKey,
  sameAddress,
  samePrefix,
} from "../net/mod.ts";
import {
  type ForeignLocal,
  type HostChange,
  type HostEip,
  type HostObserved,
  type HostPort,
  type HostState,
  tableName,
} from "./model.ts";
import { addDiscard, addRoute, deleteDiscard, deleteRoute } from "./routes.ts";
import { renderRuleset } from "./ruleset.ts";

/** How many elements one nft command carries; keeps lines readable. */
const elementsPerCommand = 1000;

/** Every set's elements as nft writes them. */
interface Elements {
  readonly eips: ReadonlySet<string>;
  /** "address . protocol . port" */
  readonly services: ReadonlySet<string>;
}

/** The EIPs that porter may not take, since they are local here by somebody else's hand. */
export function refusedAddresses(
  wanted: HostState,
  observed: HostObserved,
): readonly ForeignLocal[] {
  const eips = new Set(wanted.eips.map((eip) => eip.address.value));
  const seen = new Set<number | bigint>();
  return observed.foreignLocal.filter(({ address }) => {
    if (!eips.has(address.value) || seen.has(address.value)) return false;
    seen.add(address.value);
    return true;
  });
}

/** What to do next to come to what is wanted; see the module on why this may take two rounds. */
export function diffHost(wanted: HostState, observed: HostObserved): HostChange {
  const foreign = new Set(observed.foreignLocal.map(({ address }) => address.value));
  const eips = wanted.eips.filter(({ address }) => !foreign.has(address.value));
  return {
    nftScript: diffTable(eips, observed, foreign),
    ipBatch: diffRoutes(eips, observed) + diffDiscards(wanted.discards ?? [], observed),
  };
}

/** Whether two host states say the same, in the same order. */
export function sameHostState(a: HostState, b: HostState): boolean {
  return a.eips.length === b.eips.length && samePrefixes(a.discards ?? [], b.discards ?? []) &&
    a.eips.every((eip, at) => {
      const other = b.eips[at];
      return other !== undefined && sameAddress(eip.address, other.address) &&
        samePorts(eip.ports, other.ports);
    });
}

function samePrefixes(a: readonly Prefix[], b: readonly Prefix[]): boolean {
  return a.length === b.length &&
    a.every((each, at) => {
      const other = b[at];
      return other !== undefined && samePrefix(each, other);
    });
}

function samePorts(a: readonly HostPort[], b: readonly HostPort[]): boolean {
  return a === b ||
    (a.length === b.length &&
      a.every(({ protocol, port }, at) => protocol === b[at]?.protocol && port === b[at]?.port));
}

/** Whether there is nothing to do. */
export function isSettled(change: HostChange): boolean {
  return change.nftScript === "" && change.ipBatch === "";
}

function diffRoutes(eips: readonly HostEip[], observed: HostObserved): string {
  const want = new Map(eips.map(({ address }) => [address.value, address]));
  const have = new Set<number | bigint>();
  const lines = observed.strayRoutes.map((route) => `route del ${route}`);
  for (const address of observed.routes) {
    have.add(address.value);
    if (!want.has(address.value)) lines.push(deleteRoute(address));
  }
  for (const [value, address] of want) {
    if (!have.has(value)) lines.push(addRoute(address));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** The routes of EIPs are more specific, so the order of the two matters to no packet of theirs. */
function diffDiscards(wanted: readonly Prefix[], observed: HostObserved): string {
  const want = new Set(wanted.map(prefixKey));
  const have = new Set(observed.discards.map(prefixKey));
  const lines = [
    ...observed.discards.filter((each) => !want.has(prefixKey(each))).map(deleteDiscard),
    ...wanted.filter((each) => !have.has(prefixKey(each))).map(addDiscard),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function diffTable(
  eips: readonly HostEip[],
  observed: HostObserved,
  foreign: ReadonlySet<number | bigint>,
): string {
  const leaving = observed.routes.filter(({ value }) => !foreign.has(value));
  if (eips.length === 0 && leaving.length === 0) {
    return observed.table === undefined ? "" : `delete table inet ${tableName}\n`;
  }
  const want = wantedElements(eips, leaving);
  if (observed.table?.rulesIntact !== true) {
    return renderRuleset() + elementCommands("add", want, { eips: new Set(), services: new Set() });
  }
  const have: Elements = {
    eips: new Set(observed.table.eips.map(formatAddress)),
    services: new Set(observed.table.services.map((service) => service.replaceAll(" ", " . "))),
  };
  return elementCommands("add", want, have) + elementCommands("delete", have, want);
}

function wantedElements(eips: readonly HostEip[], leaving: readonly Address[]): Elements {
  const want = { eips: new Set<string>(), services: new Set<string>() };
  for (const { address, ports } of eips) {
    const text = formatAddress(address);
    want.eips.add(text);
    for (const { protocol, port } of ports) want.services.add(`${text} . ${protocol} . ${port}`);
  }
  for (const address of leaving) want.eips.add(formatAddress(address));
  return want;
}

/** Commands for what is in `these` and not in `those`. */
function elementCommands(verb: "add" | "delete", these: Elements, those: Elements): string {
  let script = "";
  // An address is guarded, with no port allowed, before its ports are: one transaction anyway.
  for (const kind of ["eips", "services"] as const) {
    const missing = [...these[kind]].filter((element) => !those[kind].has(element));
    for (const family of [4, 6] as const) {
      const own = missing.filter((element) => element.includes(":") === (family === 6));
      for (let i = 0; i < own.length; i += elementsPerCommand) {
        const list = own.slice(i, i + elementsPerCommand).join(", ");
        script += `${verb} element inet ${tableName} ${kind}${family} { ${list} }\n`;
      }
    }
  }
  return script;
}

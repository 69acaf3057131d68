/**
 * The kernel's table `local` (ip-route(8)): what `ip -j route show table local` prints as values,
 * and porter's own routes as `ip -batch` lines.
 *
 * Routes are added, not replaced: `route replace` takes away the kernel's own route for an address
 * that the node has (IPv4), `route add` is refused instead. IPv6 has no such refusal, since the
 * kernel's own routes have metric 0 and ours 1024; there the kernel's is the better one, and what
 * was observed decides.
 *
 * @module
 */

import {
  type Address,
  addressBits,
  type Family,
  formatAddress,
  formatPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../net/mod.ts";
import { err, ok, type Result } from "../result/mod.ts";
import { type ForeignLocal, routeProtocol } from "./model.ts";
import { isRecord, parseJson } from "./json.ts";

/** The metric of our IPv6 routes, the kernel's default for routes that users add. IPv4 has none. */
const metric6 = 1024;

/** One listing of table local, sorted into ours, marked but odd, and not ours. */
export interface LocalTable {
  readonly routes: readonly Address[];
  readonly discards: readonly Prefix[];
  readonly strayRoutes: readonly string[];
  readonly foreignLocal: readonly ForeignLocal[];
}

/** A batch line that adds our route for an address. */
export function addRoute(address: Address): string {
  return `route add ${ourRoute(address)}`;
}

/** A batch line that removes our route for an address, and never another's. */
export function deleteRoute(address: Address): string {
  return `route del ${ourRoute(address)}`;
}

/**
 * A batch line that adds our route for what nobody has of a prefix: packets to it end here, whatever
 * other table would send them on. In table local since that is searched first.
 */
export function addDiscard(prefix: Prefix): string {
  return `route add ${ourDiscard(prefix)}`;
}

/** A batch line that removes it, and never another's. */
export function deleteDiscard(prefix: Prefix): string {
  return `route del ${ourDiscard(prefix)}`;
}

function ourDiscard(prefix: Prefix): string {
  const text = `unreachable ${formatPrefix(prefix)}`;
  return prefix.address.family === 4
    ? `${text} table local proto ${routeProtocol}`
    : `${text} dev lo table local proto ${routeProtocol} metric ${metric6}`;
}

function ourRoute(address: Address): string {
  const text = `local ${formatAddress(address)} dev lo table local proto ${routeProtocol}`;
  return address.family === 4 ? text : `${text} metric ${metric6}`;
}

/** Reads `ip -4 -j route show table local` or `ip -6 -j ...`; says what is wrong with other text. */
export function decodeLocalTable(text: string, family: Family): Result<LocalTable> {
  const parsed = parseJson(text.trim() === "" ? "[]" : text);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return err("a list of routes was expected");
  const routes: Address[] = [];
  const discards: Prefix[] = [];
  const strayRoutes: string[] = [];
  const foreignLocal: ForeignLocal[] = [];
  for (const entry of parsed.value as unknown[]) {
    if (!isRecord(entry) || typeof entry["dst"] !== "string") {
      return err("a route without a destination");
    }
    const address = hostAddress(entry["dst"], family);
    const prefix = discardedPrefix(entry, entry["dst"], family);
    if (!isMarked(entry["protocol"])) {
      if (address !== undefined) foreignLocal.push({ address, device: device(entry) });
    } else if (address !== undefined && isOurs(entry, family)) {
      routes.push(address);
    } else if (prefix !== undefined) {
      discards.push(prefix);
    } else {
      const stray = strayRoute(entry, entry["dst"], family);
      if (!stray.ok) return stray;
      strayRoutes.push(stray.value);
    }
  }
  return ok({ routes, discards, strayRoutes, foreignLocal });
}

/** What a route discards that is as porter writes it; undefined for any other. */
function discardedPrefix(
  entry: Readonly<Record<string, unknown>>,
  dst: string,
  family: Family,
): Prefix | undefined {
  const ours = entry["type"] === "unreachable" && isPlain(entry, family) &&
    entry["dev"] === (family === 4 ? undefined : "lo");
  const prefix = ours ? parsePrefix(dst) : undefined;
  return prefix?.address.family === family && formatPrefix(prefix) === dst ? prefix : undefined;
}

function hostAddress(dst: string, family: Family): Address | undefined {
  const suffix = `/${addressBits(family)}`;
  const address = parseAddress(dst.endsWith(suffix) ? dst.slice(0, -suffix.length) : dst);
  return address?.family === family ? address : undefined;
}

function isMarked(protocol: unknown): boolean {
  return protocol === String(routeProtocol) || protocol === routeProtocol;
}

function isOurs(entry: Readonly<Record<string, unknown>>, family: Family): boolean {
  return entry["type"] === "local" && entry["dev"] === "lo" && isPlain(entry, family);
}

function isPlain(entry: Readonly<Record<string, unknown>>, family: Family): boolean {
  return entry["metric"] === (family === 4 ? undefined : metric6) &&
    ["nexthops", "gateway", "via", "tos", "prefsrc"].every((key) => entry[key] === undefined);
}

function device(entry: Readonly<Record<string, unknown>>): string {
  return typeof entry["dev"] === "string" ? entry["dev"] : "";
}

/** Names a marked route narrowly enough for `ip route del` to hit it and nothing without our mark. */
function strayRoute(
  entry: Readonly<Record<string, unknown>>,
  dst: string,
  family: Family,
): Result<string> {
  const prefix = parsePrefix(dst)?.address ?? parseAddress(dst);
  if (dst !== "default" && prefix?.family !== family) {
    return err("a route whose destination is no prefix");
  }
  const words: string[] = [];
  if (typeof entry["type"] === "string" && /^[a-z]+$/.test(entry["type"])) {
    words.push(entry["type"]);
  }
  words.push(dst === "default" ? (family === 4 ? "0.0.0.0/0" : "::/0") : dst);
  if (typeof entry["tos"] === "string" && /^[0-9A-Za-z]+$/.test(entry["tos"])) {
    words.push("tos", entry["tos"]);
  }
  // A name that the batch reader would split or take for a comment is left out.
  if (/^[A-Za-z0-9_.@:-]+$/.test(device(entry))) words.push("dev", device(entry));
  words.push("table", "local", "proto", String(routeProtocol));
  const { metric } = entry;
  // The kernel's are 32 bits; "1e+24" is no word of ip.
  if (Number.isInteger(metric) && Number(metric) >>> 0 === metric) {
    words.push("metric", String(metric));
  }
  return ok(words.join(" "));
}

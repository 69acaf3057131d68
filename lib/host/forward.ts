/**
 * The port forward: connections of one leaf switch to port 179 of this node go to the port that porter
 * listens on (nft(8), NAT statements). It is a table of its own, `inet porter_forward`, so that a kernel
 * without NAT refuses this and not the guard, and it is there only while it is needed.
 *
 * Each rule names the leaf switch's address and the node's: everybody else reaches the daemon that holds
 * port 179. NAT decides once for each connection, so adding or removing a rule touches no session.
 *
 * Each rule carries the comment "porter HASH N", as in the guard's table.
 *
 * @module
 */

import { type Address, formatAddress } from "../net/mod.ts";
import { err, ok, type Result } from "../result/mod.ts";
import { hash } from "./hash.ts";
import { isRecord, parseJson } from "./json.ts";

/** The table, of family inet. */
export const forwardTableName = "porter_forward";

/** The port of BGP (RFC 4271 section 8.2.1). */
const bgpPort = 179;

/** Just before kube-proxy (-100), so that no port of a Service hides the node's own. */
const priority = -101;

/** Connections from one address to port 179 of another are connections to this port of it. */
export interface HostForward {
  /** The leaf switch. */
  readonly from: Address;
  /** This node's, of the same family. */
  readonly to: Address;
  readonly port: number;
}

/** The table as found: its rules' comments in order, and whether the rest is as porter writes it. */
export interface ObservedForwards {
  readonly comments: readonly string[];
  readonly chainIntact: boolean;
}

/** The script for `nft -f` that makes the table be what is wanted; "" when it is. */
export function diffForwards(
  wanted: readonly HostForward[],
  observed: ObservedForwards | undefined,
): string {
  if (wanted.length === 0) {
    return observed === undefined ? "" : `delete table inet ${forwardTableName}\n`;
  }
  const rules = rulesOf(wanted);
  const same = observed !== undefined && observed.chainIntact &&
    observed.comments.length === rules.length &&
    rules.every(({ comment }, i) => comment === observed.comments[i]);
  return same ? "" : render(rules);
}

/** Reads what `nft -j list table inet porter_forward` prints; says what is wrong with other text. */
export function decodeForwards(text: string): Result<ObservedForwards> {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const objects = isRecord(parsed.value) ? parsed.value["nftables"] : undefined;
  if (!Array.isArray(objects)) return err('a list "nftables" was expected');
  const comments: string[] = [];
  let chains = 0;
  let other = 0;
  for (const object of objects as unknown[]) {
    const [kind, body] = (isRecord(object) ? Object.entries(object)[0] : undefined) ?? [];
    if (kind === "metainfo" || kind === "table") continue;
    if (kind === "rule" && isRecord(body)) comments.push(String(body["comment"] ?? ""));
    else if (kind === "chain" && isRecord(body) && isOurChain(body)) chains++;
    else other++;
  }
  return ok({ comments, chainIntact: chains === 1 && other === 0 });
}

function isOurChain(chain: Readonly<Record<string, unknown>>): boolean {
  return chain["name"] === "prerouting" && chain["type"] === "nat" &&
    chain["hook"] === "prerouting" && chain["prio"] === priority && chain["policy"] === "accept";
}

interface Rule {
  readonly text: string;
  readonly comment: string;
}

function rulesOf(wanted: readonly HostForward[]): readonly Rule[] {
  const texts = wanted.map(ruleText);
  const name = hash(texts.join("\n"));
  return texts.map((text, i) => ({ text, comment: `porter ${name} ${i}` }));
}

/** `fib daddr type local`: never what the node passes on to another machine. */
function ruleText({ from, to, port }: HostForward): string {
  const ip = to.family === 4 ? "ip" : "ip6";
  const target = to.family === 4 ? formatAddress(to) : `[${formatAddress(to)}]`;
  return `${ip} saddr ${formatAddress(from)} ${ip} daddr ${formatAddress(to)} ` +
    `fib daddr type local tcp dport ${bgpPort} dnat ${ip} to ${target}:${port}`;
}

/** The whole table, in one transaction, in place of one that may be there. */
function render(rules: readonly Rule[]): string {
  return [
    `add table inet ${forwardTableName}`,
    `delete table inet ${forwardTableName}`,
    `table inet ${forwardTableName} {`,
    "  chain prerouting {",
    `    type nat hook prerouting priority ${priority}; policy accept;`,
    ...rules.map(({ text, comment }) => `    ${text} comment "${comment}"`),
    "  }",
    "}",
    "",
  ].join("\n");
}
